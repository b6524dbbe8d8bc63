"""What becomes of a product once its pictures have been asked for: it is read with those that are there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sensorium.catalogue.drafts import Failure, picture_uri
from sensorium.errors import SensoriumError
from sensorium.fetch import Fetched, Gone

from .back_off import refusal_of
from .fetching import Answer, Arrival
from .link import LinkedPicture, record_of
from .outcome import FetchNote, Outcome
from .scan import Unit


@dataclass(frozen=True, slots=True)
class _Settled:
    picture: LinkedPicture
    note: FetchNote
    problem: str = ""


def settle_product(arrival: Arrival, prepare: Callable[[Unit], Outcome]) -> Outcome:
    """`prepare` reads the product. A picture that did not come is a failure, and costs nothing but itself; what is held
    of it is shown until its server says that it is gone."""
    unit = arrival.unit
    settled = [_settled(picture, answer) for picture, answer in zip(unit.pictures, arrival.answers, strict=True)]
    outcome = prepare(replace(unit, pictures=tuple(each.picture for each in settled)))
    failures = [
        Failure(picture_uri(unit.uri, each.picture.url), unit.path, "", each.problem, kept=True)
        for each in settled
        if each.problem
    ]
    notes = tuple(_noted(each, answer) for each, answer in zip(settled, arrival.answers, strict=True))
    return replace(outcome, failures=(*failures, *outcome.failures), notes=notes)


def _noted(settled: _Settled, answer: Answer | None) -> FetchNote:
    if not settled.problem:
        return replace(settled.note, answered=answer is not None)
    picture = settled.picture
    return replace(settled.note, refusal=refusal_of(picture.url, answer, settled.problem, picture.refusal))


def _settled(picture: LinkedPicture, answer: Answer | None) -> _Settled:
    url, note = picture.url, FetchNote(picture.url)
    if answer is None:
        put_off = picture.refusal
        return (
            _Settled(picture, note) if put_off is None else _Settled(replace(picture, asked=True), note, put_off.reason)
        )
    asked = replace(picture, asked=True)
    if isinstance(answer, SensoriumError):
        return _Settled(asked, note, str(answer))
    if isinstance(answer, Gone):
        told = f"{url} is there no more: its server answers {answer.status}."
        return _Settled(LinkedPicture(url, asked=True, refusal=picture.refusal), note, told)
    if not isinstance(answer, Fetched):
        seen = None if picture.record is None else replace(picture.record, fetched_at=time.time())
        return _Settled(replace(asked, record=seen), replace(note, record=seen))
    if not answer.mime.startswith("image/"):
        return _Settled(asked, note, f"{url} gives {answer.mime!r}, and a picture was expected.")
    record = record_of(url, answer)
    return _Settled(LinkedPicture(url, record, answer.file, asked=True), replace(note, record=record))
