"""What is heard in a sound or a film, as segments: spans that are encoded, found and shown each for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import SegmentDraft
from sensorium.media.sound_spans import sound_spans
from sensorium.types import SAMPLE_RATE, Channel

from .read import Reading
from .spool import samples_of

if TYPE_CHECKING:
    from sensorium.types import Samples


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """A segment and what is heard in it."""

    segment: SegmentDraft
    samples: Samples


def spans_of(reading: Reading) -> list[Span]:
    """The spans of a sound or a film that are not silent; none for what has no sound."""
    samples = samples_of(reading.decoded)
    if samples is None:
        return []
    return [_span(reading.content, samples, first, end) for first, end in sound_spans(samples)]


def _span(content: str, samples: Samples, first: int, end: int) -> Span:
    start_s, end_s = first / SAMPLE_RATE, end / SAMPLE_RATE
    key = f"sound:{content}@{start_s:.3f}-{end_s:.3f}"
    return Span(SegmentDraft(Channel.SOUND, key, 0, start_s, end_s), samples[first:end])
