"""A larger picture model as judge of pictures and stills.

How well words fit a picture is measured against how well unrelated texts fit the very same picture, so that no part of
the library need be encoded beforehand. What was encoded is kept for the next query.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensorium.errors import MediaError
from sensorium.models.lazy import Lazy
from sensorium.models.open_clip_encoder import OpenClipEncoder
from sensorium.types import PICTURE_CHANNELS, Evidence

from ..calibrate import background_texts, surplus, worth
from ..heat import seen
from .second_reading import Verdict
from .stage import Scene

if TYPE_CHECKING:
    from sensorium.types import Matrix

KEPT = 5000
"""Vectors of pictures that are kept: some ten megabytes."""
STEEPEST = 30.0
"""Spreads above the mean up to which likelihoods are told apart."""


class PictureJudge:
    """Looks at the best pictures and stills with a model that is too slow for all of them."""

    name = "pictures"
    channels = PICTURE_CHANNELS

    def __init__(self, encoder: OpenClipEncoder) -> None:
        self._encoder = encoder
        self._background = Lazy(lambda: encoder.encode_texts(background_texts()))
        self._kept: OrderedDict[int, Matrix] = OrderedDict()
        self._lock = threading.Lock()

    def load(self) -> None:
        self._background()

    def able(self, _scene: Scene) -> bool:
        return True

    def judge(self, words: str, proofs: Sequence[Evidence], scene: Scene) -> list[Verdict]:
        """Pictures that cannot be read any more are worth nothing."""
        (asked,) = self._encoder.encode_texts([words])
        vectors = self._vectors(proofs, scene)
        counts = scene.library.segment_counts()
        verdicts = []
        for proof in proofs:
            vector = vectors.get(proof.segment.id)
            if vector is None:
                verdicts.append(Verdict(0.0, 0.0))
                continue
            cosine = float(vector @ asked)
            surprise = unlikeliness(cosine, self._background() @ vector)
            verdicts.append(Verdict(cosine, worth(surplus(surprise, counts.get(proof.channel, 1)))))
        return verdicts

    def _vectors(self, proofs: Sequence[Evidence], scene: Scene) -> dict[int, Matrix]:
        """The unit vector of each segment whose picture can be read, kept or encoded now."""
        with self._lock:
            found = {p.segment.id: self._kept[p.segment.id] for p in proofs if p.segment.id in self._kept}
        missing = {p.segment.id: p.segment for p in proofs if p.segment.id not in found}
        pictures = {}
        for segment_id, segment in missing.items():
            try:
                pictures[segment_id] = seen(segment, scene.library, scene.media)
            except MediaError:
                continue
        if pictures:
            encoded = self._encoder.encode_pictures(list(pictures.values()))
            found |= dict(zip(pictures, encoded, strict=True))
        with self._lock:
            for segment_id, vector in found.items():
                self._kept[segment_id] = vector
                self._kept.move_to_end(segment_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def unlikeliness(value: float, background: Matrix) -> float:
    """-log10 of the share of values at least as high, by the normal distribution of `background`, float32[n]."""
    spread = max(float(np.std(background)), 1e-6)
    above = min((value - float(np.mean(background))) / spread, STEEPEST)
    return -math.log10(0.5 * math.erfc(above / math.sqrt(2)))
