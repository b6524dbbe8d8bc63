"""What was asked before, where the library's folder keeps it: to be seen, and to be forgotten."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for

from .typed import printed

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from sensorium.history import History, Remembered
    from sensorium.library import Library
    from sensorium.types import Query


class Notes:
    """A history that is written by a thread of its own, all that waits at a time: a commit takes longer than most of an
    answer. Who reads it, or forgets it, finds every query that was answered before. What waits when the service ends is
    written first.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._waiting: deque[str] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history")

    @property
    def kept(self) -> bool:
        return self._history.kept

    def remember(self, query: str) -> None:
        if self.kept:
            self._waiting.append(query)
            self._thread.submit(self._write)  # there may be nothing left to do by then

    def recent(self, limit: int = 20) -> tuple[Remembered, ...]:
        """As `History.recent`."""
        if self.kept:
            self._thread.submit(self._write).result()
        return self._history.recent(limit)

    def forget(self) -> None:
        """As `History.forget`."""
        self._waiting.clear()
        self._thread.submit(self._history.forget).result()

    def _write(self) -> None:
        waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if waiting:
            self._history.remember(*waiting)


def history_routes(history: Notes) -> Blueprint:
    routes = Blueprint("history", __name__)

    @routes.get("/api/v1/history")
    def queries() -> Response:
        found = [{"query": one.query, "at": one.at.isoformat()} for one in history.recent(100)]
        return jsonify(kept=history.kept, queries=found)

    @routes.delete("/api/v1/history")
    def forget() -> tuple[str, int]:
        _refuse_other_sites()
        history.forget()
        return "", 204

    @routes.post("/history/forget")
    def forget_by_form() -> AnyResponse:
        _refuse_other_sites()
        history.forget()
        return redirect(url_for("pages.search"), 303)

    return routes


def remember(history: Notes, query: Query, library: Library) -> None:
    """Note a query that was answered, as it can be typed; a further page of one is the same query."""
    if history.kept and not query.cursor:
        history.remember(printed(query, library))


def _refuse_other_sites() -> None:
    """A page from elsewhere may send a form here, but must not make this service forget anything."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403, "Only this service's own page may ask it to forget.")
