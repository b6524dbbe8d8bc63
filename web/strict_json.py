"""How the service writes JSON: by orjson, a tenth of the time that Python's own writer takes for an answer."""

from __future__ import annotations

from typing import Any

import orjson
from flask.json.provider import DefaultJSONProvider
from flask.wrappers import Response


class StrictJson(DefaultJSONProvider):
    """Always strict JSON, fields in the order in which they were given, a number that is not finite as null."""

    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        document = self._prepare_response_obj(args, kwargs)
        try:
            body: bytes | str = orjson.dumps(document, default=self.default) + b"\n"
        except TypeError:  # numbers beyond 64 bits, and names of files that are no text: Python escapes both
            body = self.dumps(document) + "\n"
        return Response(body, mimetype=self.mimetype)
