"""Which reader of text in pictures the settings mean, on this machine."""

from __future__ import annotations

from importlib.util import find_spec

from sensorium.errors import MissingDependency, ModelUnavailable
from sensorium.settings import Settings

from .model_set import ModelStatus
from .protocols import TextReader
from .rapid_reader import RapidTextReader, rapid_mb

_PACKAGES = ("rapidocr", "onnxruntime")
_RAPID_MB = 31.2


def choose_text_reader(settings: Settings) -> TextReader | None:
    """`auto` is a reader where its packages are installed; `off` is None.

    Raises `MissingDependency` for `on` without them.
    """
    if settings.ocr == "off":
        return None
    missing = missing_packages()
    if not missing:
        return RapidTextReader()
    if settings.ocr == "on":
        raise MissingDependency(missing[0], "ocr", "Reading text in pictures")
    return None


def missing_packages() -> list[str]:
    """What would have to be installed to read text in pictures."""
    return [package for package in _PACKAGES if find_spec(package) is None]


def reading_statuses(settings: Settings) -> tuple[ModelStatus, ...]:
    """The reader of text in pictures, unless the settings want none. Loads nothing."""
    if settings.ocr == "off":
        return ()
    try:
        size_mb, cure = rapid_mb(), ""
    except ModelUnavailable as error:
        size_mb, cure = _RAPID_MB, str(error)
    return (ModelStatus("text in pictures", RapidTextReader.name, "Apache-2.0", size_mb, not cure, cure),)
