"""The search page and the page of one item. Every state is drawn here, so that words are found without script too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from sensorium.errors import QuerySyntaxError, SensoriumError
from sensorium.types import Item, Kind

from .asking import ask, query_from_fields
from .cards import CHANNEL_NAMES, KIND_NAMES, card, clock, length, price_of, strength
from .feedback import FEEDBACK, feedback_url, ids_of, opinions
from .history import Notes, remember
from .links import ID, medium_url, thumbnail_url
from .passages import wanted_words
from .problems import log_failure, status_of
from .refine import FACETS, Refinement, refinement
from .shots import shots_of
from .texts import texts_of
from .tips import TIPS
from .typed import words_of, words_typed
from .uploads import Upload, kept

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from sensorium.search.engine import Engine
    from sensorium.types import Answer, Medium

    Page = tuple[str, int]

SHOWN_BY_BROWSERS = frozenset(
    f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "avif", "bmp", "svg+xml", "x-icon", "apng")
)
"""Pictures that a page can show as they are; of others it shows the thumbnail."""


def page_routes(engine: Engine, history: Notes) -> Blueprint:
    routes = Blueprint("pages", __name__)
    library = engine.library

    @routes.app_context_processor
    def names() -> dict[str, Any]:
        """What every page may use, the pages of problems too."""
        return {
            "asked": _asked(),
            "kinds": [(kind.value, KIND_NAMES[kind][1]) for kind in Kind],
            "kind_names": KIND_NAMES,
            "channel_names": CHANNEL_NAMES,
            "clock": clock,
            "tips": TIPS,
            "length": length,
            "strength": strength,
            "medium_url": medium_url,
            "why_fields": _why_fields,
            "feedback_url": feedback_url,
            "shown_by_browsers": SHOWN_BY_BROWSERS,
            "max_upload_bytes": current_app.config["MAX_CONTENT_LENGTH"],
        }

    @routes.get("/")
    def search() -> Page:
        if not any(request.args.get(field, "").strip() for field in ("q", "like", "filter", *FEEDBACK)):
            return render_template("home.html", status=library.status(), history=history), 200
        return _answered(engine, history, request.args)

    @routes.post("/")
    def search_with_examples() -> Page:
        try:
            with kept(request.files, request.form) as uploads:
                return _answered(engine, history, request.form, uploads)
        except SensoriumError as error:
            return _failed(error)

    @routes.get(f"/items/<{ID}:item_id>")
    def item(item_id: int) -> Page:
        found, segments = library.item(item_id), library.segments_of_item(item_id)
        at_s = request.args.get("t", type=float)
        wanted = wanted_words(words_typed(request.args.get("q", ""), library))
        return (
            render_template(
                "item.html",
                item=found,
                media=_first(found, request.args.get("medium", type=int)),
                thumbnails={medium.id: thumbnail_url(medium, library) for medium in found.media},
                shots=shots_of(found, segments, library),
                texts=texts_of(found, segments, wanted),
                price=price_of(found.attributes),
                fragment=f"#t={at_s:g}" if at_s else "",
            ),
            200,
        )

    return routes


def _answered(engine: Engine, history: Notes, fields: MultiDict[str, str], uploads: Sequence[Upload] = ()) -> Page:
    try:
        query = replace(query_from_fields(fields, engine.library, uploads), facets=FACETS)
        answer = ask(engine, query, uploads)
        remember(history, query, engine.library)
        like = engine.library.item(int(fields["like"])) if fields.get("like", "").strip() else None
    except SensoriumError as error:
        return _failed(error)
    refined = refinement(fields.get("q", ""), engine.library.fields(), answer)
    return _results(engine, answer, words_of(query), like, refined), 200


def _results(engine: Engine, answer: Answer, words: str, like: Item | None, refined: Refinement) -> str:
    wanted = wanted_words(words)
    library = engine.library
    return render_template(
        "results.html",
        cards=[card(hit, wanted, library) for hit in answer.hits],
        took_ms=answer.took_ms,
        notes=answer.notes,
        total=answer.total,
        refined=refined,
        cursor=answer.cursor,
        next_url=_next_url(answer.cursor),
        opinions=opinions(request.args, library) if request.method == "GET" else (),
        like=like,
        like_thumbnail=thumbnail_url(like.media[0], library) if like and like.media else None,
    )


def _next_url(cursor: str) -> str:
    """The page after this one; empty where there is none, and for uploaded examples, which no address can hold."""
    if not cursor or request.method == "POST":
        return ""
    fields: dict[str, Any] = {name: values for name, values in request.args.lists() if name != "cursor"}
    return url_for("pages.search", **fields, cursor=cursor)


def _why_fields() -> dict[str, Any]:
    """What the address of a hit's reasons repeats of the query's own."""
    fields: MultiDict[str, str] = request.args if request.method == "GET" else request.form
    return {name: values for name, values in fields.lists() if name not in ("cursor", "limit")}


def _failed(error: SensoriumError) -> Page:
    status = status_of(error)
    log_failure(error, status)
    if isinstance(error, QuerySyntaxError):
        place = {"query": error.query, "start": error.start, "end": error.end}
        return render_template("problem.html", sentence=error.problem, status=status, place=place), status
    return render_template("problem.html", sentence=str(error), status=status), status


def _asked() -> dict[str, Any]:
    """What the search field and the filters show: what was asked, good or bad."""
    fields: MultiDict[str, str] = request.args
    if request.method == "POST":
        with suppress(HTTPException):  # the form of an upload that is too large cannot be read
            fields = request.form
    return {"q": fields.get("q", ""), "kinds": fields.getlist("kind"), "like": fields.get("like", "")} | {
        name: ids_of(fields, name) for name in FEEDBACK
    }


def _first(item: Item, medium_id: int | None) -> list[Medium]:
    """The media of an item, the one that was asked for at their head."""
    return sorted(item.media, key=lambda medium: medium.id != medium_id)
