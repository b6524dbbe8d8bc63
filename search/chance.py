"""How likely a query that asks for nothing finds something as good: the cut-off with a stated false-accept rate.

Nonsense queries (`nonsense.py`) are asked of the library itself (`trial.py`), and the best that each finds is kept: for
every channel the surplus of the best claim, and over all channels the least likely of those. A hit's *chance* is the
share of nonsense queries whose best is at least as good: the p-value of a maximum. At a rate of .05 one nonsense query
in twenty has any hit that passes, whatever the size of the library, since a surplus counts its segments already. Where
nothing has been measured, the law of E-values stands in: P = 1 - exp(-E) (Karlin and Altschul, 1990).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.facts import Background
from sensorium.types import Channel, Hit, Modality, Part

from .calibrate import Key, Values, surprise_of
from .fusion import Fused
from .fusion.claims import claims_of
from .fusion.weights import SHIPPED
from .matches import Calibrated, by_part

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

    from .matches import Floats

FALSE_ACCEPT = 0.05
"""The rate where none is stated."""
FACT = "chances_fitted"
"""The library's fact that tells how many segments of each channel it had when it was asked."""
CHANCE = "chance"
"""The matcher under which the best of nonsense queries are kept among a library's backgrounds."""
ANY = "any"
"""The channel that stands for all."""
LEAST = 1000
"""In a library of fewer segments the law of E-values must do: asking would take longer than indexing."""
GROWN = 1.25
"""A library that has grown or shrunk by this factor is asked anew."""


def chances(
    found: Sequence[Calibrated], parts: Sequence[Part], backgrounds: Mapping[Key, Background]
) -> dict[int, float]:
    """item → the chance that a query of nonsense finds anything as good, 0 to 1. A query's parts each have theirs."""
    looks = by_part(one for one in found if parts[one.source.part].weight > 0)
    told = [_strengths(own, modality, backgrounds) for (_, modality), own in looks.items()]
    items = np.unique(np.concatenate([np.empty(0, np.int64), *(own for own, _ in told)]))
    strongest = np.zeros(len(items))
    for own, strengths in told:
        at = np.searchsorted(items, own)
        strongest[at] = np.maximum(strongest[at], strengths)
    return dict(zip(items.tolist(), _any_of(len(looks), 10**-strongest).tolist(), strict=True))


def passing(fused: Fused, chance: Mapping[int, float], rate: float) -> Fused:
    """Those whose chance is at most `rate`, in their order."""
    return fused.where(np.array([chance.get(item_id, 1.0) <= rate for item_id in fused.items.tolist()], np.bool_))


def is_measured(modalities: Iterable[Modality], backgrounds: Mapping[Key, Background]) -> bool:
    """Whether the library was asked nonsense of all these: by the law alone nobody says that nothing is there."""
    return all((modality, ANY, CHANCE) in backgrounds for modality in modalities)


def comes_to_nothing(hits: Sequence[Hit], rate: float) -> bool:
    """Whether none of the hits passes; those that were listed rather than found all do."""
    return all(hit.chance is not None and hit.chance > rate for hit in hits)


def nothing_note(rate: float, *, nearest: bool) -> str:
    """What the user is told; with `nearest` hits are shown all the same."""
    told = (
        f"Nothing here: of queries that ask for nothing, more than {rate:.0%} find something as good as the best hit."
    )
    return f"{told} These are only the nearest." if nearest else told


def _strengths(
    found: Sequence[Calibrated], modality: Modality, backgrounds: Mapping[Key, Background]
) -> tuple[Ids, Floats]:
    """The items of one part of a query, int64[n], and -log10 of their chances, float64[n]."""
    claims = claims_of(found, SHIPPED)
    strengths, channels = np.empty(len(claims.ends)), claims.channels[claims.ends]
    for number, channel in enumerate(claims.names):
        own = channels == number
        strengths[own] = strength_of(claims.surplus[own], backgrounds.get((modality, channel, CHANCE)))
    items, starts = np.unique(claims.items[claims.ends], return_index=True)
    best = np.maximum(0.0, np.maximum.reduceat(strengths, starts))
    if len(claims.names) < 2:
        return items, best
    overall = backgrounds.get((modality, ANY, CHANCE))
    if overall is None:
        return items, -np.log10(_any_of(len(claims.names), 10**-best))
    return items, surprise_of(best, overall)


def strength_of(surplus: Values, background: Background | None) -> Values:
    """-log10 of the chance of claims: by what nonsense gets from their channel, or by the law of E-values."""
    if background is not None:
        return surprise_of(surplus, background)
    expected = 10.0 ** -np.clip(surplus, -3.0, 300.0)
    strengths: Values = -np.log10(-np.expm1(-expected))
    return strengths


def _any_of(count: int, chance: Values) -> Values:
    """The chance that any of so many independent ones comes true (Šidák, 1967)."""
    any_: Values = -np.expm1(count * np.log1p(-np.minimum(chance, 1 - 1e-12)))
    return any_


def outgrown(counts: Mapping[Channel, int], fitted: Mapping[str, int]) -> bool:
    """Whether a library with these `counts` of segments is to be asked (again): it is large enough, and differs much
    from what it was when it was asked."""
    if sum(counts.values()) < LEAST:
        return False
    if set(counts) != set(fitted):
        return True
    return any(not fitted[channel] / GROWN <= count <= fitted[channel] * GROWN for channel, count in counts.items())
