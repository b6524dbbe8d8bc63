"""A running service follows a change of models without a moment in which it does not answer."""

import time

import pytest

from sensorium.errors import ModelUnavailable
from sensorium.search import live as following


class Library:
    models, profile = "", "first"


class Engine:
    def __init__(self, name, problem=None):
        self.name = name
        self.problem = problem
        self.warmed = False

    def warm(self):
        if self.problem is not None:
            raise self.problem
        self.warmed = True


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(following, "LOOK_EVERY_S", 0.0)


def until(asked, wanted):
    ends = time.monotonic() + 10
    while asked() != wanted:
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_the_engine_is_exchanged_once_the_other_models_are_warm():
    library = Library()
    made = []

    def make():
        made.append(Engine(library.profile))
        return made[-1]

    engine = following.live(library, make)
    assert [engine.name for _ in range(3)] == ["first"] * 3
    assert len(made) == 1
    library.profile = "second"
    until(lambda: engine.name, "second")
    assert (len(made), made[1].warmed) == (2, True)


def test_models_that_cannot_be_loaded_leave_the_former_ones_serving(caplog):
    library = Library()
    engine = following.live(
        library, lambda: Engine(library.profile, None if library.profile == "first" else ModelUnavailable("no weights"))
    )
    library.profile = "second"
    until(lambda: (engine.name, "no weights" in caplog.text), ("first", True))
