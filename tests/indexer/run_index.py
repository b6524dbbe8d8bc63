"""Indexes in a process of its own, so that a test can kill it: run_index.py LIBRARY PATH…"""

import sys
import time
from pathlib import Path

import tests.fakes
from sensorium.indexer import index
from sensorium.library import Library
from sensorium.settings import Settings

SLOW_DOWN_S = 0.05
"""Added to each batch, so that ten random instants fall into ten different places."""


class Slowly:
    """Says when work begins, and waits at each report, so that there is time to be killed in."""

    def __init__(self):
        self.said = False

    def report(self, state):
        if not self.said:
            print("started", flush=True)
            self.said = True
        time.sleep(SLOW_DOWN_S)

    def stopped(self):
        return False


if __name__ == "__main__":
    target, *paths = map(Path, sys.argv[1:])
    index(
        paths,
        Library.open_or_create(target, "fake"),
        tests.fakes.fake_models(),
        settings=Settings(workers=1, batch_size=2),
        progress=Slowly(),
    )
