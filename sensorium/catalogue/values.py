"""What the value of an attribute means beside its text: an amount, a time, and what it is compared as.

Times are wall-clock times: a photo taken on the evening of 1 May is one of 1 May wherever on earth it was taken, so
that an offset from UTC is left out. They are seconds since 1970 as that clock shows them.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass

from sensorium.media.amounts import CODES, SIGNS, plain, with_point

_NAMES = "|".join(re.escape(name) for name in sorted((*SIGNS, *CODES), key=len, reverse=True))
_PLAIN = r"(?:0|[1-9]\d*)(?:[.,]\d+)?"  # a leading zero makes a code of it
_THOUSANDS = r"[1-9]\d{0,2}(?:(?P<part>[.,' ])\d{3})(?:(?P=part)\d{3})*(?:[.,]\d+)?"
_LAKHS = r"[1-9]\d?(?:,\d\d)+,\d{3}(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?:(?P<money>{_NAMES})\.?|(?P<before>[A-Z]{{3}})(?=\s))?\s*"
    rf"(?P<number>[+-]?(?:{_THOUSANDS}|{_LAKHS}|{_PLAIN}))(?P<whole>[.,]\s?[-–—])?"
    rf"\s?(?:(?P<paid>{_NAMES})\.?|(?P<after>[%°]|[a-zA-Zµ]{{1,4}}[23]?))?"
)
_DATE = re.compile(
    r"(?P<y>[12]\d{3})(?:(?P<s>[-/:])(?P<m>\d\d?)(?:(?P=s)(?P<d>\d\d?))?)?"
    r"(?:[T ](?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:\.\d+)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?)?"
)
_CLOCK = r"(?:,? (?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d))?(?: (?:GMT|UTC?|Z|[+-]\d{4}))?)?"
_DAY_FIRST = re.compile(r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>[12]\d{3})" + _CLOCK)
_UNDECIDED = re.compile(r"(?P<d>\d\d?)(?P<s>[-/])(?P<m>\d\d?)(?P=s)(?P<y>[12]\d{3})")
"""Day or month first, as a country has it; taken where one of the two can be no month."""
_YEAR = "january february march april may june july august september october november december"
_MONTHS = tuple(_YEAR.split())
_MONTH = r"(?P<name>[A-Za-z]{3,9})\.?"
_NAMED = (
    re.compile(rf"(?:[A-Z][a-z]{{2}},? )?(?P<d>\d\d?) {_MONTH} (?P<y>[12]\d{{3}})" + _CLOCK),
    re.compile(rf"{_MONTH} (?P<d>\d\d?),? (?P<y>[12]\d{{3}})"),
)


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
    """`50`, `19,99 €`, `USD 1,299.00`, `CHF 1'299.-`, `16 GB`; codes such as `007` or `RE16` are none."""
    found = _AMOUNT.fullmatch(plain(text).strip())
    if found is None:
        return None
    before, after = found["money"] or found["before"], found["paid"] or found["after"]
    unit = before or after or ""
    if (before and after) or (" " in found["number"] and not unit):
        return None
    currency = SIGNS.get(unit, unit.lower()) if found["money"] or found["paid"] or found["whole"] else ""
    money = currency or ("eur" if found["whole"] else "")
    return float(with_point(re.sub("[' ]", "", found["number"]), money)), SIGNS.get(unit, unit.lower())


def moment(text: str) -> tuple[float, float] | None:
    """`[start, end)` of `2023`, `2023-05`, `2023-05-17`, `2023-05-17T18:30`, `17.5.2023`, `31/5/2023`, `17 May 2023`,
    and of a span, two of them with a slash between, as shops date their offers; None for what is no date."""
    text = text.strip()
    first, slash, last = text.partition("/")
    if slash and "T" in first and "T" in last and "/" not in last:
        start, end = moment(first), moment(last)
        return (start[0], end[1]) if start and end and start[0] < end[1] else None
    found = _DATE.fullmatch(text) or _DAY_FIRST.fullmatch(text) or _UNDECIDED.fullmatch(text)
    found = found or next(filter(None, (named.fullmatch(text) for named in _NAMED)), None)
    if found is None:
        return None
    named = found.groupdict()
    given = {name: int(value) for name, value in named.items() if value and value.isdigit()}
    if found.re is _UNDECIDED:
        if (given["d"] > 12) == (given["m"] > 12) and given["d"] != given["m"]:
            return None
        given["m"], given["d"] = sorted((given["m"], given["d"]))
    if "name" in named:
        month = [month.startswith(named["name"].lower()) for month in _MONTHS]
        if True not in month:
            return None
        given["m"] = month.index(True) + 1
    return _span(given)


def _span(given: Mapping[str, int]) -> tuple[float, float] | None:
    """From the first second to the last of the year, month, day, minute or second that is given; None for none."""
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
