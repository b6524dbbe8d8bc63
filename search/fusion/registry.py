"""Fusions by name."""

from __future__ import annotations

from collections.abc import Callable

from sensorium.errors import UnknownName

from . import combined
from .attention import Attention
from .concatenation import Concatenation
from .discounted import Discounted
from .reciprocal import Reciprocal
from .scored import Fusion
from .vectors import WeightedVectors
from .weighted import WeightedSum
from .weights import FACT, from_json

Facts = Callable[[str], str | None]
"""What a library has stored under a name, such as the weights that `sensorium tune` found."""
Build = Callable[[Facts], Fusion]

DEFAULT = "discounted"
"""The best measured; docs/evaluation.md has the table."""

_builds: dict[str, Build] = {}


def register_fusion(name: str, build: Build) -> None:
    """Make a fusion known by its name; one of the same name is replaced."""
    _builds[name] = build


def fusion_names() -> tuple[str, ...]:
    return tuple(_builds)


def make_fusion(name: str, facts: Facts) -> Fusion:
    """The fusion of that name, with what a library has learned. Raises `UnknownName`, which lists those there are."""
    if name not in _builds:
        raise UnknownName("fusion", name, _builds)
    return _builds[name](facts)


register_fusion("discounted", lambda facts: Discounted(from_json(facts(FACT))))
register_fusion("reciprocal-rank", lambda _: Reciprocal())
register_fusion("weighted-sum", lambda facts: WeightedSum(from_json(facts(FACT))))
register_fusion("attention", lambda facts: Attention(from_json(facts(FACT))))
register_fusion("combined", lambda facts: combined.combined_from_json(facts(combined.FACT), from_json(facts(FACT))))
register_fusion("concatenation", lambda _: Concatenation())
register_fusion("weighted-vectors", lambda facts: WeightedVectors(Discounted(from_json(facts(FACT)))))
