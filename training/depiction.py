"""Fits `sensorium.models.depiction` to depiction.txt: `python -m training.depiction`, seconds on one core.

The sentences were written for this. Those with a plus describe something to be seen: captions, figures, things. Those
with a minus do not: questions, definitions, topics, pieces of what is read aloud. Most come in fives about one subject,
so that subjects say nothing. How much the weights are held back is chosen by cross-validation over neighbouring lines,
which share their subject.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sensorium.models.depiction import DEPICTION_WEIGHTS
from sensorium.models.minilm import MINILM_SHA256
from sensorium.models.profiles import load_models
from sensorium.settings import load_settings

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SENTENCES = Path(__file__).with_suffix(".txt")
HELD_BACK = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
TOGETHER = 10
"""Neighbouring lines that fall into one fold."""
FOLDS = 5
STEPS = 25
MARKED = 0.5
"""What a question mark counts as a feature; the parts of a unit vector are a tenth of that."""


def main() -> None:
    marks, texts = read_sentences(SENTENCES)
    vectors = load_models(load_settings(), "starter").texts[0].encode_texts(texts)
    rows = features(vectors, texts)
    scored = {held_back: cross_validated(rows, marks, held_back) for held_back in HELD_BACK}
    for held_back, (right, loss) in scored.items():
        print(f"{held_back:g}: {right:.3f} right, {loss:.3f} nats lost, cross-validated")
    best = min(scored, key=lambda held_back: scored[held_back][1])
    weights = fit(rows, marks, best) / np.log(10)
    described = {
        "text_model_sha256": MINILM_SHA256,
        "sentences": len(texts),
        "held_back": best,
        "bias": round(float(weights[-1]), 4),
        "question": round(float(weights[-2]) * MARKED, 4),
        "weight": [round(float(value), 3) for value in weights[:-2]],
    }
    DEPICTION_WEIGHTS.write_text(json.dumps(described) + "\n", "utf-8")
    print(f"{len(texts)} sentences, held back by {best:g}: {DEPICTION_WEIGHTS}")


def read_sentences(path: Path) -> tuple[Floats, list[str]]:
    """1 for every sentence with a plus, 0 for one with a minus; and the sentences."""
    lines = path.read_text("utf-8").splitlines()
    return np.array([float(line[0] == "+") for line in lines]), [line[2:] for line in lines]


def features(vectors: npt.NDArray[np.float32], texts: list[str]) -> Floats:
    """float64[n, dimension + 2]: the vectors, the question mark, and 1."""
    asks = np.array([MARKED * ("?" in text) for text in texts])
    return np.column_stack([vectors.astype(np.float64), asks, np.ones(len(texts))])


def fit(rows: Floats, marks: Floats, held_back: float) -> Floats:
    """Logistic regression by Newton's method, both classes counting alike, the last weight free: float64[columns]."""
    share = np.where(marks == 1, 0.5 / (marks == 1).sum(), 0.5 / (marks == 0).sum())
    decay = np.append(np.full(rows.shape[1] - 1, held_back), 1e-9)
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (share * (likely - marks)) + decay * weights
        bend = (rows * (share * likely * (1 - likely))[:, None]).T @ rows + np.diag(decay)
        weights -= np.linalg.solve(bend, slope)
    return weights


def cross_validated(rows: Floats, marks: Floats, held_back: float) -> tuple[float, float]:
    """The share of held-out sentences that are told rightly, and the mean loss in nats."""
    fold_of = np.random.default_rng(0).permutation(len(rows) // TOGETHER + 1)[np.arange(len(rows)) // TOGETHER] % FOLDS
    odds = np.empty(len(rows))
    for fold in range(FOLDS):
        out = fold_of == fold
        odds[out] = rows[out] @ fit(rows[~out], marks[~out], held_back)
    return float(((odds > 0) == marks).mean()), float(np.logaddexp(0, np.where(marks == 1, -odds, odds)).mean())


if __name__ == "__main__":
    main()
