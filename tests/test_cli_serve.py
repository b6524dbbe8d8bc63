"""`sensorium serve` as it is started, with the real starter models: seconds to load, in each process."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from sensorium.cli.processes import kept_running

SENSORIUM = [sys.executable, "-m", "sensorium.cli"]
PATIENCE_S = 120

pytestmark = pytest.mark.skipif(os.name != "posix", reason="several processes share sockets as on POSIX systems")


def answer(address, path):
    with urllib.request.urlopen(f"{address}{path}", timeout=60) as response:
        return json.load(response)


def processes(address, wanted):
    """The numbers of the processes that answer, as soon as they are as wanted."""
    seen, until = [], time.monotonic() + PATIENCE_S
    with ThreadPoolExecutor(8) as asking:
        while time.monotonic() < until:
            seen = {one["process"] for one in asking.map(answer, [address] * 8, ["api/v1/service"] * 8)}
            if wanted(seen):
                return seen
            time.sleep(0.1)
    raise AssertionError(f"Only {seen} have answered.")


def lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def gone(numbers):
    until = time.monotonic() + PATIENCE_S
    while any(map(lives, numbers)) and time.monotonic() < until:
        time.sleep(0.1)
    return not any(map(lives, numbers))


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("served")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "letter.txt").write_text("The red boat lies in the harbour. Nobody sails it.")
    (folder / "note.txt").write_text("Bake the bread for an hour, and let it cool.")
    command = [*SENSORIUM, "index", folder, "--library", tmp_path / "library"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    return tmp_path / "library"


@contextmanager
def service(library):
    command = [*SENSORIUM, "serve", "--library", str(library), "--port", "0", "--processes", "2"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=library.parent, **pipes) as running:
        try:
            yield running, running.stdout.readline().split(" on ")[1].split()[0]
        finally:
            running.kill()


def test_processes_answer_on_one_address_and_end_together(library):
    with service(library) as (running, address):
        both = processes(address, lambda seen: len(seen) == 2)
        assert running.pid in both
        found = {
            (one["hits"][0]["item"]["title"], one["hits"][0]["score"])
            for one in (answer(address, "api/v1/search?q=boat") for _ in range(20))
        }
        assert len(found) == 1  # whoever answers
        assert found.pop()[0] == "letter"

        (helper,) = both - {running.pid}
        os.kill(helper, signal.SIGKILL)
        assert answer(address, "api/v1/search?q=boat")["hits"]  # the other goes on
        again = processes(address, lambda seen: len(seen) == 2 and helper not in seen)

        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        assert (running.returncode, out) == (0, "")
        assert err == "sensorium: A helper ended (exit status -9); another starts in 5 s.\n"
        assert gone(again)
        with pytest.raises(urllib.error.URLError):
            answer(address, "api/v1/service")


def test_no_process_outlives_a_service_that_is_killed(library):
    with service(library) as (running, address):
        both = processes(address, lambda seen: len(seen) == 2)
        running.kill()
        running.wait()
        assert gone(both)


def test_what_is_not_needed_is_not_started_again(tmp_path):
    code = f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); raise SystemExit(3)"
    with kept_running("probe", [sys.executable, "-c", code], count=2):
        time.sleep(1.0)
    assert (tmp_path / "runs").read_text() == "xx"
