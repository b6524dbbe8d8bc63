"""From a request to a `Query`: a JSON document, the fields of an address, or a form with uploaded examples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sensorium.errors import MediaError, QueryError
from sensorium.search.compose import compose
from sensorium.search.fusion import fusion_names
from sensorium.search.syntax import SCOPES
from sensorium.types import Kind, Modality, Part, Query

from .typed import names_for
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
MAX_FILTERS = 50
MAX_FEEDBACK = 200

MODALITIES = {"image": Modality.PICTURE, "video": Modality.FILM, "audio": Modality.SOUND}
"""The modality of an example by the first half of its media type, which is also the name of its upload field."""


Id = Annotated[int, Field(ge=0, lt=2**63)]


def _finite(weight: float) -> float:
    if not math.isfinite(weight):
        raise ValueError("a weight is a finite number")
    return weight


def _scope(name: str) -> str:
    if name and name not in SCOPES:
        raise ValueError(f"a scope is one of {', '.join(SCOPES)}")
    return name


def _fusion(name: str) -> str:
    if name and name not in fusion_names():
        raise ValueError(f"a fusion is one of {', '.join(fusion_names())}")
    return name


class AskedPart(BaseModel):
    """`text` or `like` (the id of an item), a weight, and a `scope` (`said`, `picture`, …): the channels to ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str | None = Field(None, max_length=MAX_CHARACTERS)
    like: Id | None = None
    weight: Annotated[float, AfterValidator(_finite)] = 1.0
    scope: Annotated[str, AfterValidator(_scope)] = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> AskedPart:
        if (self.text is None) == (self.like is None):
            raise ValueError("a part has either a text or a like")
        return self


class Asked(BaseModel):
    """The JSON document of `POST /api/v1/search`.

    `q`, `filters` and `sort` are in the query language: `"red shoe price<50"`, `["brand:Acme"]`, `"-price"`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field("", max_length=MAX_CHARACTERS)
    like: Id | None = None
    parts: list[AskedPart] = Field(default_factory=list, max_length=MAX_PARTS)
    more: list[Id] = Field(default_factory=list, max_length=MAX_FEEDBACK)
    less: list[Id] = Field(default_factory=list, max_length=MAX_FEEDBACK)
    kinds: list[Kind] = Field(default_factory=list)
    filters: list[Annotated[str, Field(max_length=MAX_CHARACTERS)]] = Field(
        default_factory=list, max_length=MAX_FILTERS
    )
    sort: str = Field("", max_length=MAX_CHARACTERS)
    facets: list[str] = Field(default_factory=list, max_length=MAX_FILTERS)
    limit: int = Field(20, ge=1, le=MAX_LIMIT)
    cursor: str = Field("", max_length=MAX_CURSOR)
    variety: float = Field(0.0, ge=0, le=1)
    fusion: Annotated[str, AfterValidator(_fusion)] = ""
    fold: bool = True
    cut: bool = False
    explain: bool = False


def query_from_json(document: Any, library: Library) -> Query:
    """Raises `QueryError`, naming the field, where the document is not what `Asked` says, and `NotFound`."""
    asked = _checked(document)
    parts = list(asked.parts)
    if asked.like is not None:
        parts.insert(0, AskedPart(like=asked.like))
    return _query(asked, parts, library)


def query_from_fields(fields: MultiDict[str, str], library: Library, uploads: Iterable[Upload] = ()) -> Query:
    """The query of an address (`?q=&kind=&limit=&like=&…`) or of a form with uploaded examples.

    `kind`, `kinds`, `filter`, `facets`, `more` and `less` may be repeated, all but `filter` also separated by commas;
    `weight_q` and `weight_like` weigh their field. The others are those of `Asked`.
    """
    document: dict[str, Any] = {
        "kinds": _listed(fields, "kind", "kinds"),
        "facets": _listed(fields, "facets"),
        "more": _listed(fields, "more"),
        "less": _listed(fields, "less"),
        "filters": [one for one in fields.getlist("filter") if one.strip()],
        "parts": [
            {"like": fields["like"].strip(), "weight": fields.get("weight_like") or 1.0}
            for _ in range(bool(fields.get("like", "").strip()))
        ],
    }
    for name in ("q", "limit", "cursor", "variety", "fusion", "fold", "cut", "explain", "sort"):
        if fields.get(name, "").strip():
            document[name] = fields[name]
    examples = [_uploaded(upload) for upload in uploads]
    return _query(_checked(document), None, library, examples, weight=fields.get("weight_q") or "1")


def _listed(fields: MultiDict[str, str], *names: str) -> list[str]:
    values = (value for name in names for entry in fields.getlist(name) for value in entry.split(","))
    return list(dict.fromkeys(value.strip() for value in values if value.strip()))


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


def _query(
    asked: Asked,
    parts: Iterable[AskedPart] | None,
    library: Library,
    examples: Iterable[Part] = (),
    *,
    weight: str = "1",
) -> Query:
    own = (_part(part, library) for part in (asked.parts if parts is None else parts))
    query = compose(
        asked.q,
        library.fields() if asked.filters or asked.sort else names_for(library, asked.q),
        weight=_weight(weight, "The weight of the words"),
        parts=(*own, *examples),
        more=tuple(dict.fromkeys(asked.more)),
        less=tuple(dict.fromkeys(asked.less)),
        filters=asked.filters,
        facets=asked.facets,
        sort=asked.sort,
        limit=asked.limit,
        kinds=tuple(dict.fromkeys(asked.kinds)),
        cursor=asked.cursor,
        variety=asked.variety,
        fusion=asked.fusion,
        fold=asked.fold,
        cut=asked.cut,
        explain=asked.explain,
    )
    if not (query.parts or query.more or query.kinds or query.filters or query.sort):
        raise QueryError("The query is empty. Give words, a picture, a sound or a film to look for.")
    if len(query.parts) > MAX_PARTS:
        raise QueryError(f"The query has {len(query.parts)} parts; at most {MAX_PARTS} can be asked at once.")
    return query


def _part(part: AskedPart, library: Library) -> Part:
    if part.like is None:
        return Part(Modality.TEXT, text=part.text or "", weight=part.weight, channels=SCOPES.get(part.scope, ()))
    item = library.item(part.like)  # one that is not there is the asker's to mend before anything is encoded
    return Part(Modality.ITEM, like=item.id, weight=part.weight, channels=SCOPES.get(part.scope, ()))


def _uploaded(upload: Upload) -> Part:
    family = upload.family if upload.family in MODALITIES else upload.mime.partition("/")[0]
    if family not in MODALITIES:
        raise QueryError(
            f"The uploaded file {upload.name!r} is of type {upload.mime or 'unknown'!r}. "
            "Examples are pictures, sounds and films (image/*, audio/*, video/*)."
        )
    return Part(
        MODALITIES[family],
        path=upload.path,
        weight=_weight(upload.weight, f"The weight of the uploaded file {upload.name!r}"),
    )


def _weight(given: str, whose: str) -> float:
    try:
        return _finite(float(given))
    except ValueError:
        raise QueryError(f"{whose} is {given!r}; a finite number is expected.") from None


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
