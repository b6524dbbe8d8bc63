"""The JSON form of an answer, the same from the command line (`--json`) and from the service.

An answer is `{"hits", "took_ms", "notes", "cursor", "total", "nothing", "facets"}`. A hit is

    {"item": {"id", "kind", "title", "path", "attributes", "media": [...]},
     "score": float, "chance": float,
     "moments": [{"medium_id", "start_s", "end_s", "page"}],
     "evidence": [{"channel", "matcher", "part", "raw", "calibrated", "rank", "contribution",
                   "segment_id", "text", "spans", "boxes", "matched_boxes", "quote", "start_s", "end_s", "page",
                   "medium_id"}],
     "alike": [item],
     "explanation": {"rank", "without": {channel: rank}}}

a facet `{"field", "label", "values": [{"label", "count", "filter"}], "others", "without"}`, where `filter` is what to
add to the query to keep what was counted, and a medium `{"id", "path", "mime", "width", "height", "duration_s",
"content"}`. Times are seconds, pages count from 1, boxes are [left, top, right, bottom] as shares of width and height
(of text in pictures, one to each line of `text`), a quote is the `{"start_s", "end_s", "text", "language"}` of the
utterance that answers, what is not known is null. Only in an explained answer are there an explanation, `spans` (the
words asked for, [first, after the last] character of `text`) and `matched_boxes` (the boxes of the lines that hold
them). There are no addresses in it: the service adds `url` and `thumbnail_url` to each medium.
Every value can be written as strict JSON: a number that is not finite becomes null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sensorium.indexes.state import IndexState
    from sensorium.jobs import Job
    from sensorium.status import Status
    from sensorium.types import Answer, Evidence, Facet, Hit, Item, Medium, Moment, Utterance

Json: TypeAlias = dict[str, Any]

_AS_IT_IS = frozenset((str, int, bool, type(None)))


def answer_as_json(answer: Answer) -> Json:
    """The whole answer, hits best first, in the form that this module describes."""
    return {
        "hits": [hit_as_json(hit) for hit in answer.hits],
        "took_ms": _number(round(answer.took_ms, 3)),
        "notes": list(answer.notes),
        "cursor": answer.cursor or None,
        "total": answer.total,
        "nothing": answer.nothing,
        "facets": [facet_as_json(facet) for facet in answer.facets],
    }


def plan_as_json(answer: Answer) -> list[Json]:
    """How each channel was asked; goes with an explained answer."""
    return [_record(step) for step in answer.steps]


def facet_as_json(facet: Facet) -> Json:
    values = [{"label": value.label, "count": value.count, "filter": value.typed} for value in facet.values]
    return {
        "field": facet.field,
        "label": facet.label,
        "values": values,
        "others": facet.others,
        "without": facet.without,
    }


# What every hit of every answer is made of is written out field by field: a walk over whatever there may be, as
# `_record` takes it, is several times as long.


def hit_as_json(hit: Hit) -> Json:
    return {
        "item": item_as_json(hit.item),
        "score": _number(hit.score),
        "chance": _number(hit.chance),
        "moments": [_moment(moment) for moment in hit.moments],
        "evidence": [_evidence(evidence) for evidence in hit.evidence],
        "alike": [item_as_json(item) for item in hit.alike],
        "explanation": None if hit.explanation is None else _record(hit.explanation),
    }


def item_as_json(item: Item) -> Json:
    return {
        "id": item.id,
        "kind": item.kind.value,
        "title": item.title,
        "path": str(item.path),
        "attributes": _plain(item.attributes),
        "media": [medium_as_json(medium) for medium in item.media],
    }


def medium_as_json(medium: Medium) -> Json:
    return {
        "id": medium.id,
        "path": str(medium.path),
        "mime": medium.mime,
        "width": medium.width,
        "height": medium.height,
        "duration_s": _number(medium.duration_s),
        "content": medium.content,
    }


def status_as_json(status: Status) -> Json:
    """What is in a library: items by kind, segments by channel, its profile, what could not be read, its indexes."""
    return {
        "profile": status.profile,
        "items": _plain(status.items),
        "segments": _plain(status.segments),
        "failures": [{"path": str(failure.path), "reason": failure.reason} for failure in status.failures],
        "pictures_put_off": status.put_off.pictures,
        "asked_again_at": status.put_off.again_at,
        "indexes": [_index(index) for index in status.indexes],
    }


def _index(index: IndexState) -> Json:
    """An index, with what was measured of it by selectivity."""
    shown = ("queries", "recall", "p50_ms", "p95_ms", "effort", "at")
    return {
        **{name: _plain(getattr(index, name)) for name in ("space", "channel", "kind", "vectors", "bytes")},
        "measured": {
            figure.selectivity: {name: _plain(getattr(figure, name)) for name in shown} for figure in index.figures
        },
    }


def _evidence(evidence: Evidence) -> Json:
    segment = evidence.segment
    return {
        "channel": evidence.channel.value,
        "matcher": evidence.matcher,
        "part": evidence.part,
        "raw": _number(evidence.raw),
        "calibrated": _number(evidence.calibrated),
        "rank": evidence.rank,
        "contribution": _number(evidence.contribution),
        "segment_id": segment.id,
        "text": segment.text,
        "spans": _plain(evidence.spans),
        "boxes": _plain(segment.boxes),
        "matched_boxes": _plain(evidence.boxes),
        "quote": None if evidence.quote is None else _utterance(evidence.quote),
        "start_s": _number(segment.start_s),
        "end_s": _number(segment.end_s),
        "page": segment.page,
        "medium_id": segment.medium_id,
    }


def _moment(moment: Moment) -> Json:
    return {
        "medium_id": moment.medium_id,
        "start_s": _number(moment.start_s),
        "end_s": _number(moment.end_s),
        "page": moment.page,
    }


def _utterance(said: Utterance) -> Json:
    return {
        "start_s": _number(said.start_s),
        "end_s": _number(said.end_s),
        "text": said.text,
        "language": said.language,
    }


def _number(value: float | None) -> float | None:
    """A finite number as Python has it, whoever computed it; else None."""
    return None if value is None or not math.isfinite(value) else float(value)


def _record(noun: Any) -> Json:
    return {field.name: _plain(getattr(noun, field.name)) for field in fields(noun)}


def _plain(value: Any) -> Any:
    """`value` in JSON's own types; what nearly every value is comes first."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict:
        return {key if type(key) is str else str(_plain(key)): _plain(entry) for key, entry in value.items()}
    if kind is list or kind is tuple:
        return [_plain(entry) for entry in value]
    if kind is float:
        return value if math.isfinite(value) else None
    return _made_plain(value)


def _made_plain(value: Any) -> Any:
    """NumPy's scalars go through `item`, whatever else is not known through `str`."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, float | Decimal):
        return _plain(float(value))
    if isinstance(value, Mapping):
        return _plain(dict(value))
    if isinstance(value, list | tuple | set | frozenset):
        return _plain(list(value))
    if getattr(value, "shape", None) == ():
        return _plain(value.item())
    return str(value)


def job_as_json(job: Job) -> dict[str, Any]:
    """One job. Times are in seconds since 1970; `progress` and `summary` are empty until there is something to tell."""
    return {
        "id": job.id,
        "paths": [str(path) for path in job.paths],
        "retry": job.retry,
        "state": job.state.value,
        "stopping": job.stop and not job.state.over,
        "progress": dict(job.progress),
        "summary": dict(job.summary),
        "problem": job.problem,
        "asked_at": job.asked_at,
        "began_at": job.began_at,
        "ended_at": job.ended_at,
    }
