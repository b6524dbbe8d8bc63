"""What the value of an attribute means beside its text: an amount, a time, and what it is compared as.

Times are wall-clock times: a photo taken on the evening of 1 May is one of 1 May wherever on earth it was taken, so
that an offset from UTC is left out. They are seconds since 1970 as that clock shows them.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import timegm
from dataclasses import dataclass

from sensorium.media.feed_values import with_point

_CURRENCIES = {"€": "eur", "$": "usd", "£": "gbp", "¥": "jpy", "₹": "inr"}
_SIGNS = "".join(_CURRENCIES)
_PLAIN = r"(?:0|[1-9]\d*)(?:[.,]\d+)?"  # a leading zero makes a code of it
_THOUSANDS = r"[1-9]\d{0,2}(?:(?P<part>[.,'\u00a0\u202f])\d{3})(?:(?P=part)\d{3})*(?:[.,]\d+)?"
_AMOUNT = re.compile(
    rf"(?P<before>[{_SIGNS}]|[A-Z]{{3}}(?=\s))?\s*(?P<number>[+-]?(?:{_THOUSANDS}|{_PLAIN}))"
    rf"\s?(?P<after>[{_SIGNS}%°]|[a-zA-Zµ]{{1,4}})?"
)
_DATE = re.compile(
    r"(?P<y>[12]\d{3})(?:(?P<s>[-/:])(?P<m>\d\d?)(?:(?P=s)(?P<d>\d\d?))?)?"
    r"(?:[T ](?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:\.\d+)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?)?"
)
_DAY_FIRST = re.compile(r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>[12]\d{3})")


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is compared. `term` is its text without case, `number` an amount in `unit` (lower case, empty where
    unknown), `[start, end)` the time it names: a day, a month, a year, a second."""

    text: str
    term: str
    number: float | None = None
    unit: str = ""
    start: float | None = None
    end: float | None = None


def read_value(text: str) -> Value:
    """What a text means. Whatever it is, it is a term."""
    number, unit = amount(text) or (None, "")
    start, end = moment(text) or (None, None)
    return Value(text, fold(text), number, unit, start, end)


def fold(text: str) -> str:
    """Without case, blanks at the ends, and ways of writing that look alike."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def amount(text: str) -> tuple[float, str] | None:
    """`50`, `19,99 €`, `USD 1,299.00`, `16 GB`; codes such as `007` or `RE16` are none."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found["before"] and found["after"]):
        return None
    number = float(with_point(re.sub(r"['\u00a0\u202f]", "", found["number"])))
    unit = found["before"] or found["after"] or ""
    return number, _CURRENCIES.get(unit, unit.lower())


def moment(text: str) -> tuple[float, float] | None:
    """`[start, end)` of `2023`, `2023-05`, `2023-05-17`, `2023-05-17T18:30`, `17.5.2023`; None for what is no date."""
    found = _DATE.fullmatch(text.strip()) or _DAY_FIRST.fullmatch(text.strip())
    if found is None:
        return None
    given = {name: int(value) for name, value in found.groupdict().items() if value and value.isdigit()}
    if "H" in given and "d" not in given:
        return None
    year, month, day = given["y"], given.get("m", 1), given.get("d", 1)
    hour, minute, second = given.get("H", 0), given.get("M", 0), given.get("S", 0)
    if not (1 <= month <= 12 and 1 <= day <= _days(year, month) and hour < 24 and minute < 60 and second < 60):
        return None
    start = timegm((year, month, day, hour, minute, second))
    if "m" not in given:
        end = timegm((year + 1, 1, 1, 0, 0, 0))
    elif "d" not in given:
        end = timegm((year + month // 12, month % 12 + 1, 1, 0, 0, 0))
    else:
        end = start + (86400 if "H" not in given else 60 if "S" not in given else 1)
    return float(start), float(end)


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def comparable(text: str) -> bool:
    """Whether a text can be the end of a range."""
    return amount(text) is not None or moment(text) is not None
