"""The language of a text, by py3langid (after Lui and Baldwin, 2012): small, and of short texts not sure."""

from __future__ import annotations

from functools import cache
from typing import Any

_FEWEST_LETTERS = 40
_SURE = 0.8
_NONE = "zxx"
"""What ISO 639 calls text that is in no language, such as tables of numbers."""
_READ = 4000
"""Signs that are enough to tell it by."""


def language_of(text: str) -> str | None:
    """ISO 639 code, such as `en`; None for texts too short or too mixed to tell."""
    if sum(map(str.isalpha, text[:_READ])) < _FEWEST_LETTERS:
        return None
    language, sure = _identifier().classify(text[:_READ])
    return str(language) if sure >= _SURE and language != _NONE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
