from __future__ import annotations

import os
import pickle
import runpy
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError

import pytest

from sensorium.errors import MediaError, MissingDependency, UnknownName, UnsupportedMedia
from sensorium.media.kinds import sniff
from sensorium.media.opening import MissingDecoder
from sensorium.media.workers import DecodePool

# Scripts stand for files here: "decoding" one runs it, so that it can do to its worker whatever a bad file could.


@pytest.fixture(scope="module")
def pool():
    with DecodePool(workers=2, memory_bytes=1 << 30) as pool:
        yield pool


def script(folder, name, text):
    path = folder / f"{name}.py"
    path.write_text(text)
    return path


def test_results_come_back(pool):
    assert pool.submit(divmod, 17, 5, timeout_s=60).result() == (3, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [("import os; os._exit(3)", "exit status 3"), ("import os; os.kill(os.getpid(), 11)", "SIGSEGV")],
)
def test_a_crash_is_an_error_of_its_file_alone(pool, tmp_path, text, told):
    bad = script(tmp_path, "bad", text)
    crash = pool.submit(runpy.run_path, bad, timeout_s=60)
    others = [pool.submit(abs, -number, timeout_s=60) for number in range(20)]
    with pytest.raises(MediaError) as caught:
        crash.result(timeout=60)
    assert str(caught.value) == f"{bad} crashed its decoder ({told}). The file may be damaged."
    assert [other.result(timeout=60) for other in others] == list(range(20))


def test_a_worker_that_is_cut_off_costs_no_file(pool, tmp_path):
    once = script(
        tmp_path,
        "once",
        f"""
import os
try:
    os.mkdir({str(tmp_path / "tried")!r})
except FileExistsError:
    told = "read"
    del os
else:
    os._exit(1)  # as Pebble's workers do that wait in vain for a lock that a killed one holds
""",
    )
    read = pool.submit(runpy.run_path, once, timeout_s=60)
    others = [pool.submit(abs, -number, timeout_s=60) for number in range(20)]
    assert read.result(timeout=60)["told"] == "read"
    assert [other.result(timeout=60) for other in others] == list(range(20))
    always = script(tmp_path, "always", "import os; os._exit(1)")
    with pytest.raises(MediaError, match=r"always.py crashed its decoder \(exit status 1\)"):
        pool.submit(runpy.run_path, always, timeout_s=60).result(timeout=60)


