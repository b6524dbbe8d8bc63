"""The pack on a device: every sample, every text, so that a step asks nothing of the disk or the processor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sensorium.models.log_mel import RATE, WINDOW
from training.sound.pack import Pack
from training.sound.plan import SoundPlan

LOUDNESS_HOP = WINDOW // 4


@dataclass(frozen=True, slots=True)
class Pool:
    """The training split, and the texts of all clips."""

    waves: Tensor  # int16 [samples]
    starts: Tensor  # [clips] of the training split
    lengths: Tensor  # [clips]
    loudness: Tensor  # [clips], RMS of each clip's loudest window
    chances: Tensor  # [clips], how often each is drawn
    labels: Tensor  # [clips], number of the clip's label
    label_rows: Tensor  # [labels, most wordings], rows of `texts`, filled up by repeating them
    texts: Tensor  # [wordings, 384]
    class_texts: Tensor  # [521, 384]

    @property
    def device(self) -> torch.device:
        return self.waves.device

    def label_texts(self, generator: torch.Generator) -> Tensor:
        """One wording of each label, drawn anew, [labels, 384]."""
        count, width = self.label_rows.shape
        drawn = torch.randint(width, (count, 1), generator=generator, device=self.device)
        return self.texts[self.label_rows.gather(1, drawn).squeeze(1)]


def open_pool(pack: Pack, plan: SoundPlan, device: torch.device) -> Pool:
    """The pack's training clips on a device."""
    train = np.array([number for number, clip in enumerate(pack.clips) if clip.split == "train"])
    labels = sorted({pack.clips[number].label for number in train})
    starts, lengths = pack.starts[train], np.diff(pack.starts)[train]
    draws = np.array([plan.set_draws.get(pack.clips[number].set, 1.0) for number in train])
    # Long clips hold more to hear, but not in proportion.
    chances = draws * np.sqrt(np.maximum(lengths / RATE, 0.5))
    arrays = {
        "waves": pack.waves,
        "starts": starts,
        "lengths": lengths,
        "loudness": np.array([_loudest(pack.waves[s : s + n]) for s, n in zip(starts, lengths, strict=True)]),
        "chances": (chances / chances.sum()).astype(np.float32),
        "labels": np.array([labels.index(pack.clips[number].label) for number in train]),
        "label_rows": _label_rows(pack, train, labels),
        "texts": pack.texts.astype(np.float32),
        "class_texts": pack.class_texts.astype(np.float32),
    }
    return Pool(**{name: torch.from_numpy(array).to(device) for name, array in arrays.items()})


def _loudest(wave: NDArray[np.int16]) -> np.float32:
    samples = wave.astype(np.float32) / 32768
    windows = [samples[start : start + WINDOW] for start in range(0, max(1, len(samples) - WINDOW + 1), LOUDNESS_HOP)]
    return np.float32(max(np.sqrt(np.square(window).sum() / WINDOW) for window in windows))


def _label_rows(pack: Pack, train: NDArray[np.int64], labels: list[str]) -> NDArray[np.int64]:
    """All wordings of each label, as many columns as the richest has."""
    rows: dict[str, dict[int, None]] = {label: {} for label in labels}
    for number in train:
        found = pack.text_rows[pack.text_starts[number] : pack.text_starts[number + 1]]
        rows[pack.clips[number].label].update(dict.fromkeys(int(row) for row in found))
    width = max(map(len, rows.values()))
    return np.array([np.resize(list(rows[label]), width) for label in labels])
