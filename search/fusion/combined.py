"""Model level: a linear combiner over what the channels are worth, learned from judged queries.

A pairwise logistic model (RankNet with a linear scorer; Burges et al., ICML 2005): an item's score is the sum over its
channels of a weight times what the channel is worth, and the weights are those under which right items beat the wrong
ones that stand before or beside them. A second set of weights counts as far as no text answers the query (the gate of
`attend.py`), so that the combiner may believe pictures more there. `sensorium tune --combiner` fits it; where a library
has learned none, all channels weigh 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.types import Channel, Modality, Part, Segment

from ..calibrate import Calibrated, worth
from .attend import GATED, attend
from .claims import Claim, by_part, claims_of
from .scored import Fusion, Scored, added_up, evidence
from .weights import SHIPPED, Weights

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

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

    def join(self, found: Sequence[Calibrated], segments: Mapping[int, Segment], parts: Sequence[Part]) -> list[Scored]:
        proofs = []
        for (number, modality), matches in by_part(found, segments).items():
            claims = claims_of(matches, segments, self.weights)
            shifts, open_ = gate(modality, claims, self.weights)
            for claim in claims:
                place = CHANNELS.index(claim.channel)
                value = worth(claim.surpluses[-1] + shifts.get(claim.channel, 0.0))
                added = parts[number].weight * value * (self.always[place] + open_ * self.silent[place])
                look = claim.looks[0]
                proofs.append(evidence(look, segments[look.match.segment_id], calibrated=value, contribution=added))
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


def gate(modality: Modality, claims: Sequence[Claim], weights: Weights) -> tuple[dict[Channel, float], float]:
    """Each channel's shift, and how far no text answers, 0 to 1."""
    shifts = attend(modality, ((claim.channel, claim.surpluses[-1]) for claim in claims), weights)
    return shifts, shifts.get(GATED, 0.0) / weights.lift if weights.lift else 0.0


def features(
    found: Sequence[Calibrated], segments: Mapping[int, Segment], weights: Weights
) -> tuple[list[int], Floats]:
    """The items found by one part, and float64[items, 2 * channels]: each channel's worth, and that by the gate."""
    rows: dict[int, Floats] = {}
    for (_, modality), matches in by_part(found, segments).items():
        claims = claims_of(matches, segments, weights)
        shifts, open_ = gate(modality, claims, weights)
        for claim in claims:
            row = rows.setdefault(claim.item_id, np.zeros(2 * len(CHANNELS)))
            place, value = CHANNELS.index(claim.channel), worth(claim.surpluses[-1] + shifts.get(claim.channel, 0.0))
            row[place] += value
            row[place + len(CHANNELS)] += open_ * value
    return list(rows), np.array(list(rows.values())).reshape(len(rows), 2 * len(CHANNELS))


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
