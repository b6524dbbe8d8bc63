"""Whether words describe something to be seen, as a caption does, or ask for something to be read.

A logistic model over the text model's vector of the words, and over whether they hold a question mark: of queries that
no text answers well, captions want the picture, questions and definitions the text. Aggregated search chooses its
sources by the same two kinds of evidence, the query's own words and what each source answers (Arguello, Diaz, Callan
and Crespo, Sources of Evidence for Vertical Selection, SIGIR 2009). `training/depiction.py` fits it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import ModelUnavailable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sensorium.types import Space

DEPICTION_WEIGHTS = Path(__file__).parent / "weights" / "depiction.json"
MOST = 2.0
"""Decades of odds that words alone are believed at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Depiction:
    """`weight` float64[space.dimension] for unit vectors in that space; all figures are decades of odds."""

    space: Space
    weight: npt.NDArray[np.float64]
    question: float
    bias: float

    def __call__(self, text: str, vector: npt.NDArray[np.float32]) -> float:
        """log10 of the odds that the words describe something to be seen, from -`MOST` to `MOST`; 0 is undecided."""
        odds = float(self.weight @ vector) + self.question * ("?" in text) + self.bias
        return max(-MOST, min(MOST, odds))


def load_depiction(space: Space, text_model_sha256: str, path: Path = DEPICTION_WEIGHTS) -> Depiction | None:
    """For the text model with that checksum, which writes into `space`; None where it was fitted to another model.

    Raises `ModelUnavailable` for a file that is missing or damaged.
    """
    import numpy as np

    try:
        held = json.loads(path.read_text("utf-8"))
        fitted_to, weight = held["text_model_sha256"], np.array(held["weight"], np.float64)
        made = Depiction(space, weight, float(held["question"]), float(held["bias"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {error!r}. It ships with sensorium: reinstall it.") from error
    return made if fitted_to == text_model_sha256 and weight.shape == (space.dimension,) else None
