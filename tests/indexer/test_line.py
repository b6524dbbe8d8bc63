"""A line works in order, holds back whoever runs ahead, and hands its error to whoever uses it."""

import threading
import time

import pytest

from sensorium.indexer.line import Line


def test_everything_is_worked_off_in_order_and_the_end_is_told():
    calls = []
    line = Line(lambda things, rest: calls.append((things, rest)), room=3, name="test")
    for number in range(20):
        line.put(number)
    line.close()
    assert [number for things, _ in calls for number in things] == list(range(20))
    assert calls[-1][1] is True
    assert not any(rest for things, rest in calls[:-1] if things)


def test_nobody_runs_further_ahead_than_there_is_room():
    gate = threading.Event()
    taken = []
    line = Line(lambda things, _rest: (gate.wait(10), taken.extend(things)), room=4, name="test")
    put = []

    def put_all():
        for number in range(30):
            line.put(number, weight=2)
            put.append(number)

    thread = threading.Thread(target=put_all)
    thread.start()
    time.sleep(0.3)
    assert len(put) <= 4  # two of weight 2 wait, and at most as many are being worked on
    gate.set()
    thread.join(10)
    line.close()
    assert taken == list(range(30))


def put_many(line):
    for number in range(100):
        line.put(number)


def test_an_error_reaches_those_who_put_and_those_who_close():
    def fail(things, rest):
        raise OSError("no room")

    line = Line(fail, room=1, name="test")
    line.put(0)
    with pytest.raises(OSError, match="no room"):
        put_many(line)
    with pytest.raises(OSError, match="no room"):
        line.close()


def test_what_is_dropped_is_not_worked_on():
    gate = threading.Event()
    taken = []
    line = Line(lambda things, _rest: (taken.extend(things), gate.wait(10)), room=10, name="test")
    line.put(0)
    while not taken:
        time.sleep(0.01)
    line.put(1)
    threading.Timer(0.1, gate.set).start()
    line.drop()
    assert taken == [0]
