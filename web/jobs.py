"""Jobs of indexing: asked for, watched, cancelled and repeated from the page and the interface.

Nothing is indexed here: a job goes into a queue, and a worker process takes it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for

from sensorium.errors import JobError
from sensorium.jobs import Job, JobQueue, allowed_paths, jobs_allowed, require_jobs
from sensorium.jsonform import job_as_json

from .guard import refuse_other_sites
from .links import ID

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from sensorium.library import Library
    from sensorium.settings import Settings

SHOWN = 30
NAMES = {
    "queued": "waits for its turn",
    "waiting": "waits for another process that writes to the library",
    "running": "under way",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
STAGES = {
    "scan": "found",
    "fetch": "asked for",
    "read": "read",
    "encode": "encoded",
    "commit": "written",
    "ocr": "looked at for text",
}


class _Desk:
    """Takes what is asked, where it may be asked."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self.library = library
        self.settings = settings
        self.queue = JobQueue(library.folder)

    def ask(self, paths: Sequence[str], *, retry: bool) -> Job:
        """Ask for paths, or, where none are named, for all that the library has been made from."""
        require_jobs(self.settings)
        known = self.library.sources()
        wanted = [path for path in paths if path.strip()] or [str(path) for path in known]
        return self.queue.ask(allowed_paths(wanted, self.settings.index_folders, known), retry=retry)

    def ask_again(self, job_id: int) -> Job:
        """The same paths, with what could not be read."""
        return self.ask([str(path) for path in self.queue.job(job_id).paths], retry=True)

    def stop(self, job_id: int) -> Job:
        require_jobs(self.settings)
        self.queue.job(job_id)  # an unknown one is told
        self.queue.ask_to_stop(job_id)
        return self.queue.job(job_id)


def job_routes(library: Library, settings: Settings) -> Blueprint:
    """The interface and the page of jobs."""
    routes = Blueprint("jobs", __name__)
    desk = _Desk(library, settings)

    @routes.before_request
    def only_our_own_page() -> None:
        if request.method != "GET":
            refuse_other_sites()

    _add_interface(routes, desk)
    _add_page(routes, desk)
    return routes


def _add_interface(routes: Blueprint, desk: _Desk) -> None:
    @routes.get("/api/v1/jobs")
    def listed() -> Response:
        jobs = [job_as_json(job) for job in desk.queue.jobs(SHOWN)]
        return jsonify(allowed=jobs_allowed(desk.settings), jobs=jobs)

    @routes.get(f"/api/v1/jobs/<{ID}:job_id>")
    def one(job_id: int) -> Response:
        return jsonify(job_as_json(desk.queue.job(job_id)))

    @routes.post("/api/v1/jobs")
    def ask() -> tuple[Response, int]:
        fields = _fields()
        job = desk.ask(fields.get("paths", []), retry=bool(fields.get("retry", False)))
        return jsonify(job_as_json(job)), 202

    @routes.post(f"/api/v1/jobs/<{ID}:job_id>/cancel")
    def cancel(job_id: int) -> Response:
        return jsonify(job_as_json(desk.stop(job_id)))

    @routes.post(f"/api/v1/jobs/<{ID}:job_id>/retry")
    def retry(job_id: int) -> tuple[Response, int]:
        return jsonify(job_as_json(desk.ask_again(job_id))), 202


def _add_page(routes: Blueprint, desk: _Desk) -> None:
    def back_to_the_page() -> AnyResponse:
        return redirect(url_for("jobs.page"), 303)

    @routes.get("/jobs")
    def page() -> str:
        return render_template(
            "jobs.html",
            jobs=desk.queue.jobs(SHOWN),
            allowed=jobs_allowed(desk.settings),
            sources=desk.library.sources(),
            folders=desk.settings.index_folders,
            names=NAMES,
            stages=STAGES,
        )

    @routes.post("/jobs")
    def ask_by_form() -> AnyResponse:
        lines = request.form.get("paths", "").splitlines()
        desk.ask([line.strip() for line in lines], retry="retry" in request.form)
        return back_to_the_page()

    @routes.post(f"/jobs/<{ID}:job_id>/cancel")
    def cancel_by_form(job_id: int) -> AnyResponse:
        desk.stop(job_id)
        return back_to_the_page()

    @routes.post(f"/jobs/<{ID}:job_id>/retry")
    def retry_by_form(job_id: int) -> AnyResponse:
        desk.ask_again(job_id)
        return back_to_the_page()


def _fields() -> dict[str, Any]:
    """What was asked in JSON. A form of another site cannot declare this type without being asked for leave."""
    if request.mimetype != "application/json":
        abort(415, "A job is asked for in JSON: send Content-Type: application/json.")
    fields = request.get_json()
    paths = fields.get("paths", []) if isinstance(fields, dict) else None
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise JobError('A job is asked for as {"paths": ["…"], "retry": false}.')
    return dict(fields)
