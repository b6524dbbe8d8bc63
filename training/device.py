"""What is held on the device: pictures to cut crops from, and the texts' vectors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.config import DistilPlan
from training.pictures import MEAN, STD, WHOLE, PictureStore
from training.textspace import TextSpace

DECODERS = 16  # threads that shrink pictures on the way in; Pillow lets go of the interpreter meanwhile


@dataclass(frozen=True, slots=True)
class ResidentPictures:
    """All pictures squeezed into one square each."""

    pixels: Tensor  # uint8 [n, 3, side, side]

    @classmethod
    def open(cls, store: PictureStore, side: int, device: torch.device) -> ResidentPictures:
        """Read, squeeze and move the whole store: 110 kB a picture at 192 px."""
        pixels = torch.empty(len(store), 3, side, side, dtype=torch.uint8, device=device)

        def move(number: int) -> None:
            pixels[number] = torch.from_numpy(np.array(store.cut(number, WHOLE, side))).to(device).permute(2, 0, 1)

        with ThreadPoolExecutor(DECODERS) as threads:
            list(threads.map(move, range(len(store))))
        return cls(pixels)

    def cut(self, numbers: Tensor, boxes: Tensor, size: int) -> Tensor:
        """Values [b, 3, size, size] in [0, 1] of boxes [b, 4]: left, top, right, bottom, mirrored where left > right"""
        left, top, right, bottom = boxes.unbind(dim=1)
        zero = torch.zeros_like(left)
        rows = [right - left, zero, left + right - 1, zero, bottom - top, top + bottom - 1]
        grid = functional.affine_grid(
            torch.stack(rows, dim=1).view(-1, 2, 3), [len(boxes), 3, size, size], align_corners=False
        )
        picked = self.pixels[numbers].float() / 255
        return functional.grid_sample(picked, grid, padding_mode="border", align_corners=False)


@lru_cache(maxsize=1)
def resident_pictures(work: Path, side: int) -> ResidentPictures:
    """The work folder's pictures on the best device, moved there once: teach and distil cut from the same ones."""
    return ResidentPictures.open(PictureStore.open(work), side, best_device())


@dataclass(frozen=True, slots=True)
class ResidentTexts:
    """A `TextSpace` on the device."""

    vectors: Tensor  # float16 [texts, 384]
    rows: Tensor
    starts: Tensor  # [pictures + 1]

    @classmethod
    def of(cls, space: TextSpace, device: torch.device) -> ResidentTexts:
        """Move it there."""
        return cls(*(torch.from_numpy(part).to(device) for part in (space.vectors, space.rows, space.starts)))

    def sample(self, uniform: Tensor, pictures: Tensor) -> Tensor:
        """One of its text rows for each picture, chosen by numbers in [0, 1)."""
        first, count = self.starts[pictures], self.starts[pictures + 1] - self.starts[pictures]
        return self.rows[first + (uniform * count).long()]


def best_device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def uses_device(plan: DistilPlan) -> bool:
    """Whether crops are made on the device: on a GPU always, elsewhere when the recipe asks for it."""
    return torch.cuda.is_available() or plan.teacher_in_loop


def normalise(values: Tensor) -> Tensor:
    """Values [b, 3, h, w] in [0, 1] to what teacher and student take."""
    mean, std = (torch.from_numpy(part).to(values.device).view(3, 1, 1) for part in (MEAN, STD))
    return (values - mean) / std
