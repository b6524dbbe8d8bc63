"""Measures a library's indexes while it is searched; until there are queries, by words of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sensorium.indexes.measuring import Measurer
from sensorium.library import Library
from sensorium.models.model_set import ModelSet

from .calibrate import background_texts

SEEDS = 64
"""Texts that stand in for queries until there are some."""


@contextmanager
def measuring(library: Library, models: ModelSet) -> Iterator[None]:
    """While open, a sample of what is asked is asked again, exactly, in a thread of its own."""
    measurer = Measurer(library.indexes)
    for encoder in models.texts:
        measurer.seed(encoder.space, encoder.encode_texts(background_texts()[:SEEDS]))
    measurer.start()
    try:
        yield
    finally:
        measurer.stop()
