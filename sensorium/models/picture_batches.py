"""Pictures on their way into a tower: prepared in threads, one batch ahead of the network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image as Picture

    from sensorium.types import Pixels

_THREADS = min(4, os.cpu_count() or 1)  # Pillow lets go of the interpreter while it scales


def prepared_batches(
    pictures: Sequence[Pixels], prepare: Callable[[Picture], torch.Tensor], batch_size: int
) -> Iterator[torch.Tensor]:
    """Tensors [b, 3, s, s] in the order of the pictures, the next one being prepared while this one is used."""
    import torch
    from PIL import Image

    def one(pixels: Pixels) -> torch.Tensor:
        return prepare(Image.fromarray(pixels))

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="prepare") as threads:

        def start(first: int) -> list[Future[torch.Tensor]]:
            return [threads.submit(one, pixels) for pixels in pictures[first : first + batch_size]]

        ahead = start(0)
        for first in range(0, len(pictures), batch_size):
            batch, ahead = ahead, start(first + batch_size)
            yield torch.stack([future.result() for future in batch])
