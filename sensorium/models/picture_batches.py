"""Pictures on their way into a tower: brought to its size in threads, one batch ahead of the network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from sensorium.types import Pixels

    from .picture_view import PictureView

_THREADS = min(4, os.cpu_count() or 1)  # Pillow lets go of the interpreter while it scales


def seen_batches(pictures: Sequence[Pixels], view: PictureView, batch_size: int) -> Iterator[torch.Tensor]:
    """Tensors uint8[b, 3, h, w] in the order of the pictures, the next one being made while this one is used."""
    import numpy as np
    import torch

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="see") as threads:

        def start(first: int) -> list[Future[Pixels]]:
            return [threads.submit(view.see, pixels) for pixels in pictures[first : first + batch_size]]

        ahead = start(0)
        for first in range(0, len(pictures), batch_size):
            batch, ahead = ahead, start(first + batch_size)
            yield torch.from_numpy(np.stack([future.result() for future in batch])).permute(0, 3, 1, 2)


class Normalise:
    """Bytes to what a tower was trained on: `(pixels / 255 - mean) / std`, on the tower's device.

    With `channels_last`, a pixel's colours lie side by side, which convolutions on a CPU are faster with.
    """

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
        precision: torch.dtype,
        *,
        channels_last: bool = False,
    ) -> None:
        import torch

        self._scale = (1 / (255 * torch.tensor(std))).reshape(1, 3, 1, 1).to(device)
        self._shift = (-torch.tensor(mean) / torch.tensor(std)).reshape(1, 3, 1, 1).to(device)
        self._device = device
        self._precision = precision
        self._layout = torch.channels_last if channels_last else torch.contiguous_format

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        """uint8[b, 3, h, w] → [b, 3, h, w] in the tower's precision."""
        import torch

        pixels = batch.to(self._device, non_blocking=True).float()
        return (
            torch.addcmul(self._shift, pixels, self._scale).to(self._precision).contiguous(memory_format=self._layout)
        )
