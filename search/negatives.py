"""What a query does not want: items that clearly are it are left out, items that resemble it are pushed down.

A negative part is no word in the prompt: an encoder understands "no dog" as "dog" (NegBench, Alhamoud et al., 2025). It
is asked on its own, of the items that the rest of the query has found. One is left out where the part's words stand in
its text, or where a channel scores it as only one in a hundred unrelated segments scores: `CLEAR` is that surprise, so
that one in a hundred items is lost for nothing. A weight above -1 only pushes down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.facts import Background
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.rising import among
from sensorium.types import TEXT_CHANNELS, Channel, Modality, Part, Query

from .calibrate import Key, calibrate
from .fusion.scored import Fused, Proofs
from .matches import Calibrated
from .probes import Asked, Words
from .recommend import not_to_be_shown
from .retrieve import retrieve
from .selection import Selection

if TYPE_CHECKING:
    from sensorium.vectors.protocol import Ids

    from .matches import Floats

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
    """What is left of a result, and what to say about what is not."""

    fused: Fused
    notes: tuple[str, ...] = ()


def leave_out(
    fused: Fused,
    query: Query,
    asked: Asked,
    *,
    selection: Selection,
    judge: tuple[Library, ModelSet, Mapping[Key, Background]],
) -> Left:
    """The result without what the query's negative parts clearly mean, and anew in order of score.

    Items that the query gives as examples are left out too: what is like them is asked for, not they themselves.
    """
    fused = fused.without(not_to_be_shown(query))
    negative = [number for number, part in enumerate(query.parts) if is_negative(part)]
    if not negative or not len(fused):
        return Left(fused)
    library, models, backgrounds = judge
    narrowed = selection.narrowed(fused.items)
    wanted = asked.only(negative)
    matches = retrieve(wanted, library, models, selection=narrowed, depth=DEPTH).matches
    found = calibrate(matches, backgrounds, narrowed.snapshot.owners)
    kept, pushes, notes = np.ones(len(fused), np.bool_), [], []
    for number in negative:
        own = [one for one in found if one.source.part == number and len(one)]
        surprise = strongest(own, fused.items)
        for words in wanted.words:
            if words.part == number:
                literal = among(items_with(words, library, narrowed), fused.items)
                surprise = np.where(literal, np.maximum(surprise, LITERAL), surprise)
        part = query.parts[number]
        if part.weight <= -1:
            clear = kept & (surprise >= CLEAR)
            kept &= ~clear
            if clear.any():
                notes.append(_note(int(clear.sum()), part))
        pushes += list(_pushes(own, fused.items, part.weight * np.maximum(0.0, surprise - FREE)))
    left = fused.items[kept]
    return Left(fused.plus(pushes).only(left), tuple(notes))


def strongest(found: Sequence[Calibrated], items: Ids) -> Floats:
    """float64[n]: the surprise of the best match in each of the items, 0 in those without one."""
    surprise = np.zeros(len(items))
    order = np.argsort(items)
    for one in found:
        own, places = one.first_of_items
        at = order[np.searchsorted(items, own, sorter=order)]
        surprise[at] = np.maximum(surprise[at], one.surprise[places])
    return surprise


def _pushes(found: Sequence[Calibrated], items: Ids, push: Floats) -> Iterator[Proofs]:
    """What speaks against each item: its strongest match, which adds `push`, float64[n], to its score."""
    best = strongest(found, items)
    order = np.argsort(items)
    told = np.zeros(len(items), np.bool_)
    for one in found:
        own, places = one.first_of_items
        at = order[np.searchsorted(items, own, sorter=order)]
        speaks = ~told[at] & (one.surprise[places] == best[at]) & (push[at] < 0)
        told[at[speaks]] = True
        yield Proofs(one, places[speaks], one.surprise[places[speaks]], push[at[speaks]])


def items_with(words: Words, library: Library, selection: Selection) -> Ids:
    """int64[n]: the items of a selection with a segment that holds all the words."""
    phrases = (*words.phrases, *((word,) for word in words.wording.words))
    owners = [np.empty(0, np.int64)]
    for channel in TEXT_CHANNELS:
        if words.wording.words and (not words.channels or channel in words.channels):
            owners.append(_owners(library.holding(channel, phrases), channel, selection))
    return np.unique(np.concatenate(owners))


def _owners(segments: Ids, channel: Channel, selection: Selection) -> Ids:
    column = selection.snapshot.channel(channel)
    held = among(segments, column.segments)
    if selection.mask is not None:
        held &= selection.mask[column.places]
    return selection.snapshot.items[column.places[held]]


def _note(count: int, part: Part) -> str:
    what = f"“{part.text}”" if part.modality is Modality.TEXT else "the example that is not wanted"
    return f"{count} {'item was' if count == 1 else 'items were'} left out: clearly {what}."
