"""Round ends for spans that amounts and times are counted in."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from sensorium.catalogue.values import moment

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

SKEWED = 20
"""Where the largest amount is so many times the middle one, spans grow instead of being equal."""


def amount_ends(amounts: Numbers, wanted: int) -> list[str]:
    """Ends of about `wanted` spans that hold all of `amounts`, float64[n] with n > 0: multiples of 1, 2 or 5."""
    low, high, middle = float(amounts.min()), float(amounts.max()), float(np.median(amounts))
    if low >= 0 and high > SKEWED * max(middle, 1e-9):
        return _growing(middle, high, wanted)
    step = _round_step((high - low) / wanted or 1.0)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [_written(place * step) for place in range(first, last + 1)]


def _growing(middle: float, high: float, wanted: int) -> list[str]:
    """From 0 over a fraction of the middle up to the highest, each end 2, 2.5 or 5 times the one before."""
    power = 10 ** math.ceil(math.log10(high)) if high > 0 else 1.0
    steps = [power * factor for factor in _falling(high, middle)]
    ends = sorted(steps)[-wanted:]
    return ["0", *map(_written, ends)]


def _falling(high: float, middle: float) -> list[float]:
    """Factors 1, 0.5, 0.2, 0.1 … of a power of ten, from the first that covers `high` down to a fifth of `middle`."""
    power = 10 ** math.ceil(math.log10(high))
    factors: list[float] = []
    decade = 1.0
    while not factors or factors[-1] * power > max(middle, high * 1e-6) / 5:
        factors += [decade, decade * 0.5, decade * 0.2]
        decade /= 10
    covering = [factor for factor in factors if factor * power >= high]
    return factors[factors.index(covering[-1]) :]


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999))


def _written(number: float) -> str:
    text = f"{number:.10g}"
    return text if "e" not in text else f"{number:f}".rstrip("0").rstrip(".")


def time_ends(starts: Numbers, wanted: int) -> list[str]:
    """Years, months or days, as many as come nearest to `wanted`, that hold all of `starts`, seconds since 1970."""
    first, last = (datetime.fromtimestamp(float(second), UTC) for second in (starts.min(), starts.max()))
    years = last.year - first.year + 1
    if years > 2 * wanted:
        step = int(_round_step(years / wanted))
        begin = first.year // step * step
        return [f"{year:04}" for year in range(begin, last.year + step + 1, step)]
    if years > 2:
        return [f"{year:04}" for year in range(first.year, last.year + 2)]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months > 2:
        step = next(size for size in (1, 2, 3, 6, 12, 24) if months / size <= 1.5 * wanted)
        return [_month(first, place) for place in range(0, months + step, step)]
    days = (last.date() - first.date()).days + 1
    step = max(1, math.ceil(days / wanted))
    ordinals = range(first.date().toordinal(), last.date().toordinal() + step + 1, step)
    return [datetime.fromordinal(day).date().isoformat() for day in ordinals]


def _month(first: datetime, later: int) -> str:
    place = first.year * 12 + first.month - 1 + later
    return f"{place // 12:04}-{place % 12 + 1:02}"


def span_label(low: str, high: str) -> str:
    """How a span of amounts or times is called: `10 – 20`, and `2023` for the one year, month or day it spans."""
    one = moment(low)
    if one is not None and (other := moment(high)) is not None and other[0] == one[1] and len(low) == len(high):
        return low
    return f"{low} – {high}"
