"""Why a hit is where it is: its rank without each channel, and the matched words in its texts.

An explained hit keeps its evidence, whose contributions add up to its score; to each text that was asked for by words
it adds where they stand in it, and of text in pictures the boxes of the lines they stand in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sensorium.library import Library
from sensorium.types import TEXT_CHANNELS, Box, Channel, Evidence, Explanation, Hit, Stretch

from .matches import Calibrated
from .probes import Words

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

Fuse = Callable[[Sequence[Calibrated]], "Ids"]
"""The items that what the channels found makes, best first, int64[n]: joined as the answer was joined."""


def explain(hits: Sequence[Hit], found: Sequence[Calibrated], fuse: Fuse) -> tuple[Hit, ...]:
    """The hits with their ranks among all that was found, as it is and without each channel that speaks for them."""
    whole = _ranks(fuse(found))
    channels = dict.fromkeys(evidence.channel for hit in hits for evidence in hit.evidence)
    without = {channel: _ranks(fuse([one for one in found if one.source.channel != channel])) for channel in channels}
    return tuple(replace(hit, explanation=_explanation(hit, whole, without)) for hit in hits)


def _ranks(items: Ids) -> dict[int, int]:
    return {item_id: rank for rank, item_id in enumerate(items.tolist(), 1)}


def _explanation(hit: Hit, whole: Mapping[int, int], without: Mapping[Channel, Mapping[int, int]]) -> Explanation:
    spoken = dict.fromkeys(evidence.channel for evidence in hit.evidence)
    return Explanation(whole[hit.item.id], {channel: without[channel].get(hit.item.id) for channel in spoken})


def mark_words(hits: Sequence[Hit], words: Sequence[Words], library: Library) -> tuple[Hit, ...]:
    """The hits with the matched words of their texts marked in the evidence."""
    wanted: dict[tuple[int, Channel], set[int]] = defaultdict(set)
    for evidence in (evidence for hit in hits for evidence in hit.evidence):
        if evidence.channel in TEXT_CHANNELS and evidence.segment.text:
            wanted[evidence.part, evidence.channel].add(evidence.segment.id)
    asked = {one.part: one.text for one in words}
    spans = {
        (part, segment_id): found
        for (part, channel), ids in wanted.items()
        if part in asked
        for segment_id, found in library.mark_words(channel, asked[part], sorted(ids)).items()
    }
    return tuple(
        replace(
            hit, evidence=tuple(_marked(proof, spans.get((proof.part, proof.segment.id), ())) for proof in hit.evidence)
        )
        for hit in hits
    )


def _marked(proof: Evidence, spans: tuple[Stretch, ...]) -> Evidence:
    if not spans:
        return proof
    return replace(proof, spans=spans, boxes=_boxes(proof.segment.text or "", proof.segment.boxes, spans))


def _boxes(text: str, boxes: Sequence[Box], spans: Sequence[Stretch]) -> tuple[Box, ...]:
    """The boxes of the lines in which a span lies, where each line has one."""
    lines = text.split("\n")
    if len(lines) != len(boxes):
        return ()
    found, start = [], 0
    for line, box in zip(lines, boxes, strict=True):
        end = start + len(line)
        if any(left < end and right > start for left, right in spans):
            found.append(box)
        start = end + 1
    return tuple(found)
