"""What was asked before, where the library's folder keeps it: to be seen, and to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for

from sensorium.search.printing import print_query

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from sensorium.history import History
    from sensorium.library import Library
    from sensorium.types import Query


def history_routes(history: History) -> Blueprint:
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


def remember(history: History, query: Query, library: Library) -> None:
    """Note a query that was answered, as it can be typed; a further page of one is the same query."""
    if history.kept and not query.cursor:
        history.remember(print_query(query, library.fields()))


def _refuse_other_sites() -> None:
    """A page from elsewhere may send a form here, but must not make this service forget anything."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403, "Only this service's own page may ask it to forget.")
