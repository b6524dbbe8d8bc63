"""Reads and prints the values of filters: terms, ranges and comparisons."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from sensorium.catalogue.values import amount, comparable, moment
from sensorium.errors import QuerySyntaxError
from sensorium.types import Kind, Range, Term

from . import syntax

_BARE = re.compile(r'[^\s,"]+')
_END = rf'{syntax.QUOTED.pattern}|[^\s,"]*'
_RANGE = re.compile(rf"(?P<low>{_END}?)\.\.(?P<less><?)(?P<high>{_END})")
_SIGNS = {"<": (False, True), "<=": (True, True), ">": (False, False), ">=": (True, False)}
"""What a comparison means: whether the end is included, and whether it is the high one."""


def read_values(text: str, start: int, field: str) -> tuple[tuple[Term | Range, ...], int]:
    """The values separated by commas that begin at `start`, and where they end. Raises `QuerySyntaxError`."""
    values: list[Term | Range] = []
    place = start
    while True:
        value, end = _value(text, place, field)
        values.append(value)
        if not re.compile(r",[^\s,]").match(text, end):
            break
        place = end + 1
    end = _punctuated(text, end)
    if end < len(text) and not text[end].isspace():
        raise QuerySyntaxError("A blank or a comma is expected behind a value.", text, start, end + 1)
    return tuple(dict.fromkeys(values)), end


def read_comparison(text: str, start: int, field: str, sign: str) -> tuple[tuple[Range], int]:
    """The one value behind `<`, `<=`, `>` or `>=`. Raises `QuerySyntaxError`."""
    found = syntax.QUOTED.match(text, start)
    end = found.end() if found else re.compile(r"\S+").match(text, start).end()  # type: ignore[union-attr]
    value = syntax.unescaped(found[1]) if found else text[start:end].rstrip(",;!?")
    if not comparable(value):
        raise QuerySyntaxError(
            f"Behind {sign} comes a number or a date, as in {field}{sign}50 or {field}{sign}2023-06.", text, start, end
        )
    includes, high = _SIGNS[sign]
    if high:
        return (Range(high=value, includes_high=includes),), end
    return (Range(low=value, includes_low=includes),), end


def print_values(values: Iterable[Term | Range]) -> str:
    return ",".join(_printed_range(value) if isinstance(value, Range) else _printed_term(value) for value in values)


def print_comparison(value: Range) -> str | None:
    """`<50` for a range with one end; None for one with two."""
    if value.low and value.high:
        return None
    sign, end, included = ("<", value.high, value.includes_high) if value.high else (">", value.low, value.includes_low)
    return f"{sign}{'=' if included else ''}{_quoted_if_need_be(end)}"


def _value(text: str, start: int, field: str) -> tuple[Term | Range, int]:
    range_ = None if field in (syntax.KIND, syntax.FOLDER) else _RANGE.match(text, start)
    if range_:
        return _range(range_, text)
    quoted = syntax.QUOTED.match(text, start)
    if quoted:
        end = quoted.end()
        starred = text.startswith("*", end)
        return _term(syntax.unescaped(quoted[1]), text, (start, end), field, prefix=starred), end + starred
    found = _BARE.match(text, start)
    if found is None:
        problem = "This quote is never closed." if text.startswith('"', start) else "A value is expected here."
        raise QuerySyntaxError(problem, text, start, start + 1)
    bare, end = found[0], found.end()
    if found.end() == len(text) or text[found.end()] in ", \t\n":
        bare = bare.rstrip(";!?") or bare
        end = start + len(bare)
    starred = bare.endswith("*")
    return _term(bare.removesuffix("*"), text, (start, end), field, prefix=starred), end


def _term(value: str, text: str, place: tuple[int, int], field: str, *, prefix: bool) -> Term:
    if not value.strip() and not prefix:
        raise QuerySyntaxError("A value is expected between the quotes.", text, *place)
    if field == syntax.KIND:
        return Term(_kind(value, text, place))
    return Term(value, prefix)


def _kind(value: str, text: str, place: tuple[int, int]) -> str:
    plain = value.lower()
    singular = plain.removesuffix("s")
    for name in (plain, singular):
        if name in tuple(Kind) or name in syntax.KIND_SPELLINGS:
            return str(syntax.KIND_SPELLINGS.get(name, name))
    known = [kind.value for kind in Kind]
    close = difflib.get_close_matches(singular, known, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise QuerySyntaxError(f"No kind is named {value!r}. Known: {', '.join(known)}.{meant}", text, *place)


def _range(found: re.Match[str], text: str) -> tuple[Range, int]:
    low, high = _unquoted(found["low"]), _unquoted(found["high"])
    if not found["high"].startswith('"'):
        high = high.rstrip(";!?")
    place = found.span()
    if not (low or high) or any(side and not comparable(side) for side in (low, high)):
        raise QuerySyntaxError("The ends of a range are numbers or dates, as in 10..50 or 2023-05..", text, *place)
    if low and high and _backwards(low, high):
        raise QuerySyntaxError(f"This range ends before it begins. Did you mean {high}..{low}?", text, *place)
    return Range(low, high, includes_high=not (high and found["less"])), found.end()


def _unquoted(side: str) -> str:
    return syntax.unescaped(side[1:-1]) if side.startswith('"') else side


def _backwards(low: str, high: str) -> bool:
    low_amount, high_amount = amount(low), amount(high)
    if low_amount and high_amount:
        return low_amount[0] > high_amount[0]
    low_moment, high_moment = moment(low), moment(high)
    return bool(low_moment and high_moment and low_moment[0] > high_moment[0])


def _punctuated(text: str, end: int) -> int:
    """Behind the punctuation that a sentence may have after a value."""
    while end < len(text) and text[end] in ",;!?":
        end += 1
    return end


def _printed_term(term: Term) -> str:
    if term.prefix and not term.text:
        return "*"
    return _quoted_if_need_be(term.text) + ("*" if term.prefix else "")


def _printed_range(value: Range) -> str:
    low, high = (_quoted_if_need_be(end) if end else "" for end in (value.low, value.high))
    return f"{low}..{'' if value.includes_high else '<'}{high}"


def _quoted_if_need_be(value: str) -> str:
    if syntax.BARE_VALUE.fullmatch(value):
        return value
    escaped = re.sub(r'(["\\])', r"\\\1", value)
    return f'"{escaped}"'
