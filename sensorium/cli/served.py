"""Asks the service of a library, where there is one, so that a command need not load any model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sensorium.serving import Service, ask, running_service
from sensorium.settings import Settings
from sensorium.types import (
    Answer,
    Channel,
    Evidence,
    Explanation,
    Facet,
    FacetValue,
    Filter,
    Hit,
    Item,
    Kind,
    Medium,
    Moment,
    Query,
    Segment,
    Step,
    Utterance,
)  # fmt: skip


class ServiceLost(Exception):
    """The service answered once and does no more, or refuses the query: the command asks by itself, and tells why."""


class Served:
    """A search by words put to a running service. `document` is the JSON of the last answer."""

    def __init__(self, service: Service, fields: dict[str, str]) -> None:
        self._service = service
        self._fields = fields
        self.document: dict[str, Any] = {}

    def search(self, query: Query) -> Answer:
        """The page that the cursor of `query` names. Raises `ServiceLost`."""
        document = ask(self._service, "/api/v1/search", {**self._fields, "cursor": query.cursor})
        if document is None:
            raise ServiceLost
        self.document = _without_addresses(document)
        return _answer(self.document)


def find_service(library: Path, settings: Settings, words: str | None, options: dict[str, Any]) -> Served | None:
    """The service to ask for `words`; None where there is none, and for what only the command itself can ask."""
    if not words or options["folder"] or options["false_accept"] or not options["server"]:
        return None
    service = running_service(library.resolve(), settings)
    if service is None:
        return None
    fields = {
        "q": words,
        "kinds": ",".join(options["kinds"]),
        "weight_q": options["weights"] or "1",
        "limit": str(options["limit"]),
        "variety": str(options["variety"]),
        "fold": str(options["fold"]).lower(),
        "cut": str(options["cut"]).lower(),
        "explain": str(options["explain"]).lower(),
        "facets": options["facets"],
        "fusion": options["fusion"] or "",
    }
    return Served(service, {name: value for name, value in fields.items() if value})


def _without_addresses(document: dict[str, Any]) -> dict[str, Any]:
    """As the command would have made it by itself."""
    for hit in document["hits"]:
        for item in (hit["item"], *hit["alike"]):
            for medium in item["media"]:
                del medium["url"], medium["thumbnail_url"]
    return document


def _answer(document: dict[str, Any]) -> Answer:
    """What the terminal shows of an answer."""
    return Answer(
        tuple(map(_hit, document["hits"])),
        document["took_ms"],
        tuple(document["notes"]),
        document["cursor"] or "",
        document["total"],
        tuple(map(_facet, document["facets"])),
        tuple(Step(**{**step, "channel": Channel(step["channel"])}) for step in document.get("plan", ())),
        document["nothing"],
    )


def _hit(told: dict[str, Any]) -> Hit:
    item = _item(told["item"])
    explained = told["explanation"]
    without = {Channel(channel): rank for channel, rank in explained["without"].items()} if explained else {}
    return Hit(
        item,
        told["score"],
        tuple(_evidence(one, item.id) for one in told["evidence"]),
        tuple(Moment(**moment) for moment in told["moments"]),
        tuple(map(_item, told["alike"])),
        Explanation(explained["rank"], without) if explained else None,
        told["chance"],
    )


def _item(told: dict[str, Any]) -> Item:
    media = tuple(Medium(**{**medium, "path": Path(medium["path"])}) for medium in told["media"])
    return Item(told["id"], Kind(told["kind"]), told["title"], Path(told["path"]), told["attributes"], media)


def _evidence(told: dict[str, Any], item_id: int) -> Evidence:
    channel = Channel(told["channel"])
    where = (told[name] for name in ("medium_id", "start_s", "end_s", "page", "text"))
    segment = Segment(told["segment_id"], item_id, channel, *where)
    figures = (told[name] for name in ("raw", "calibrated", "rank", "contribution"))
    quote = Utterance(**told["quote"]) if told["quote"] else None
    proof = Evidence(channel, told["matcher"], told["part"], segment, *figures)
    return replace(proof, quote=quote, spans=tuple((first, after) for first, after in told["spans"]))


def _facet(told: dict[str, Any]) -> Facet:
    pick = Filter(told["field"], ())
    values = tuple(FacetValue(one["label"], one["count"], pick, one["filter"]) for one in told["values"])
    return Facet(told["field"], told["label"], values, told["others"], told["without"])
