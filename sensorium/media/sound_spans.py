"""Cuts a sound into spans that are encoded, found and shown as one; silence is left out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    from sensorium.types import Samples

SPAN_S = 6.0
"""A span is at most this long: what sounds at one end of a longer one would drown what sounds at the other."""
SILENT_PEAK = 32
"""A span with no sample beyond this, 60 dB below full scale, is silent: nobody hears it, and no model knows it."""


def sound_spans(samples: Samples) -> list[tuple[int, int]]:
    """The spans [first, end) of a sound in samples, equally long and in order, without those that are silent."""
    count = max(1, -(-len(samples) // int(SPAN_S * SAMPLE_RATE)))
    edges = [len(samples) * part // count for part in range(count + 1)]
    return [(first, end) for first, end in pairwise(edges) if _audible(samples[first:end])]


def _audible(samples: Samples) -> bool:
    return bool(len(samples)) and max(int(samples.max()), -int(samples.min())) > SILENT_PEAK
