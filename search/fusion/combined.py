"""Model level: a linear combiner over what the channels are worth, learned from judged queries.

A pairwise logistic model (RankNet with a linear scorer; Burges et al., ICML 2005): an item's score is the sum over its
channels of a weight times what the channel is worth, and the weights are those under which right items beat the wrong
ones that stand before or beside them. A second set of weights counts as far as no text answers the query (the gate of
`attend.py`), so that the combiner may believe pictures more there. `sensorium tune --combiner` fits it; where a library
has learned none, all channels weigh 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel, Modality, Part

from ..calibrate import worth
from ..matches import Calibrated, by_part
from .attend import attend, depicts_of, openness
from .claims import Claims, claims_of
from .scored import Fused, Fusion, Proofs, added_up
from .weights import SHIPPED, Weights

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

    from ..matches import Floats

FACT = "combiner"
"""The library's fact that holds learned weights."""
CHANNELS = tuple(Channel)
STEPS = 200
RATE = 0.5
DECAY = 1e-3
"""Of the weights' distance from 1, where they start: pulls those back that the pairs say nothing of."""


@dataclass(frozen=True, slots=True)
class Combined(Fusion):
    """`always` and `silent` weigh channels, in the order of `CHANNELS`; the latter as far as no text answers."""

    always: tuple[float, ...] = (1.0,) * len(CHANNELS)
    silent: tuple[float, ...] = (0.0,) * len(CHANNELS)
    weights: Weights = SHIPPED

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        proofs: list[Proofs] = []
        for (number, modality), own in by_part(found).items():
            claims = claims_of(own, self.weights)
            shifts, open_ = gate(modality, claims, self.weights, depicts_of(own))
            weights = zip(CHANNELS, self.always, self.silent, strict=True)
            believed = claims.by_channel({channel: always + open_ * silent for channel, always, silent in weights})
            worths = worth(claims.surplus + claims.by_channel(shifts)[claims.ends])
            proofs += claims.by_strongest(worths, parts[number].weight * believed[claims.ends] * worths)
        return added_up(proofs)

    def as_json(self) -> str:
        """What `combined_from_json` reads."""
        return json.dumps({"always": self.always, "silent": self.silent})


def combined_from_json(text: str | None, weights: Weights) -> Combined:
    """The stored combiner; the shipped one where none is stored, or it was stored for other channels."""
    stored = json.loads(text) if text else {}
    always, silent = (tuple(map(float, stored.get(name, ()))) for name in ("always", "silent"))
    if not len(always) == len(silent) == len(CHANNELS):
        return Combined(weights=weights)
    return Combined(always, silent, weights)


def gate(modality: Modality, claims: Claims, weights: Weights, depicts: float) -> tuple[dict[Channel, float], float]:
    """Each channel's shift, and how far no text answers, 0 to 1."""
    best = claims.best()
    open_ = openness(best, weights, depicts=depicts) if modality is Modality.TEXT else 0.0
    return attend(modality, best, weights, depicts=depicts), open_


def features(found: Sequence[Calibrated], weights: Weights) -> tuple[Ids, Floats]:
    """The items found, int64[items], and float64[items, 2 * channels]: each channel's worth, and that by the gate."""
    items = np.unique(np.concatenate([np.empty(0, np.int64), *(one.items for one in found)]))
    rows = np.zeros((len(items), 2 * len(CHANNELS)))
    for (_, modality), own in by_part(found).items():
        claims = claims_of(own, weights)
        shifts, open_ = gate(modality, claims, weights, depicts_of(own))
        at = np.searchsorted(items, claims.items[claims.ends])
        places = np.array([CHANNELS.index(name) for name in claims.names])[claims.channels[claims.ends]]
        worths = worth(claims.surplus + claims.by_channel(shifts)[claims.ends])
        rows[at, places] += worths
        rows[at, places + len(CHANNELS)] += open_ * worths
    return items, rows


def learn(pairs: Iterable[Floats], weights: Weights) -> Combined:
    """The combiner under which right items beat wrong ones. Each of `pairs`, float64[n, 2 * channels], holds a query's
    differences between the features of its right items and of wrong ones; every query counts alike."""
    kept = [one for one in pairs if len(one)]
    start = np.concatenate([np.ones(len(CHANNELS)), np.zeros(len(CHANNELS))])
    if not kept:
        return Combined(weights=weights)
    rows = np.concatenate(kept)
    share = np.concatenate([np.full(len(one), 1 / (len(one) * len(kept))) for one in kept])
    learned = start.copy()
    for _ in range(STEPS):
        wrong = 1 / (1 + np.exp(np.clip(rows @ learned, -50, 50)))
        learned += RATE * ((share * wrong) @ rows - DECAY * (learned - start))
    half = len(CHANNELS)
    return Combined(tuple(learned[:half].tolist()), tuple(learned[half:].tolist()), weights)
