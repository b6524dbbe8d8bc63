"""Sounds as constellations: the few local maxima of a spectrogram that survive noise, filters and codecs.

After A. Wang, "An industrial-strength audio search algorithm" (ISMIR 2003), with what later systems mended (D. Ellis,
audfprint, 2014; J. Six and M. Leman, Panako, 2014): peaks are granted second by second, so that quiet passages are
described as well as loud ones, and a short sound gets as many as it takes to know it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sensorium.types import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    from sensorium.types import Samples

    Ticks: TypeAlias = npt.NDArray[np.int64]
    Magnitudes: TypeAlias = npt.NDArray[np.float32]

METHOD = "landmarks-1"
"""Named anew with every change below: constellations of two methods do not match."""
WINDOW = 1024
"""Samples in one spectrum: 64 ms, in which two tones 31 Hz apart are told apart."""
TICK = 256
"""Samples between two spectra."""
TICK_S = TICK / SAMPLE_RATE
BINS = WINDOW // 2
LOWEST_BIN = 4
"""62 Hz: hum and rumble say nothing of a recording."""
REACH = (2, 3)
"""A peak is the highest within so many ticks and bins on either side."""
QUIETEST = 200.0
"""Magnitude of a sine of 0.8 quantisation steps: what is quieter is the converter's noise."""
LEVELS_AN_OCTAVE = 8
LAST_TICK = (1 << 23) - 1
"""37 hours: ticks and bins are packed into 32 bits. Peaks beyond are left out."""
_TICKS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class Density:
    """How many peaks a sound is described by: `per_s` for each second, but at least `least` and at most `most`."""

    per_s: int
    least: int
    most: int

    def peaks(self, samples: int) -> int:
        return min(self.most, max(self.least, round(self.per_s * samples / SAMPLE_RATE)))


RECORDED = Density(per_s=20, least=150, most=1 << 31)
"""For the library."""
ASKED = Density(per_s=40, least=200, most=3000)
"""For queries: noise adds peaks of its own, between which those of the recording must still be found."""


@dataclass(frozen=True, slots=True, eq=False)
class Constellation:
    """Peaks in order of time: `ticks` and `bins` int64[n], `levels` uint8[n], logarithms of their magnitudes."""

    ticks: Ticks
    bins: Ticks
    levels: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ticks)

    def pack(self) -> bytes:
        """Five bytes a peak."""
        places = (self.ticks << 9 | self.bins).astype("<u4")
        return places.tobytes() + self.levels.tobytes()

    @classmethod
    def unpack(cls, data: bytes) -> Constellation:
        count = len(data) // 5
        places = np.frombuffer(data, "<u4", count).astype(np.int64)
        return cls(places >> 9, places & (BINS - 1), np.frombuffer(data, np.uint8, count, offset=4 * count))


def constellation(samples: Samples, density: Density = RECORDED) -> Constellation:
    """The peaks of a sound, int16[n] at 16 kHz. Silence has none. Memory does not grow with the sound."""
    total = min(len(samples) // TICK, LAST_TICK) + 1
    blocks = [_peaks(samples, start, min(start + _TICKS_AT_ONCE, total)) for start in range(0, total, _TICKS_AT_ONCE)]
    ticks, bins, heights = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    kept = _granted(ticks, heights, density.peaks(len(samples)))
    levels = np.clip(LEVELS_AN_OCTAVE * np.log2(heights[kept]), 0, 255).astype(np.uint8)
    return Constellation(ticks[kept], bins[kept], levels)


def asked_peaks(_path: Path, samples: Samples) -> Constellation:
    """The peaks of a sound that is asked with, for a worker process; the path is what its errors name."""
    return constellation(samples, ASKED)


def _peaks(samples: Samples, start: int, stop: int) -> tuple[Ticks, Ticks, Magnitudes]:
    """Ticks, bins and magnitudes of the peaks from one tick to another, in order of time."""
    from scipy.fft import rfft  # workers only
    from scipy.ndimage import maximum_filter

    first = max(0, start - REACH[0])
    frames = _frames(samples, first, stop + REACH[0])
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    spectra = np.abs(rfft(frames * window, axis=1)[:, :BINS])
    highest = maximum_filter(spectra, size=(2 * REACH[0] + 1, 2 * REACH[1] + 1), mode="constant")
    is_peak = (spectra == highest) & (spectra > QUIETEST)
    is_peak[:, :LOWEST_BIN] = False
    ticks, bins = np.nonzero(is_peak[start - first : stop - first])
    return ticks + start, bins, spectra[ticks + start - first, bins]


def _frames(samples: Samples, first: int, stop: int) -> Magnitudes:
    """float32[stop - first, WINDOW]: the samples around each tick, with silence before the sound and after it."""
    padded = np.zeros((stop - first - 1) * TICK + WINDOW, np.float32)
    begin = first * TICK - WINDOW // 2
    heard = samples[max(0, begin) : max(0, begin + len(padded))]
    padded[max(0, -begin) :][: len(heard)] = heard
    return np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::TICK]


def _granted(ticks: Ticks, heights: Magnitudes, count: int) -> Ticks:
    """int64[m], rising: places of the `count` peaks that rank highest within their own second of sound."""
    if len(ticks) <= count:
        return np.arange(len(ticks))
    second = ticks * TICK // SAMPLE_RATE
    order = np.lexsort((-heights, second))
    first = np.searchsorted(second[order], second[order])
    rank = np.empty(len(ticks), np.int64)
    rank[order] = np.arange(len(ticks)) - first
    return np.sort(np.argsort(rank, kind="stable")[:count])
