"""Decides for a field's distinct values which of them a filter names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.values import Value, fold, read_value
from sensorium.types import Range, Term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sensorium.columns import Dictionary, Mask

FOLDER = "folder"


def named(field: str, dictionary: Dictionary, values: Iterable[Term | Range]) -> Mask:
    """bool[n]: the values of a dictionary that are any of `values`.

    A term names values that are the same text whatever its case, the same amount (of the same unit, where both have
    one), or a time within the one it names. A folder names those below it too, and a mere name all folders called so.
    A range keeps amounts, or times: an end that names a whole year, month or day includes all of it or excludes all of
    it, as the range says.
    """
    kept = np.zeros(len(dictionary), np.bool_)
    for value in values:
        if isinstance(value, Range):
            kept |= _amounts(dictionary, value) | _moments(dictionary, value)
        elif field == FOLDER:
            kept |= _folders(dictionary, value)
        else:
            kept |= _terms(dictionary, value)
    return kept


def _terms(dictionary: Dictionary, wanted: Term) -> Mask:
    if wanted.prefix:
        beginning = fold(wanted.text)
        return np.array([record.term.startswith(beginning) for record in dictionary.records], np.bool_)
    asked = read_value(wanted.text)
    kept = np.zeros(len(dictionary), np.bool_)
    kept[dictionary.codes_by_term.get(asked.term, [])] = True
    if asked.number is not None:
        kept |= (dictionary.numbers == asked.number) & _same_unit(dictionary, asked)
    if asked.start is not None and asked.end is not None:
        kept |= (dictionary.starts >= asked.start) & (dictionary.starts < asked.end)
    return kept


def _folders(dictionary: Dictionary, wanted: Term) -> Mask:
    asked = wanted.text.replace("\\", "/")
    whole = asked.startswith("/") or asked[1:2] == ":"
    tail = "" if wanted.prefix else "/"
    if whole:
        needle = f"{asked.rstrip('/')}{tail}"
        return np.array([f"{_slashes(r.text)}/".startswith(needle) for r in dictionary.records], np.bool_)
    needle = f"/{fold(asked.strip('/'))}{tail}"
    return np.array([needle in f"/{fold(_slashes(r.text))}/" for r in dictionary.records], np.bool_)


def _slashes(path: str) -> str:
    return path.replace("\\", "/")


def _amounts(dictionary: Dictionary, wanted: Range) -> Mask:
    low, high = read_value(wanted.low), read_value(wanted.high)
    numbers = dictionary.numbers
    kept = ~np.isnan(numbers)
    for text, end in ((wanted.low, low), (wanted.high, high)):
        if text and end.number is None:
            return np.zeros(len(dictionary), np.bool_)
        kept &= _same_unit(dictionary, end)
    if low.number is not None:
        kept &= numbers >= low.number if wanted.includes_low else numbers > low.number
    if high.number is not None:
        kept &= numbers <= high.number if wanted.includes_high else numbers < high.number
    return kept


def _moments(dictionary: Dictionary, wanted: Range) -> Mask:
    low, high = read_value(wanted.low), read_value(wanted.high)
    starts = dictionary.starts
    kept = ~np.isnan(starts)
    if wanted.low:
        first = low.start if wanted.includes_low else low.end
        kept &= starts >= (np.inf if first is None else first)
    if wanted.high:
        last = high.end if wanted.includes_high else high.start
        kept &= starts < (-np.inf if last is None else last)
    return kept


def _same_unit(dictionary: Dictionary, asked: Value) -> Mask:
    if not asked.unit:
        return np.ones(len(dictionary), np.bool_)
    units = dictionary.units
    same: Mask = (units == "") | (units == asked.unit)
    return same
