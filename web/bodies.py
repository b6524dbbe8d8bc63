"""What a request brings along as JSON."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest

from sensorium.errors import QueryError


def posted_query() -> Any:
    """The query in the body, whatever type is declared for it. Raises `QueryError` where that is not JSON."""
    try:
        return request.get_json(force=True)
    except BadRequest as error:
        raise QueryError(
            'The body is not JSON. Send a query such as {"q": "red bicycle"}, or a multipart form with the field q.'
        ) from error
