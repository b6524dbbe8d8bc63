"""Why a hit is there: its page, its JSON form, and heat maps of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from sensorium.errors import QueryError, SensoriumError
from sensorium.jsonform import hit_as_json
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Channel, Evidence, Hit, Modality, Query

from .asking import query_from_fields, query_from_json
from .bodies import posted_query
from .cards import CHANNEL_NAMES, clock
from .heat import heated_jpeg, overlay_png
from .links import ID, add_media_urls, thumbnail_url
from .passages import Piece, pieces_of
from .problems import log_failure, status_of
from .uploads import kept

if TYPE_CHECKING:
    from sensorium.library import Library
    from sensorium.search.engine import Engine
    from sensorium.types import Box

    Page = tuple[str, int]

MAX_SHOWN = 6
"""Passages and pictures shown of one hit; its table has all of its evidence."""


@dataclass(frozen=True, slots=True)
class Told:
    """One text that speaks for a hit, with the words asked for marked; `boxes` where they stand in `picture`."""

    channel: str
    place: str
    pieces: tuple[Piece, ...]
    picture: str | None
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture or still that speaks for a hit, with what the words point at."""

    words: str
    place: str
    url: str


def why_routes(engine: Engine) -> Blueprint:
    routes = Blueprint("why", __name__)
    library = engine.library

    @routes.route(f"/why/<{ID}:item_id>", methods=["GET", "POST"])
    def page(item_id: int) -> Page:
        try:
            with _asked(library) as query:
                hit = engine.explain(query, item_id)
        except SensoriumError as error:
            status = status_of(error)
            log_failure(error, status)
            return render_template("problem.html", sentence=str(error), status=status), status
        return render_template("why.html", hit=hit, told=_told(hit, library), seen=_seen(hit, query)), 200

    @routes.route("/api/v1/explain", methods=["GET", "POST"])
    def explain() -> Response:
        item_id = request.args.get("item", type=int)
        if item_id is None:
            raise QueryError("Which hit? Give the id of its item as ?item=.")
        with _asked(library) as query:
            hit = engine.explain(query, item_id)
        document = hit_as_json(hit)
        add_media_urls(document["item"], library)
        for evidence in document["evidence"]:
            evidence["heatmap_url"] = _heat_url(evidence["segment_id"], evidence["channel"], evidence["part"], query)
        return jsonify(document)

    @routes.get("/api/v1/explain/heatmap")
    def heatmap() -> Response:
        segment_id = request.args.get("segment", type=int)
        if segment_id is None:
            raise QueryError("Which picture? Give the id of its segment, which evidence names, as ?segment=.")
        found = engine.heat(segment_id, request.args.get("q", ""))
        if request.args.get("over") == "picture":
            return Response(heated_jpeg(found), mimetype="image/jpeg")
        return Response(overlay_png(found), mimetype="image/png")

    return routes


@contextmanager
def _asked(library: Library) -> Iterator[Query]:
    """The query of the request, with its uploads in place."""
    if request.method == "GET":
        yield query_from_fields(request.args, library)
    elif request.mimetype == "multipart/form-data":
        with kept(request.files, request.form) as uploads:
            yield query_from_fields(request.form, library, uploads)
    else:
        yield query_from_json(posted_query(), library)


def _heat_url(segment_id: int, channel: str, part: int, query: Query, over: str | None = None) -> str | None:
    """None for what is no picture, and for parts of the query that are no words."""
    asked = query.parts[part]
    if Channel(channel) not in PICTURE_CHANNELS or asked.modality is not Modality.TEXT or asked.weight <= 0:
        return None
    return url_for("why.heatmap", segment=segment_id, q=asked.text, over=over)


def _seen(hit: Hit, query: Query) -> tuple[Seen, ...]:
    shown = {}
    for proof in hit.evidence:
        url = _heat_url(proof.segment.id, proof.channel, proof.part, query, over="picture")
        if url is not None:
            shown[url] = Seen(query.parts[proof.part].text, _place(proof), url)
    return tuple(shown.values())[:MAX_SHOWN]


def _told(hit: Hit, library: Library) -> tuple[Told, ...]:
    """Each text once, the strongest first."""
    texts: dict[int, Evidence] = {}
    for proof in hit.evidence:
        if proof.channel in TEXT_CHANNELS and proof.segment.text and (proof.spans or proof.contribution > 0):
            texts.setdefault(proof.segment.id, proof)
    return tuple(_text(proof, hit, library) for proof in list(texts.values())[:MAX_SHOWN])


def _text(proof: Evidence, hit: Hit, library: Library) -> Told:
    picture = None
    if proof.boxes and proof.segment.start_s is None and proof.segment.page is None:
        shown = next((one for one in hit.item.media if one.id == proof.segment.medium_id), hit.item.media[0])
        picture = thumbnail_url(shown, library)
    text = proof.segment.text or ""
    return Told(CHANNEL_NAMES[proof.channel], _place(proof), pieces_of(text, proof.spans), picture, proof.boxes)


def _place(proof: Evidence) -> str:
    segment = proof.segment
    if segment.start_s is not None:
        end = "" if segment.end_s is None else f"–{clock(segment.end_s)}"
        return f"{clock(segment.start_s)}{end}"
    return "" if segment.page is None else f"page {segment.page}"
