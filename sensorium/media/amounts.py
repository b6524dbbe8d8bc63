"""Numbers as people write them: points and commas for thousands or fractions, and currencies by sign, name or code."""

from __future__ import annotations

import re
import unicodedata

SIGNS = {
    "€": "eur", "$": "usd", "£": "gbp", "¥": "jpy", "₹": "inr", "₽": "rub", "₺": "try", "₩": "krw", "₪": "ils",
    "₫": "vnd", "₴": "uah", "円": "jpy", "元": "cny", "zł": "pln", "Kč": "czk", "Ft": "huf", "kr": "kr", "Rs": "inr",
    "US$": "usd", "R$": "brl", "C$": "cad", "CA$": "cad", "A$": "aud", "AU$": "aud", "NZ$": "nzd", "HK$": "hkd",
    "S$": "sgd", "NT$": "twd", "Mex$": "mxn",
}  # fmt: skip
"""What currencies are called, and their code; `kr` may be any of three."""
_LISTED = (
    "AED ARS AUD BGN BHD BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JOD JPY KRW KWD MAD MXN "
    "MYR NOK NZD OMR PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR"
)
CODES = frozenset(_LISTED.split())
_THOUSANDTHS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
"""Currencies of a thousand parts, whose prices end in three digits."""
_OTHER_SIGNS = str.maketrans(
    {"’": "'", "‘": "'", "´": "'", "`": "'", "٫": ".", "٬": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
_NAMES = "|".join(re.escape(name) for name in sorted([*SIGNS, *CODES], key=len, reverse=True))
_NAMED = re.compile(rf"(?<![A-Za-z])(?:{_NAMES})(?![A-Za-z])")
_NUMBER = re.compile(r"\d(?:[\d.,']| (?=\d{3}(?!\d)))*")
_NO_FRACTION = re.compile(r"\s*[-–—](?!\s*\d)")
"""`12.-` and `12,–` say that there are no cents."""


def plain(text: str) -> str:
    """The text with its digits, blanks and apostrophes in their plainest forms."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).translate(_OTHER_SIGNS)


def currency_in(text: str) -> str:
    """The code of the first currency that a text names, in lower case; empty for none."""
    found = _NAMED.search(text)
    return "" if found is None else SIGNS.get(found[0], found[0].lower())


def amount_in(text: str) -> float | None:
    """The first number of a price; None where there is none, or one whose commas and points nobody can tell apart."""
    text = plain(text)
    found = _NUMBER.search(text)
    if found is None:
        return None
    digits = found[0].replace("'", "").replace(" ", "")
    currency = currency_in(text)
    whole = digits[-1] in ".," and _NO_FRACTION.match(text, found.end()) is not None
    try:
        return float(with_point(digits.rstrip(".,"), currency or ("eur" if whole else "")))
    except ValueError:  # `1.234,567.89`
        return None


def with_point(digits: str, currency: str = "") -> str:
    """Digits with commas and points as `float` takes them.

    Where both stand between the digits, the latter begins the fraction. Where one does, three digits after a comma are
    thousands, unless the currency has a thousand parts, and after a point if this is money of any other one: nobody
    sells at a tenth of a cent. Everything else is a fraction; machines write those with a point.
    """
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, fraction = (",", ".") if point > comma else (".", ",")
        return digits.replace(thousands, "").replace(fraction, ".")
    sign = "," if comma >= 0 else "."
    before, _, last = digits.rpartition(sign)
    if sign in before:  # more than one
        return digits.replace(sign, "") if len(last) == 3 else f"{before.replace(sign, '')}.{last}"
    ahead = before.lstrip("+-")
    grouped = len(last) == 3 and 0 < len(ahead) < 4 and ahead[0] != "0" and currency not in _THOUSANDTHS
    if grouped and (sign == "," or currency):
        return before + last
    return digits.replace(sign, ".")
