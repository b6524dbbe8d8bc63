"""Texts, tokenised, in batches of about equal length, so that little is padded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import torch

Features: TypeAlias = "dict[str, Any]"
"""What a tokenizer makes of n texts: tensors, most of them int64[n, pieces], and what holds for all of them."""

WINDOW = 64
"""Texts that are tokenised together: they are encoded while the next are tokenised."""
_MASK = "attention_mask"


def text_batches(
    texts: Sequence[str], tokenise: Callable[[list[str]], Features], *, most: int, room: int | None
) -> Iterator[tuple[list[int], Features]]:
    """The places of all texts and their features, the longest first.

    A batch has at most `most` texts and, but for a single one, at most `room` word pieces with their padding; of a
    tokenizer whose features cannot be cut, as many as are tokenised together.
    """
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    for first in range(0, len(order), WINDOW):
        places = order[first : first + WINDOW]
        features = dict(tokenise([texts[place] for place in places]))
        lengths = _lengths(features, len(places))
        if lengths is None:
            yield places, features
            continue
        for rows in cut(lengths, most=most, room=room):
            yield [places[row] for row in rows], _part(features, rows, lengths[rows[0]])


def cut(lengths: Sequence[int], *, most: int, room: int | None) -> Iterator[list[int]]:
    """The places of all lengths in batches, the longest first."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        longest = lengths[batch[0] if batch else place]
        if batch and (len(batch) == most or (room is not None and (len(batch) + 1) * longest > room)):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _lengths(features: Features, count: int) -> list[int] | None:
    """How many pieces each text has; None where rows and their ends cannot be cut off."""
    mask = features.get(_MASK)
    if mask is None or mask.ndim != 2 or len(mask) != count or not bool(mask[:, 0].all()):
        return None
    if any(value.shape != mask.shape for value in features.values() if _is_tensor(value)):
        return None
    return [int(length) for length in mask.sum(dim=1)]


def _part(features: Features, rows: list[int], length: int) -> Features:
    return {name: value[rows, :length] if _is_tensor(value) else value for name, value in features.items()}


def _is_tensor(value: torch.Tensor | object) -> bool:
    return hasattr(value, "shape") and hasattr(value, "to")
