"""Pictures known again: the same one, resized or compressed anew, and nearly the same one.

A picture is described by 64 bits, the signs of its lowest frequencies (a perceptual hash: C. Zauner, "Implementation
and benchmarking of perceptual image hash functions", 2010), and by an 8 x 8 miniature. The bits find candidates in one
pass over the library; the miniature tells a copy from a picture of the same layout, such as a shirt in another colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sensorium.media.images import image_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.Image import Image as PillowImage

    from sensorium.types import Pixels

    Bits: TypeAlias = npt.NDArray[np.uint64]
    Likenesses: TypeAlias = npt.NDArray[np.float64]

METHOD = "picture-1"
"""Named anew with every change below: prints of two methods do not match."""
SIDE = 32
"""Pixels on a side of what the frequencies are taken of."""
FREQUENCIES = 8
CELLS = 8
FLAT = 2.0
"""Grey levels below which a frequency counts as absent: in flat pictures, noise would set the bits."""
NEAR_BITS = 12
"""Candidates differ in so many bits at most. Of a thousand unrelated photos one comes so near."""
SAME = 0.95
"""Likeness of a copy: at most 3 bits differ, and no cell by more than 6 of 255. JPEG at quality 30 stays above."""
NEAR = 1 - 24 / 128
"""Likeness of what passes for the same picture at a glance."""


@dataclass(frozen=True, slots=True, eq=False)
class PicturePrint:
    """`bits` is a number of 64 bits, `cells` int16[CELLS * CELLS * 3] the miniature: luma and chroma, 0 to 255."""

    bits: int
    cells: npt.NDArray[np.int16]

    def pack(self) -> bytes:
        return self.bits.to_bytes(8, "little") + self.cells.astype(np.uint8).tobytes()

    @classmethod
    def unpack(cls, data: bytes) -> PicturePrint:
        return cls(bits_of(data), np.frombuffer(data, np.uint8, offset=8).astype(np.int16))


def bits_of(data: bytes) -> int:
    """The bits of a packed print."""
    return int.from_bytes(data[:8], "little")


def picture_print(picture: Pixels | PillowImage) -> PicturePrint:
    """The print of a picture, uint8[height, width, 3] or Pillow's in RGB. Its size and shape leave no trace."""
    from PIL import Image
    from scipy.fft import dctn

    tiny = image_of(picture).resize((SIDE, SIDE), Image.Resampling.BILINEAR)  # each pixel a mean, no shifts
    waves = dctn(np.asarray(tiny.convert("L"), np.float32), norm="ortho")[1 : FREQUENCIES + 1, 1 : FREQUENCIES + 1]
    bits = np.packbits(waves.ravel() > FLAT, bitorder="little").tobytes()
    wide = SIDE // CELLS
    cells = np.asarray(tiny.convert("YCbCr")).reshape(CELLS, wide, CELLS, wide, 3).mean(axis=(1, 3))
    return PicturePrint(int.from_bytes(bits, "little"), cells.round().astype(np.int16).ravel())


def likeness(one: PicturePrint, other: PicturePrint) -> float:
    """1 for two that cannot be told apart; see `SAME` and `NEAR`."""
    bits = (one.bits ^ other.bits).bit_count()
    return 1 - max(bits / 64, int(np.abs(one.cells - other.cells).max()) / 128)


def nearest(bits: Bits, asked: int, *, most: int = NEAR_BITS) -> npt.NDArray[np.int64]:
    """Places in `bits`, uint64[n], that differ from `asked` in at most `most` bits, the nearest first."""
    differing = np.bitwise_count(bits ^ np.uint64(asked))
    places = np.flatnonzero(differing <= most)
    return places[np.argsort(differing[places], kind="stable")]


def near_duplicates(prints: Sequence[PicturePrint], *, least: float = NEAR) -> list[int]:
    """For each print the place of the first one that it is near to, directly or through others; its own if none.

    Equal numbers are one group. For lists of results: time grows with the square of their number.
    """
    bits = np.array([print_.bits for print_ in prints], np.uint64)
    near = np.tril(np.bitwise_count(bits[:, None] ^ bits) <= NEAR_BITS, -1)
    group = list(range(len(prints)))
    for place, other in zip(*(places.tolist() for places in np.nonzero(near)), strict=True):
        if likeness(prints[place], prints[other]) >= least:
            first, last = sorted((group[other], group[place]))
            group = [first if number == last else number for number in group]
    return group
