"""Late interaction as judge of text (ColBERT: Khattab and Zaharia, 2020), with the library's own text encoder.

Each token of the query looks for its best match among the tokens of a passage; the mean of these cosines says how well
the passage answers. It needs no further model. Of passages in documents and products only: in what a machine heard it
was measured to do harm (docs/evaluation.md).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sensorium.models.model_set import ModelSet
from sensorium.models.protocols import TokenEncoder
from sensorium.types import Channel, Evidence

from .second_reading import Case, Verdict
from .stage import Scene

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Matrix

    Small = npt.NDArray[np.int8]

WEIGHT = 4.0
"""Decades that a mean cosine higher by one counts for."""
ITEMS = 10
KEPT = 1000
"""Passages whose tokens are kept: some 60 MB."""
_SCALE = 127


class TokenJudge:
    """Compares the tokens of words and passages."""

    name = "late-interaction"
    channels = (Channel.TEXT,)

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Small] = OrderedDict()
        self._asked: tuple[tuple[str, str], Matrix] | None = None
        self._lock = threading.Lock()

    def load(self) -> None:
        """Its model is the one that the query was encoded with."""

    def able(self, scene: Scene) -> bool:
        """Where the profile's text encoder shows its tokens."""
        return token_encoder(scene.models) is not None

    def judge(self, words: str, proofs: Sequence[Evidence], scene: Scene) -> list[Verdict]:
        encoder = token_encoder(scene.models)
        assert encoder is not None  # `able` has said so
        asked = self._query(words, encoder)
        found = [max_sim(asked, tokens) for tokens in self._tokens(proofs, encoder)]
        return [Verdict(value, WEIGHT * value) for value in found]

    def _query(self, words: str, encoder: TokenEncoder) -> Matrix:
        """The tokens of the words, without the marks of beginning and end; kept while the same words are asked."""
        name = (encoder.space.checksum, words)
        held = self._asked
        if held is None or held[0] != name:
            tokens = encoder.encode_tokens([words])[0]
            self._asked = held = name, tokens[1:-1] if len(tokens) > 2 else tokens
        return held[1]

    def _tokens(self, proofs: Sequence[Evidence], encoder: TokenEncoder) -> list[Matrix]:
        """The tokens of each passage, kept from before or encoded now."""
        names = [(encoder.space.checksum, proof.segment.id) for proof in proofs]
        with self._lock:
            held = {name: self._kept[name] for name in names if name in self._kept}
        missing = {n: p.segment.text or "" for n, p in zip(names, proofs, strict=True) if n not in held}
        encoded = encoder.encode_tokens(list(missing.values()))
        held |= {name: np.rint(tokens * _SCALE).astype(np.int8) for name, tokens in zip(missing, encoded, strict=True)}
        with self._lock:
            for name, small in held.items():
                self._kept[name] = small
                self._kept.move_to_end(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return [held[name].astype(np.float32) / np.float32(_SCALE) for name in names]


def max_sim(asked: Matrix, passage: Matrix) -> float:
    """The mean over the rows of `asked` of the best cosine in `passage`: float32[n, d] and float32[m, d], unit rows."""
    return float((asked @ passage.T).max(axis=1).mean())


def against_the_mean(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> list[float]:
    """What each verdict adds: by how much it is better than the mean of those for the same part of the query."""
    values: dict[int, list[float]] = {}
    for case, verdict in zip(cases, verdicts, strict=True):
        values.setdefault(case.proof.part, []).append(verdict.worth)
    means = {part: float(np.mean(worths)) for part, worths in values.items()}
    return [
        case.part.weight * (verdict.worth - means[case.proof.part])
        for case, verdict in zip(cases, verdicts, strict=True)
    ]


def token_encoder(models: ModelSet) -> TokenEncoder | None:
    """The encoder of a profile that texts are compared by, if it shows its tokens."""
    for space in models.spaces_for(Channel.TEXT):
        encoder = models.text_encoder_for(space)
        if isinstance(encoder, TokenEncoder):
            return encoder
    return None
