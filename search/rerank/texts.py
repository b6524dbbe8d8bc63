"""A cross-encoder as judge of text: it reads the words asked for and a passage together (Nogueira and Cho, 2019)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sensorium.models.cross_encoder import CrossEncoderReader
from sensorium.types import TEXT_CHANNELS, Evidence

from ..calibrate import worth
from .second_reading import Verdict
from .stage import Scene


class PassageJudge:
    """Its model says the logarithm of the odds that a passage answers: in decades, that is what a surplus is."""

    name = "cross-encoder"
    channels = TEXT_CHANNELS

    def __init__(self, reader: CrossEncoderReader) -> None:
        self._reader = reader

    def load(self) -> None:
        self._reader.load()

    def able(self, _scene: Scene) -> bool:
        return True

    def judge(self, words: str, proofs: Sequence[Evidence], _scene: Scene) -> list[Verdict]:
        odds = self._reader.log_odds(words, [proof.segment.text or "" for proof in proofs])
        return [Verdict(float(value), worth(float(value) / math.log(10))) for value in odds]
