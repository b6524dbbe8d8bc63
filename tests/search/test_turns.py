"""Who works and who waits."""

import threading

import pytest

from sensorium.search.turns import Turns


def test_a_free_turn_is_taken_at_once_and_given_back_whatever_happens():
    turns, told = Turns(1), []
    for _ in range(3):
        with pytest.raises(KeyError), turns.turn(lambda: told.append("before")):
            raise KeyError
    assert told == []


def test_where_others_have_all_turns_the_rest_is_done_before_one_is_waited_for():
    turns, order = Turns(1), []
    prepared = threading.Event()

    def other():
        def before():
            order.append("before")
            prepared.set()

        with turns.turn(before):
            order.append("other works")

    thread = threading.Thread(target=other)
    with turns.turn(lambda: None):
        thread.start()
        assert prepared.wait(5)
        order.append("first works")
    thread.join(5)
    assert order == ["before", "first works", "other works"]


def test_whoever_waits_leaves_its_turn_to_another_and_takes_it_up_again():
    turns, order = Turns(1), []
    worked = threading.Event()

    def other():
        with turns.turn(lambda: None):
            order.append("other works")
        worked.set()

    thread = threading.Thread(target=other)
    with turns.turn(lambda: None):
        with turns.aside():
            thread.start()
            assert worked.wait(5)
        order.append("first works")
        late = threading.Thread(target=other)
        late.start()
        late.join(0.05)
        assert late.is_alive()  # the turn is taken again
    for each in (thread, late):
        each.join(5)
    assert order == ["other works", "first works", "other works"]


def test_without_a_turn_there_is_none_to_leave():
    turns = Turns(1)
    with turns.aside(), turns.turn(lambda: None):
        pass
    with turns.turn(lambda: None):
        pass
