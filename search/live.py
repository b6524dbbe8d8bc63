"""An engine that follows a change of models: it goes on with the former ones until the new ones are loaded."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, cast

from sensorium.errors import SensoriumError
from sensorium.library import Library

from .engine import Engine

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


def live(library: Library, make: Callable[[], Engine]) -> Engine:
    """An engine on a library that is made anew, and warmed, when the library is given other models."""
    return cast(Engine, _Live(library, make))


class _Live:
    """Stands for the engine of the moment, whose methods it has."""

    def __init__(self, library: Library, make: Callable[[], Engine]) -> None:
        self._library = library
        self._make = make
        self._lock = threading.Lock()
        self._models = self._named()
        self._engine = make()
        self._looked = time.monotonic()

    def __getattr__(self, name: str) -> Any:
        self._look()
        return getattr(self._engine, name)

    def _named(self) -> tuple[str, str]:
        return self._library.models, self._library.profile

    def _look(self) -> None:
        """See, now and then, whether the library has other models, and have them loaded beside the present ones."""
        with self._lock:
            if time.monotonic() - self._looked < LOOK_EVERY_S:
                return
            self._looked = time.monotonic()
            named = self._named()
            if named == self._models:
                return
            self._models = named
        threading.Thread(target=self._renew, name="other-models", daemon=True).start()

    def _renew(self) -> None:
        try:
            engine = self._make()
            engine.warm()
        except SensoriumError as error:
            log.error("The library has other models now, which cannot be loaded; the former ones serve on: %s", error)
            return
        self._engine = engine
        log.info("Searching with other models: %s", self._models[1])
