"""Where in a picture the likeness to a query lies.

Three ways, by what the encoder is: gradients for a network with a map of features (Grad-CAM: Selvaraju and others,
2017), the likeness of single patches for a CLIP vision transformer, and, for an encoder of which nothing is known, what
is lost when a part is covered (Zeiler and Fergus, 2014). All are computed on demand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    import torch

    from sensorium.types import Matrix, Pixels

    from .protocols import PictureEncoder

GRID = 7
"""Cells on a side where parts are covered in turn."""
COVER = 2
"""Cells on a side of what is covered at once: single cells hide too little of anything."""


@runtime_checkable
class SeesWhere(Protocol):
    """A picture encoder that can tell where it sees something."""

    def heat(self, picture: Pixels, towards: Matrix) -> Matrix:
        """float32[h, w], none negative, h and w small: how much each place speaks for `towards`, float32[dimension].

        The rows cover the picture from top to bottom, the columns from left to right.
        """
        ...


def heat_of(encoder: PictureEncoder, picture: Pixels, towards: Matrix) -> Matrix:
    """The heat by the encoder's own way, or by covering parts of the picture. See `SeesWhere.heat`."""
    if isinstance(encoder, SeesWhere):
        return encoder.heat(picture, towards)
    return by_covering(encoder, picture, towards)


def by_covering(encoder: PictureEncoder, picture: Pixels, towards: Matrix) -> Matrix:
    """float32[GRID, GRID]: the cosine that is lost when a place is painted over in the picture's mean colour."""
    height, width = picture.shape[:2]
    mean = picture.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    rows, columns = (np.linspace(0, length, GRID + 1).round().astype(int) for length in (height, width))
    corners = [(y, x) for y in range(GRID - COVER + 1) for x in range(GRID - COVER + 1)]
    covered = [picture]
    for y, x in corners:
        copy = picture.copy()
        copy[rows[y] : rows[y + COVER], columns[x] : columns[x + COVER]] = mean
        covered.append(copy)
    cosines = encoder.encode_pictures(covered) @ towards
    lost, times = np.zeros((GRID, GRID), np.float32), np.zeros((GRID, GRID), np.float32)
    for (y, x), cosine in zip(corners, cosines[1:], strict=True):
        lost[y : y + COVER, x : x + COVER] += cosines[0] - cosine
        times[y : y + COVER, x : x + COVER] += 1
    heat: Matrix = np.maximum(lost / times, 0)
    return heat


def by_gradient(
    features: torch.Tensor, score: Callable[[torch.Tensor], torch.Tensor], *, prefix_tokens: int = 0
) -> Matrix:
    """Grad-CAM: features weighed by the mean of their gradients of `score`, which maps `features` to one number.

    `features` is a map [1, channels, h, w], or tokens [1, n, channels] of a square grid after `prefix_tokens`.
    """
    import torch

    with torch.enable_grad():
        leaf = features.detach().float().requires_grad_(True)
        (gradient,) = torch.autograd.grad(score(leaf), leaf)
    if leaf.dim() == 3:
        side = round((leaf.shape[1] - prefix_tokens) ** 0.5)
        leaf, gradient = (
            tokens[:, prefix_tokens:].transpose(1, 2).reshape(1, -1, side, side) for tokens in (leaf, gradient)
        )
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    heat: Matrix = torch.relu((weights * leaf).sum(dim=1))[0].detach().cpu().numpy()
    return heat
