"""Validation figures: words against sounds and sounds against sounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from sensorium.models.log_mel import WINDOW
from training.measures import ranks, recalls
from training.sound.pack import Pack

HOP = WINDOW // 2
CHUNK = 512
Encode = Callable[[Tensor], Tensor]  # waves [b, 15600] to rows [b, d]


@dataclass(frozen=True, slots=True)
class Exam:
    """The windows of clips, and which clips answer which text or clip."""

    windows: Tensor  # int16 [w, 15600]
    clip_of: Tensor  # [w]
    clips: int
    valid: NDArray[np.int64]  # the validation clips' numbers
    texts: NDArray[np.float32]  # [labels, 384]: a query for each label of the validation clips
    relevant: NDArray[np.bool_]  # [labels, validation clips]
    alike: NDArray[np.bool_]  # [validation clips, all clips]: another clip with the same label

    def figures(self, encode: Encode) -> dict[str, float]:
        """R@1, 5, 10 of words over the validation clips, R@1, 10 of validation clips over all the others."""
        vectors = self.vectors(encode)
        by_text = recalls(ranks(self.texts @ vectors[self.valid].T, self.relevant)) if vectors.shape[1] == 384 else ()
        likeness = vectors[self.valid] @ vectors.T
        likeness[np.arange(len(self.valid)), self.valid] = -np.inf
        asked = self.alike.any(axis=1)
        by_sound = recalls(ranks(likeness[asked], self.alike[asked]))
        found = dict(zip(("text_r1", "text_r5", "text_r10"), by_text, strict=False))
        return {**found, "sound_r1": by_sound[0], "sound_r10": by_sound[2]}

    def vectors(self, encode: Encode) -> NDArray[np.float32]:
        """Unit rows [clips, d]: the mean of each clip's windows."""
        with torch.inference_mode():
            chunks = [encode(part.float() / 32768).float() for part in torch.split(self.windows, CHUNK)]
            rows = functional.normalize(torch.cat(chunks), dim=1)
            sums = torch.zeros(self.clips, rows.shape[1], device=rows.device).index_add_(0, self.clip_of, rows)
            return functional.normalize(sums, dim=1).cpu().numpy()


def open_exam(pack: Pack, device: torch.device) -> Exam:
    """The clips whose label occurs in validation, cut into windows."""
    heard = {clip.label for clip in pack.clips if clip.split == "val"}
    clips = [number for number, clip in enumerate(pack.clips) if clip.label in heard]
    valid = np.array([place for place, number in enumerate(clips) if pack.clips[number].split == "val"])
    labels = np.array([pack.clips[number].label for number in clips])
    wanted = sorted(set(labels[valid]))
    row_of = {pack.clips[number].label: pack.text_rows[pack.text_starts[number]] for number in clips}
    cut = [clip_windows(pack.waves[pack.starts[number] : pack.starts[number + 1]]) for number in clips]
    alike = labels[valid][:, None] == labels[None, :]
    alike[np.arange(len(valid)), valid] = False
    return Exam(
        windows=torch.from_numpy(np.concatenate(cut)).to(device),
        clip_of=torch.from_numpy(np.repeat(np.arange(len(cut)), [len(part) for part in cut])).to(device),
        clips=len(clips),
        valid=valid,
        texts=pack.texts[[row_of[label] for label in wanted]].astype(np.float32),
        relevant=np.array(wanted)[:, None] == labels[valid][None, :],
        alike=alike,
    )


def clip_windows(wave: NDArray[np.int16]) -> NDArray[np.int16]:
    """Half-overlapping windows [n, 15600]; the end is filled up with silence."""
    count = 1 + max(0, -(-(len(wave) - WINDOW) // HOP))
    padded = np.zeros(WINDOW + (count - 1) * HOP, dtype=np.int16)
    padded[: len(wave)] = wave
    return np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP].copy()