def test_a_hanging_file_is_given_up(pool, tmp_path):
    slow = script(tmp_path, "slow", "import time; time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(MediaError, match=r"slow.py took longer than 0.5 s to decode and was given up. Raise SENSORIUM"):
        pool.submit(runpy.run_path, slow, timeout_s=0.5).result(timeout=30)
    assert time.monotonic() - start < 30
    assert pool.submit(abs, -1, timeout_s=60).result(timeout=60) == 1


def test_an_alien_error_becomes_ours_and_names_the_file(pool, tmp_path):
    odd = script(tmp_path, "odd", "class Odd(Exception):\n    def __init__(self, a, b): pass\nraise Odd(1, 2)")
    with pytest.raises(MediaError, match=r"odd.py cannot be decoded: Odd: "):
        pool.submit(runpy.run_path, odd, timeout_s=60).result(timeout=60)


def test_our_own_errors_arrive_as_they_were(pool, tmp_path):
    (tmp_path / "a.py").write_text("words")
    with pytest.raises(UnsupportedMedia, match=r"a.py is of no known type"):
        pool.submit(sniff, tmp_path / "a.py", timeout_s=60).result(timeout=60)


def test_a_file_that_eats_memory_is_refused(pool, tmp_path):
    if sys.platform != "linux":
        pytest.skip("only Linux keeps a process's memory limit")
    greedy = script(tmp_path, "greedy", "x = b'x' * (2 << 30)")
    with pytest.raises(MediaError, match=r"greedy.py needs more memory to decode than a decoder may take"):
        pool.submit(runpy.run_path, greedy, timeout_s=60).result(timeout=60)


def test_workers_load_no_models(pool, tmp_path, make):
    path = tmp_path / "photo.png"
    make.quarters().save(path)
    assert pool.submit(sniff, path, timeout_s=60).result(timeout=60).mime == "image/png"
    loaded = pool.submit(eval, "sorted(__import__('sys').modules)", timeout_s=60).result(timeout=60)
    assert "sensorium.media.isolation" in loaded
    assert not {"torch", "faiss", "flask", "sqlalchemy"} & set(loaded)


def test_cancelling_stops_a_task(pool, tmp_path):
    mark = tmp_path / "mark"
    slow = script(tmp_path, "slow", f"import time; open({str(mark)!r}, 'w'); time.sleep(600)")
    future = pool.submit(runpy.run_path, slow, timeout_s=600)
    wait_for(mark.exists)
    assert future.cancel()
    with pytest.raises(CancelledError):
        future.result()
    futures = [pool.submit(time.sleep, 0.2, timeout_s=60) for _ in range(4)]
    start = time.monotonic()
    for other in futures:
        other.result(timeout=60)
    assert time.monotonic() - start < 60


def test_a_closed_pool_fails_what_is_not_done(tmp_path):
    pool = DecodePool(workers=1)
    slow = script(tmp_path, "slow", "import time; time.sleep(600)")
    futures = [pool.submit(runpy.run_path, slow, timeout_s=600) for _ in range(3)]
    pool.close()
    for future in futures:
        with pytest.raises(MediaError, match=r"slow.py was not decoded: the decoders have been shut down"):
            future.result(timeout=10)
    with pytest.raises(MediaError, match="have been shut down"):
        pool.submit(abs, -1, timeout_s=60)


def test_leaving_the_block_waits_for_the_tasks():
    with DecodePool(workers=1) as pool:
        futures = [pool.submit(abs, -number, timeout_s=60) for number in range(5)]
    assert [future.result(timeout=0) for future in futures] == list(range(5))


def test_a_worker_killed_between_tasks_is_replaced(pool):
    for _ in range(3):
        os.kill(pool.submit(os.getpid, timeout_s=60).result(timeout=60), signal.SIGKILL)
        futures = [pool.submit(abs, -number, timeout_s=60) for number in range(50)]
        assert [future.result(timeout=60) for future in futures] == list(range(50))


def test_ctrl_c_ends_quietly(tmp_path):
    program = script(
        tmp_path,
        "program",
        """
import time
from sensorium.media.workers import DecodePool

if __name__ == "__main__":
    try:
        with DecodePool(workers=8) as pool:
            futures = [pool.submit(time.sleep, 600, timeout_s=600) for _ in range(8)]
            print("ready", flush=True)
            futures[0].result()
    except KeyboardInterrupt:
        print("stopped", flush=True)
""",
    )
    for pause_s in (0.0, 0.05, 0.2, 0.25, 0.3, 1.5):  # while the workers start, and once they work
        process = subprocess.Popen(
            [sys.executable, str(program)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(pause_s)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to parent and workers alike
        output, errors = process.communicate(timeout=60)
        assert (output, errors, process.returncode) == ("stopped\n", "", 0)


@pytest.mark.parametrize(
    "error",
    [
        MediaError("a.jpg is empty."),
        MissingDependency("pillow-heif", "heic", "A HEIC photo"),
        MissingDecoder("pillow-heif", "heic", "A HEIC photo"),
        UnknownName("store", "x", ["a", "b"]),
    ],
)
def test_our_errors_survive_the_way_between_processes(error):
    error.add_note("seen on Monday")
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert arrived.__notes__ == ["seen on Monday"]


def test_importing_the_pool_loads_no_decoder():
    code = "import sys, sensorium.media.reader; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "torch", "av", "PIL", "pyarrow", "pypdfium2"} & set(loaded)


def wait_for(condition, timeout_s=60):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
