import pickle
import threading
import time

import pytest

from sensorium.models.lazy import Lazy


def test_many_threads_that_ask_at_once_build_once_and_get_the_same_value():
    built = []

    def build():
        time.sleep(0.02)
        built.append(object())
        return built[-1]

    value = Lazy(build)
    got = []
    threads = [threading.Thread(target=lambda: got.append(value())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert got == [built[0]] * 8


def test_nothing_is_built_until_it_is_asked_for_and_none_counts_as_built():
    calls = []
    value = Lazy(lambda: calls.append(1))
    assert calls == []
    assert value() is None
    assert value() is None
    assert calls == [1]


def test_a_build_that_failed_is_tried_again():
    outcomes = iter([OSError("no"), "yes"])

    def build():
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    value = Lazy(build)
    with pytest.raises(OSError, match="no"):
        value()
    assert value() == "yes"


def test_what_is_pickled_is_the_builder_so_another_process_builds_its_own():
    value = Lazy(dict)
    value()["mark"] = 1
    assert pickle.loads(pickle.dumps(value))() == {}
