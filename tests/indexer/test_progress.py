"""A run says how far it is, how fast, and how long it will take."""

import time

import pytest

from sensorium.indexer.progress import Meter, Stage, State
from sensorium.indexer.terminal import clock


class Watched:
    def __init__(self):
        self.states: list[State] = []

    def report(self, state):
        self.states.append(state)

    def stopped(self):
        return False


def test_a_run_tells_what_each_stage_has_done_and_what_is_left():
    watched = Watched()
    meter = Meter(watched)
    meter.expect(Stage.COMMIT, 40)
    meter.count(Stage.READ, 30)
    meter.count(Stage.COMMIT, 10, failed=2)
    time.sleep(0.2)
    meter.report(now=True)
    state = watched.states[-1]
    assert [(s.stage, s.done, s.total) for s in state.stages] == [
        ("scan", 0, None), ("fetch", 0, None), ("read", 30, None),
        ("encode", 0, None), ("commit", 10, 40), ("ocr", 0, None),
    ]  # fmt: skip
    assert state.failed == 2
    commit = state.stages[-2]
    assert commit.per_s == pytest.approx(10 / state.elapsed_s, rel=0.05)
    assert state.left_s == pytest.approx(30 / commit.per_s, rel=0.01)


def test_reports_come_some_ten_times_a_second_however_much_happens():
    watched = Watched()
    meter = Meter(watched)
    began = time.monotonic()
    while time.monotonic() - began < 0.5:
        meter.count(Stage.READ)
    assert 2 <= len(watched.states) <= 7


@pytest.mark.parametrize(("seconds", "shown"), [(7, "0:07"), (750.4, "12:30"), (11_100, "3:05:00")])
def test_times_are_shown_as_a_clock_shows_them(seconds, shown):
    assert clock(seconds) == shown


def test_once_text_is_looked_for_the_time_left_is_that_of_the_looking():
    watched = Watched()
    meter = Meter(watched)
    meter.expect(Stage.COMMIT, 40)
    meter.count(Stage.COMMIT, 40)
    meter.expect(Stage.OCR, 30)
    meter.count(Stage.OCR, 10)
    time.sleep(0.2)
    meter.report(now=True)
    state = watched.states[-1]
    assert state.left_s == pytest.approx(20 / state.stages[-1].per_s, rel=0.01)
