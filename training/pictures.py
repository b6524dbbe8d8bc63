"""The decoded pictures on disk, and the crops that teacher and student share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.config import TeachPlan

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float32]
MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)  # what teacher and student take off each channel
STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
WHOLE = np.array([0, 0, 1, 1], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class PictureStore:
    """Pictures of many sizes in one flat file; read-only."""

    flat: Pixels  # [bytes]
    offsets: NDArray[np.int64]  # [n]
    sizes: NDArray[np.int32]  # [n, 2]: height, width

    @classmethod
    def open(cls, work: Path) -> PictureStore:
        """Map the store that `prepare` wrote."""
        table = np.load(work / "pictures-index.npz")
        return cls(np.memmap(work / "pictures.bin", dtype=np.uint8, mode="r"), table["offsets"], table["sizes"])

    def __len__(self) -> int:
        return len(self.offsets)

    def picture(self, number: int) -> Pixels:
        """RGB pixels [height, width, 3]."""
        height, width = (int(side) for side in self.sizes[number])
        start = int(self.offsets[number])
        return self.flat[start : start + height * width * 3].reshape(height, width, 3)

    def cut(self, number: int, box: NDArray[np.float32], size: int) -> Pixels:
        """The box (left, top, right, bottom, as shares of the picture) resized to [size, size, 3]."""
        image = Image.fromarray(self.picture(number))
        left, top, right, bottom = (float(edge) for edge in box)
        area = (left * image.width, top * image.height, right * image.width, bottom * image.height)
        return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, box=area))


def view_boxes(plan: TeachPlan, seed: int, view: int, count: int) -> Boxes:
    """The crop of every picture in one view, [count, 4]; view 0 is the whole picture.

    They follow from the seed, the view and the picture's number alone, so that the student cuts what the teacher saw.
    """
    if view == 0:
        return np.tile(np.array([0, 0, 1, 1], dtype=np.float32), (count, 1))
    rng = np.random.default_rng([seed, view])
    area = rng.uniform(*plan.scale, count)
    stretch = np.exp(rng.uniform(np.log(plan.ratio[0]), np.log(plan.ratio[1]), count))
    width = np.minimum(np.sqrt(area * stretch), 1.0)
    height = np.minimum(np.sqrt(area / stretch), 1.0)
    left = rng.uniform(0, 1, count) * (1 - width)
    top = rng.uniform(0, 1, count) * (1 - height)
    return np.stack([left, top, left + width, top + height], axis=1).astype(np.float32)


def write_json(path: Path, value: object) -> None:
    """Write a small record beside the data."""
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
