"""What the media of an item will be known again by. Runs in a worker process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import Print
from sensorium.fingerprints import constellation, pictures
from sensorium.media.decoded import Decoded, Film, Sound

if TYPE_CHECKING:
    from PIL.Image import Image

    from sensorium.types import Pixels, Samples


def still_prints(decoded: Decoded) -> Iterator[Print]:
    """One of each of a film's stills."""
    if isinstance(decoded, Film):
        for frame in decoded.frames:
            yield print_of(frame.pixels)


def track_print(decoded: Decoded) -> Print | None:
    """That of a sound or of a film's sound track; None where there is none, or nothing to be heard."""
    match decoded:
        case Sound(samples=samples):
            return _of_sound(samples)
        case Film(sound=samples) if samples is not None:
            return _of_sound(samples)
    return None


def print_of(picture: Pixels | Image) -> Print:
    """That of a picture."""
    return Print(pictures.METHOD, pictures.picture_print(picture).pack())


def _of_sound(samples: Samples) -> Print | None:
    peaks = constellation.constellation(samples)
    return Print(constellation.METHOD, peaks.pack()) if len(peaks) else None
