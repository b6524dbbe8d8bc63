"""From a request to a `Query`: a JSON document, the fields of an address, or a form with uploaded examples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sensorium.errors import MediaError, QueryError
from sensorium.types import Item, Kind, Modality, Part, Query

from .uploads import Upload

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from sensorium.library import Library
    from sensorium.search.engine import Engine
    from sensorium.types import Answer

MAX_LIMIT = 200
MAX_PARTS = 16
"""Each example costs a decoding and a pass through a model."""
MAX_CHARACTERS = 10_000
MAX_CURSOR = 20_000

MODALITIES = {"image": Modality.PICTURE, "video": Modality.FILM, "audio": Modality.SOUND}
"""The modality of an example by the first half of its media type, which is also the name of its upload field."""


Id = Annotated[int, Field(ge=0, lt=2**63)]


def _finite(weight: float) -> float:
    if not math.isfinite(weight):
        raise ValueError("a weight is a finite number")
    return weight


class AskedPart(BaseModel):
    """`text` or `like` (the id of an item whose first medium is the example), and a weight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = Field(None, max_length=MAX_CHARACTERS)
    like: Id | None = None
    weight: Annotated[float, AfterValidator(_finite)] = 1.0

    @model_validator(mode="after")
    def _one_of_both(self) -> AskedPart:
        if (self.text is None) == (self.like is None):
            raise ValueError("a part has either a text or a like")
        return self


class Asked(BaseModel):
    """The JSON document of `POST /api/v1/search`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field("", max_length=MAX_CHARACTERS)
    like: Id | None = None
    parts: list[AskedPart] = Field(default_factory=list, max_length=MAX_PARTS)
    kinds: list[Kind] = Field(default_factory=list)
    limit: int = Field(20, ge=1, le=MAX_LIMIT)
    cursor: str = Field("", max_length=MAX_CURSOR)
    variety: float = Field(0.0, ge=0, le=1)
    fold: bool = True
    explain: bool = False


def query_from_json(document: Any, library: Library) -> Query:
    """Raises `QueryError`, naming the field, where the document is not what `Asked` says, and `NotFound`."""
    asked = _checked(document)
    parts = list(asked.parts)
    if asked.like is not None:
        parts.insert(0, AskedPart(like=asked.like))
    if asked.q.strip():
        parts.insert(0, AskedPart(text=asked.q))
    return _query(asked, parts, library)


def query_from_fields(fields: MultiDict[str, str], library: Library, uploads: Iterable[Upload] = ()) -> Query:
    """The query of an address or of a form with uploaded examples: the fields of `Asked`, those of its lists repeated.

    `kind` and `kinds` may be repeated or separated by commas; `weight_q` and `weight_like` weigh their field.
    """
    kinds = [name.strip() for key in ("kind", "kinds") for value in fields.getlist(key) for name in value.split(",")]
    document: dict[str, Any] = {
        "kinds": list(dict.fromkeys(name for name in kinds if name)),
        "parts": [
            {key: fields[field].strip(), "weight": fields.get(f"weight_{field}") or 1.0}
            for field, key in (("q", "text"), ("like", "like"))
            if fields.get(field, "").strip()
        ],
    }
    document |= {
        name: fields[name] for name in ("limit", "cursor", "variety", "fold", "explain") if fields.get(name, "").strip()
    }
    asked = _checked(document)
    return _query(asked, asked.parts, library, [_uploaded(upload) for upload in uploads])


def ask(engine: Engine, query: Query, uploads: Sequence[Upload] = ()) -> Answer:
    """The engine's answer, in which uploaded files bear their senders' names, not those of temporary files."""
    try:
        answer = engine.search(query)
    except MediaError as error:
        raise MediaError(_named(str(error), uploads)) from error
    return replace(answer, notes=tuple(_named(note, uploads) for note in answer.notes))


def _named(sentence: str, uploads: Iterable[Upload]) -> str:
    for upload in uploads:
        sentence = sentence.replace(str(upload.path), repr(upload.name))
    return sentence


def words_of(query: Query) -> str:
    """The words of a query that pull towards their sense: what to mark in the passages found."""
    return " ".join(part.text for part in query.parts if part.modality is Modality.TEXT and part.weight > 0)


def example_of(item: Item) -> tuple[Modality, Path] | None:
    """The first picture of an item, else its first film or sound; None where it has none of them."""
    found = {
        MODALITIES[family]: medium.path
        for medium in reversed(item.media)
        if (family := medium.mime.partition("/")[0]) in MODALITIES
    }
    return next(((modality, found[modality]) for modality in MODALITIES.values() if modality in found), None)


def _query(asked: Asked, parts: Iterable[AskedPart], library: Library, examples: Iterable[Part] = ()) -> Query:
    every = (*(_part(part, library) for part in parts), *examples)
    if not every:
        raise QueryError("The query is empty. Give words, a picture, a sound or a film to look for.")
    if len(every) > MAX_PARTS:
        raise QueryError(f"The query has {len(every)} parts; at most {MAX_PARTS} can be asked at once.")
    return Query(
        parts=every,
        limit=asked.limit,
        kinds=tuple(dict.fromkeys(asked.kinds)),
        cursor=asked.cursor,
        variety=asked.variety,
        fold=asked.fold,
        explain=asked.explain,
    )


def _part(part: AskedPart, library: Library) -> Part:
    if part.like is None:
        return Part(Modality.TEXT, text=part.text or "", weight=part.weight)
    item = library.item(part.like)
    example = example_of(item)
    if example is None:
        raise QueryError(
            f"Item {item.id} ({item.title!r}) has no picture, sound or film to look for. "
            "Ask with an item that has one, or with words of it."
        )
    modality, path = example
    return Part(modality, path=path, weight=part.weight)


def _uploaded(upload: Upload) -> Part:
    family = upload.family if upload.family in MODALITIES else upload.mime.partition("/")[0]
    if family not in MODALITIES:
        raise QueryError(
            f"The uploaded file {upload.name!r} is of type {upload.mime or 'unknown'!r}. "
            "Examples are pictures, sounds and films (image/*, audio/*, video/*)."
        )
    return Part(MODALITIES[family], path=upload.path, weight=_checked_weight(upload))


def _checked_weight(upload: Upload) -> float:
    try:
        return _finite(float(upload.weight))
    except ValueError:
        raise QueryError(
            f"The weight of the uploaded file {upload.name!r} is {upload.weight!r}; a finite number is expected."
        ) from None


def _checked(document: Any) -> Asked:
    if not isinstance(document, Mapping):
        raise QueryError('The body must be a JSON object such as {"q": "red bicycle"}.')
    try:
        return Asked.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "query"
        raise QueryError(f"{where}: {first['msg']} (was {_shortened(first.get('input'))}).") from error


def _shortened(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
