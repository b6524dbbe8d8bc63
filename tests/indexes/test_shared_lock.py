"""Many readers at once, one writer alone."""

import threading
import time

from sensorium.indexes.shared_lock import SharedLock


def test_readers_hold_it_together():
    lock, inside = SharedLock(), threading.Barrier(3, timeout=5)

    def read():
        with lock.shared():
            inside.wait()  # only passes when all three are inside at once

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not inside.broken


def test_a_writer_is_alone_and_comes_before_later_readers():
    lock, order = SharedLock(), []
    reading, waiting = threading.Event(), threading.Event()

    def early():
        with lock.shared():
            reading.set()
            waiting.wait(5)
            time.sleep(0.05)
            order.append("early reader")

    def write():
        waiting.set()
        with lock.alone():
            order.append("writer comes")
            time.sleep(0.05)
            order.append("writer goes")

    def late():
        with lock.shared():
            order.append("late reader")

    threads = [threading.Thread(target=step) for step in (early, write, late)]
    threads[0].start()
    reading.wait(5)
    threads[1].start()
    waiting.wait(5)
    time.sleep(0.02)
    threads[2].start()
    for thread in threads:
        thread.join()
    assert order == ["early reader", "writer comes", "writer goes", "late reader"]


def test_two_writers_take_turns():
    lock, inside = SharedLock(), []

    def write():
        with lock.alone():
            inside.append(1)
            time.sleep(0.01)
            assert len(inside) == 1
            inside.pop()

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inside == []
