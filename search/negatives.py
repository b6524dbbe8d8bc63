"""What a query does not want: items that clearly are it are left out, items that resemble it are pushed down.

A negative part is no word in the prompt: an encoder understands "no dog" as "dog" (NegBench, Alhamoud et al., 2025). It
is asked on its own, of the items that the rest of the query has found. One is left out where the part's words stand in
its text, or where a channel scores it as only one in a hundred unrelated segments scores: `CLEAR` is that surprise, so
that one in a hundred items is lost for nothing. A weight above -1 only pushes down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.facts import Background
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.types import TEXT_CHANNELS, Channel, Evidence, Modality, Part, Query, Segment

from .calibrate import Calibrated, Key, calibrate
from .fusion import Scored
from .probes import Asked, Words
from .recommend import not_to_be_shown
from .retrieve import retrieve
from .selection import Selection

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

CLEAR = 2.0
"""The surprise from which on an item is left out."""
FREE = 1.0
"""The surprise from which on an item resembles a part at all."""
LITERAL = 4.0
"""The surprise of having the very words."""
DEPTH = 2000
"""Segments of each channel that are looked at: what is not among them resembles the part too little to matter."""


def is_negative(part: Part) -> bool:
    return part.weight < 0


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a list, and what to say about what is not."""

    scored: list[Scored]
    notes: tuple[str, ...] = ()


def leave_out(
    scored: list[Scored],
    query: Query,
    asked: Asked,
    *,
    selection: Selection,
    judge: tuple[Library, ModelSet, Mapping[Key, Background]],
) -> Left:
    """The list without what the query's negative parts clearly mean, and anew in order of score.

    Items that the query gives as examples are left out too: what is like them is asked for, not they themselves.
    """
    hidden = not_to_be_shown(query)
    scored = [one for one in scored if one.item_id not in hidden]
    negative = [number for number, part in enumerate(query.parts) if is_negative(part)]
    if not negative or not scored:
        return Left(scored)
    library, models, backgrounds = judge
    narrowed = selection.narrowed([one.item_id for one in scored])
    found = retrieve(asked.only(negative), library, models, selection=narrowed, depth=DEPTH)
    matches = calibrate(found.matches, backgrounds)
    segments = library.segments(sorted({match.match.segment_id for match in matches if match.surprise > FREE}))
    strongest = _strongest(matches, segments)
    for words in asked.only(negative).words:
        for item_id in _items_with(words, library, narrowed):
            held = strongest.setdefault((item_id, words.part), (0.0, None))
            strongest[item_id, words.part] = (max(held[0], LITERAL), held[1])
    return _weigh(scored, query.parts, negative, strongest)


_Strongest = dict[tuple[int, int], tuple[float, Evidence | None]]
"""(item, part) → how surprising its best match is, and that match as evidence."""


def _strongest(matches: Iterable[Calibrated], segments: Mapping[int, Segment]) -> _Strongest:
    found: _Strongest = {}
    for one in matches:
        segment = segments.get(one.match.segment_id)
        if segment is not None:
            key = segment.item_id, one.match.part
            if key not in found or one.surprise > found[key][0]:
                match = one.match
                proof = Evidence(
                    match.channel, match.matcher, match.part, segment, match.raw, one.surprise, match.rank, 0.0
                )
                found[key] = one.surprise, proof
    return found


def _items_with(words: Words, library: Library, selection: Selection) -> Iterable[int]:
    """The items of a selection with a segment that holds all the words."""
    phrases = (*words.phrases, *((word,) for word in words.wording.words))
    for channel in TEXT_CHANNELS:
        if words.wording.words and (not words.channels or channel in words.channels):
            yield from _owners(library.holding(channel, phrases), channel, selection)


def _owners(segments: Ids, channel: Channel, selection: Selection) -> Iterable[int]:
    column = selection.snapshot.channel(channel)
    held = np.isin(column.segments, segments)
    if selection.mask is not None:
        held &= selection.mask[column.places]
    return [int(item_id) for item_id in np.unique(selection.snapshot.items[column.places[held]])]


def _weigh(scored: Iterable[Scored], parts: Sequence[Part], negative: Sequence[int], strongest: _Strongest) -> Left:
    kept: list[Scored] = []
    gone = dict.fromkeys(negative, 0)
    for one in scored:
        for number in negative:
            surprise, proof = strongest.get((one.item_id, number), (0.0, None))
            if parts[number].weight <= -1 and surprise >= CLEAR:
                gone[number] += 1
                break
            if proof is not None and surprise > FREE:
                push = parts[number].weight * (surprise - FREE)
                evidence = (*one.evidence, replace(proof, contribution=push))
                one = replace(one, score=one.score + push, evidence=evidence)
        else:
            kept.append(one)
    notes = tuple(_note(count, parts[number]) for number, count in gone.items() if count)
    return Left(sorted(kept, key=lambda one: (-one.score, one.item_id)), notes)


def _note(count: int, part: Part) -> str:
    what = f"“{part.text}”" if part.modality is Modality.TEXT else "the example that is not wanted"
    return f"{count} {'item was' if count == 1 else 'items were'} left out: clearly {what}."
