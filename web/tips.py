"""The query language in a few lines, for the page. docs/query.md has all of it."""

from __future__ import annotations

TIPS = (
    ('"red dress"', "these words, just so"),
    ("shoe -leather", "without what follows the hyphen"),
    ("shoe*", "words that begin so"),
    ('said:"the budget"', "in what is said; also text: name: ocr: (text in pictures)"),
    ("picture:sunset sound:siren", "in what is seen, in what is heard"),
    ("red^2 dress", "one word counts twice"),
    ("like:17 in blue", "like item 17, but …"),
    ("price<50 date>=2023", "attributes; also price:10..50"),
    ('brand:Acme,"Bolt & Co"', "one of several; -brand:Acme is any other"),
    ("kind:film folder:trips", "only films, only in folders called trips"),
    ("sort:-price", "dearest first; without it the best come first"),
)
"""(what to type, what it does)."""
