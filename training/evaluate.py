"""The student's figures on the validation pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.batches import normalised
from training.measures import (
    CLOTHING,
    ClassTrial,
    Trial,
    Vectors,
    captions_trial,
    class_trial,
    trial_recalls,
    zero_shot_hits,
)
from training.pairs import Pair
from training.pictures import WHOLE, PictureStore
from training.textspace import TextSpace

CHUNK = 100
Encode = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Exam:
    """The validation trials with their texts encoded."""

    flickr: Trial
    flickr_texts: Vectors
    myntra: Trial
    myntra_texts: Vectors
    clothing: ClassTrial
    clothing_texts: Vectors

    @classmethod
    def open(cls, pairs: list[Pair], space: TextSpace) -> Exam:
        """Flickr8k by all captions, Myntra by titles, clothing by class."""
        flickr = captions_trial(pairs, "flickr8k_224", first_text_only=False)
        myntra = captions_trial(pairs, "myntra_fashion_224", first_text_only=True)
        clothing = class_trial(pairs, CLOTHING)
        texts = space.look_up(pairs, [*flickr.texts, *myntra.texts, *clothing.classes])
        first, second = len(flickr.texts), len(flickr.texts) + len(myntra.texts)
        return cls(flickr, texts[:first], myntra, texts[first:second], clothing, texts[second:])


def encode_pictures(encode_batch: Encode, store: PictureStore, numbers: NDArray[np.int64], size: int) -> Vectors:
    """Unit rows [n, 384] of whole pictures."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(numbers), CHUNK):
            pixels = np.stack([store.cut(int(n), WHOLE, size) for n in numbers[start : start + CHUNK]])
            rows.append(encode_batch(normalised(torch.from_numpy(pixels))).float().cpu().numpy())
    return np.concatenate(rows)


def figures(exam: Exam, encode_batch: Encode, store: PictureStore, size: int) -> dict[str, float]:
    """R@k by trial and zero-shot accuracy, by column name."""
    found: dict[str, float] = {}
    for name, trial, texts in (("flickr", exam.flickr, exam.flickr_texts), ("myntra", exam.myntra, exam.myntra_texts)):
        recalls = trial_recalls(trial, encode_pictures(encode_batch, store, trial.pictures, size), texts)
        found.update(zip((f"{name}_r1", f"{name}_r5", f"{name}_r10"), recalls, strict=True))
    vectors = encode_pictures(encode_batch, store, exam.clothing.pictures, size)
    hits = zero_shot_hits(vectors, exam.clothing_texts, exam.clothing.truth)
    return {**found, "clothing": float(hits.mean())}
