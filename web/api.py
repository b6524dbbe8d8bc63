"""The JSON interface, version 1. The form of an answer is described in `sensorium.jsonform`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from sensorium.errors import SensoriumError
from sensorium.jsonform import answer_as_json, item_as_json, plan_as_json, status_as_json

from .asking import ask, query_from_fields, query_from_json
from .bodies import posted_query
from .history import Notes, remember
from .links import ID, add_media_urls
from .typed import printed
from .uploads import Upload, kept

if TYPE_CHECKING:
    from sensorium.search.engine import Engine
    from sensorium.types import Query


def api_routes(engine: Engine, history: Notes) -> Blueprint:
    routes = Blueprint("api", __name__, url_prefix="/api/v1")
    library = engine.library

    def answered(query: Query, uploads: Sequence[Upload] = ()) -> Response:
        document = _document(engine, query, uploads)
        remember(history, query, library)
        return jsonify(document)

    @routes.get("/search")
    def search_by_address() -> Response:
        return answered(query_from_fields(request.args, library))

    @routes.post("/search")
    def search() -> Response:
        if request.mimetype != "multipart/form-data":
            # a body of another declared type is read as JSON too: curl's -d declares a form
            return answered(query_from_json(posted_query(), library))
        with kept(request.files, request.form) as uploads:
            return answered(query_from_fields(request.form, library, uploads), uploads)

    @routes.get(f"/items/<{ID}:item_id>")
    def item(item_id: int) -> Response:
        return jsonify(add_media_urls(item_as_json(library.item(item_id)), library))

    @routes.get(f"/items/<{ID}:item_id>/similar")
    def similar(item_id: int) -> Response:
        library.item(item_id)  # one that is not there is the asker's to mend
        fields = CombinedMultiDict([request.args, MultiDict({"more": str(item_id)})])
        return answered(query_from_fields(fields, library))

    @routes.get("/status")
    def status() -> Response:
        return jsonify(status_as_json(library.status()))

    @routes.get("/health")
    def health() -> tuple[Response, int]:
        try:
            library.status()
        except SensoriumError as error:
            return jsonify(status="failing", error=str(error)), 503
        return jsonify(status="ok"), 200

    return routes


def _document(engine: Engine, query: Query, uploads: Sequence[Upload]) -> dict[str, Any]:
    """An answer with the addresses of its media, and with the query as it was read."""
    library = engine.library
    answer = ask(engine, query, uploads)
    document = {"query": printed(query, library), **answer_as_json(answer)}
    if query.explain:
        document["plan"] = plan_as_json(answer)
    for found in (item for hit in document["hits"] for item in (hit["item"], *hit["alike"])):
        add_media_urls(found, library)
    return document
