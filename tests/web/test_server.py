"""The server: listens, says where, streams ranges, and stops cleanly."""

import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from sensorium.errors import BadSetting
from sensorium.settings import Settings
from sensorium.web import serve

PROGRAM = """
from flask import Flask
from sensorium.settings import Settings
from sensorium.web import serve
app = Flask("probe")
app.add_url_rule("/", view_func=lambda: "here")
serve(app, Settings(port=0), announce=lambda address: print(address, flush=True))
print("stopped", flush=True)
"""


@pytest.fixture
def address(app):
    """The service in a thread of this process, on a free port. It ends with the test run."""
    announced: list[str] = []
    ready = threading.Event()

    def announce(where):
        announced.append(where)
        ready.set()

    thread = threading.Thread(target=serve, args=(app, Settings(port=0)), kwargs={"announce": announce}, daemon=True)
    thread.start()
    assert ready.wait(10)
    return announced[0]


def test_ranges_are_streamed_over_the_wire(address, library):
    request = urllib.request.Request(f"{address}media/13", headers={"Range": "bytes=1000-1999"})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 206
        assert response.read() == library.medium(13).path.read_bytes()[1000:2000]


def test_an_upload_above_the_limit_is_answered_over_the_wire(address):
    request = urllib.request.Request(f"{address}api/v1/search", data=b"x" * (2 * 2**20))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    assert caught.value.code == 413
    assert b"larger than 1 MB" in caught.value.read()


def test_a_port_in_use_is_named_with_its_cure(address, app):
    port = int(address.rstrip("/").rpartition(":")[2])
    with pytest.raises(BadSetting, match=rf"port {port}.*--port"):
        serve(app, Settings(port=port))


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on POSIX systems")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_and_prints_nothing_itself(number):
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        where = process.stdout.readline().strip()
        assert where.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(where, timeout=10) as response:
            assert response.read() == b"here"
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "stopped\n", "")
