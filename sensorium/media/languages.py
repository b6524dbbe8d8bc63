"""Names of languages as files state them (ISO 639-2, RFC 5646, English words) as ISO 639-1 codes."""

from __future__ import annotations

import re

_NAMES = {
    "ar": "ara arabic", "bg": "bul bulgarian", "bn": "ben bengali", "ca": "cat catalan", "cs": "ces cze czech",
    "cy": "cym wel welsh", "da": "dan danish", "de": "deu ger german deutsch", "el": "ell gre greek",
    "en": "eng english", "es": "spa spanish espanol español castellano", "et": "est estonian", "eu": "eus baq basque",
    "fa": "fas per persian farsi", "fi": "fin finnish suomi", "fr": "fra fre french francais français",
    "ga": "gle irish", "gl": "glg galician", "he": "heb hebrew", "hi": "hin hindi", "hr": "hrv croatian",
    "hu": "hun hungarian magyar", "hy": "hye arm armenian", "id": "ind indonesian", "is": "isl ice icelandic",
    "it": "ita italian italiano", "ja": "jpn japanese", "ka": "kat geo georgian", "ko": "kor korean",
    "lt": "lit lithuanian", "lv": "lav latvian", "mk": "mkd mac macedonian", "ms": "msa may malay",
    "nl": "nld dut dutch nederlands", "no": "nor nob nno nb nn norwegian", "pl": "pol polish polski",
    "pt": "por portuguese portugues português", "ro": "ron rum romanian", "ru": "rus russian",
    "sk": "slk slo slovak", "sl": "slv slovenian", "sq": "sqi alb albanian", "sr": "srp serbian",
    "sv": "swe swedish svenska", "ta": "tam tamil", "th": "tha thai", "tr": "tur turkish", "uk": "ukr ukrainian",
    "ur": "urd urdu", "vi": "vie vietnamese", "zh": "zho chi chinese",
}  # fmt: skip
_CODES = {name: code for code, names in _NAMES.items() for name in (code, *names.split())}
_TAG = re.compile(r"([a-z]+)([-_][a-z0-9]+)*", re.IGNORECASE)


def language_code(stated: str) -> str:
    """`en` for `en`, `eng`, `en-GB`, `English`; empty for what is no language or one that is not listed."""
    match = _TAG.fullmatch(stated.strip())
    return _CODES.get(match[1].lower(), "") if match else ""
