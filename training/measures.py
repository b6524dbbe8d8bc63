"""Retrieval and zero-shot figures on unit vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.pairs import Pair

Vectors = NDArray[np.float32]
CUTOFFS = (1, 5, 10)
CLOTHING = "clothing_cc0"


@dataclass(frozen=True, slots=True)
class Trial:
    """Queries against a pool: `relevant[q, p]` says whether picture p answers query q."""

    name: str
    pictures: NDArray[np.int64]  # [p] numbers of the pool
    texts: list[str]  # [q]
    relevant: NDArray[np.bool_]  # [q, p]


def captions_trial(pairs: list[Pair], name: str, *, first_text_only: bool) -> Trial:
    """Texts of a set's validation pictures as queries; a picture with the same text is an answer too."""
    pool = [number for number, pair in enumerate(pairs) if pair.set == name and pair.split == "val"]
    texts_of = [pairs[number].texts[:1] if first_text_only else pairs[number].texts for number in pool]
    texts = list(dict.fromkeys(text for texts in texts_of for text in texts))
    relevant = np.array([[text in texts for texts in texts_of] for text in texts])
    return Trial(name, np.array(pool), texts, relevant)


def ranks(similarity: Vectors, relevant: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each query (row) how many pictures stand before its best answer; 0 is a hit at the top."""
    best = np.where(relevant, similarity, -np.inf).max(axis=1)
    return np.asarray((np.where(relevant, -np.inf, similarity) > best[:, None]).sum(axis=1))


def recalls(found: NDArray[np.int64]) -> tuple[float, ...]:
    """Share of queries answered within the first 1, 5 and 10."""
    return tuple(float((found < cutoff).mean()) for cutoff in CUTOFFS)


def trial_recalls(trial: Trial, pictures: Vectors, texts: Vectors) -> tuple[float, ...]:
    """R@1, R@5, R@10 of the pool's vectors [p, d] under the queries' [q, d]."""
    return recalls(ranks(texts @ pictures.T, trial.relevant))


def zero_shot_hits(pictures: Vectors, classes: Vectors, truth: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each picture's nearest class vector is its own."""
    return np.asarray((pictures @ classes.T).argmax(axis=1) == truth)


@dataclass(frozen=True, slots=True)
class ClassTrial:
    """Pictures to be told apart by their class's text alone."""

    pictures: NDArray[np.int64]  # [p]
    classes: list[str]
    truth: NDArray[np.int64]  # [p]


def class_trial(pairs: list[Pair], name: str) -> ClassTrial:
    """Every class of a set, all of its texts seen in training too, and its validation pictures."""
    classes = sorted({pair.texts[0] for pair in pairs if pair.set == name})
    pictures = [number for number, pair in enumerate(pairs) if pair.set == name and pair.split == "val"]
    truth = [classes.index(pairs[number].texts[0]) for number in pictures]
    return ClassTrial(np.array(pictures), classes, np.array(truth))
