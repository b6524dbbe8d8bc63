"""Feature level, by weighted vectors: the parts of a query become one vector before anything is searched.

The unit vectors of all parts in one space are added by their weights (the arithmetic of multimodal vectors; Kiros,
Salakhutdinov and Zemel, 2014), so that what lies between the parts is found rather than what is like either. Scores
are measured against the background of the heaviest part's modality. What is found is joined as `discounted` joins it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sensorium.types import Channel, Part, Space

from ..matches import Calibrated
from ..probes import Asked, Probe
from .discounted import Discounted
from .scored import Fused, Fusion


@dataclass(frozen=True, slots=True)
class WeightedVectors(Fusion):
    """One vector a space, and `then` the channels joined."""

    then: Fusion = field(default_factory=Discounted)

    def asks(self, asked: Asked, parts: Sequence[Part]) -> Asked:
        together: dict[tuple[Space, tuple[Channel, ...]], list[Probe]] = defaultdict(list)
        for probe in asked.probes:
            together[probe.space, probe.channels].append(probe)
        return replace(asked, probes=tuple(_joined(probes, parts) for probes in together.values()))

    def join(self, found: Sequence[Calibrated], parts: Sequence[Part]) -> Fused:
        return self.then.join(found, parts)


def _joined(probes: Sequence[Probe], parts: Sequence[Part]) -> Probe:
    if len(probes) == 1:
        return probes[0]
    total = sum(parts[probe.part].weight * probe.vectors.mean(axis=0) for probe in probes)
    length = float(np.linalg.norm(total))
    heaviest = max(probes, key=lambda probe: parts[probe.part].weight)
    if length == 0:
        return heaviest
    return replace(heaviest, vectors=(total / length)[None].astype(np.float32))
