"""Turns every failure into an answer: JSON below `/api/`, a page elsewhere, always with one plain sentence."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from sensorium import errors

log = logging.getLogger(__name__)

STATUSES: tuple[tuple[type[errors.SensoriumError], int], ...] = (
    (errors.NotFound, 404),
    (errors.JobError, 403),
    (errors.LibraryError, 503),
    (errors.ModelUnavailable, 503),
    (errors.MissingDependency, 503),
    (errors.BadSetting, 503),
)
"""HTTP status by error, first match wins; every other child of SensoriumError is the asker's to mend: 400."""


def status_of(error: errors.SensoriumError) -> int:
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)


def log_failure(error: errors.SensoriumError, status: int) -> None:
    """Writes down what is ours to mend; what the asker can mend is only answered."""
    if status >= 500:
        log.error("%s %s: %s", request.method, request.path, error)


def install(app: Flask) -> None:
    app.register_error_handler(errors.SensoriumError, _sensorium_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)


def _sensorium_error(error: errors.SensoriumError) -> Response:
    status = status_of(error)
    log_failure(error, status)
    if isinstance(error, errors.QuerySyntaxError):
        return _problem(error.problem, status, query=error.query, start=error.start, end=error.end)
    return _problem(str(error), status)


def _http_error(error: HTTPException) -> Response:
    response = error.get_response()
    if error.code is None or error.code < 400:  # a redirect is no failure
        return response  # type: ignore[return-value]  # Flask's own response class
    problem = _problem(_sentence(error), error.code)
    for header in ("Allow", "Content-Range", "Retry-After"):
        if header in response.headers:
            problem.headers[header] = response.headers[header]
    return problem


def _unforeseen(error: Exception) -> Response:
    log.exception("%s %s failed.", request.method, request.path, exc_info=error)
    return _problem("Something went wrong in the service. Its log says what.", 500)


def _sentence(error: HTTPException) -> str:
    if isinstance(error, RequestEntityTooLarge):
        limit_mb = current_app.config["MAX_CONTENT_LENGTH"] // 2**20
        return f"The upload is larger than {limit_mb} MB, the most this service takes (setting max_upload_mb)."
    if isinstance(error, NotFound) and error.description == NotFound.description:
        return f"There is nothing at {request.path}."
    if isinstance(error, MethodNotAllowed):
        return f"{request.method} is not possible at {request.path}."
    return str(error.description or error.name)


def _problem(sentence: str, status: int, **place: Any) -> Response:
    """`place` is where in the query: its text, start and end."""
    body: Any = jsonify(error=sentence, **place)
    if not request.path.startswith("/api/"):
        body = render_template("problem.html", sentence=sentence, status=status, place=place)
    response = make_response(body)
    response.status_code = status
    return response
