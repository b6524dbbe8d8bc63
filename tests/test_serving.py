"""A command finds the service of its library, and only that."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sensorium.serving import FILE, Service, announced, digest, running_service
from sensorium.settings import Settings

TOKEN = "a-token"


@pytest.fixture
def address():
    """A service that knows its token and nothing else."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"token": TOKEN}).encode()
            self.send_response(200 if self.path.startswith("/api/v1/service") else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_service_is_found_while_it_runs_and_leaves_nothing_behind(tmp_path, address):
    settings = Settings()
    with announced(tmp_path, address, TOKEN, settings):
        found = running_service(tmp_path, settings)
        assert found is not None
        assert (found.pid, found.token) == (os.getpid(), TOKEN)
        assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert running_service(tmp_path, settings) is None
    assert not (tmp_path / FILE).exists()


def test_a_service_on_all_addresses_is_asked_on_this_machine_s_own(tmp_path, address):
    port = address.rsplit(":", 1)[1]
    with announced(tmp_path, f"http://0.0.0.0:{port}", TOKEN, Settings()):
        assert running_service(tmp_path, Settings()).host == "127.0.0.1"


def test_one_that_answers_by_other_settings_is_not_asked_but_its_port_may_be_another(tmp_path, address):
    with announced(tmp_path, address, TOKEN, Settings(port=1)):
        assert running_service(tmp_path, Settings(index_recall=0.5)) is None
        assert running_service(tmp_path, Settings(port=2)) is not None


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[1]",
        b"{}",
        json.dumps({"host": "127.0.0.1", "port": "80", "pid": 1, "token": "", "settings": ""}).encode(),
    ],
)
def test_a_torn_or_foreign_file_is_no_service(tmp_path, told):
    (tmp_path / FILE).write_bytes(told)
    assert running_service(tmp_path, Settings()) is None


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_stale_strange_and_distant_services_are_not_asked(tmp_path, address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    alive = Service("127.0.0.1", port, os.getpid(), TOKEN, digest(Settings()))
    others = {
        "alive": alive,
        "its process has ended": replace(alive, pid=dead_pid()),
        "another one listens there": replace(alive, token="another"),
        "nobody listens there": replace(alive, port=1),
        "on another machine": replace(alive, host="192.0.2.1"),
        "no address": replace(alive, host="example.org"),
    }
    found = {}
    for name, service in others.items():
        (tmp_path / FILE).write_text(json.dumps(asdict(service)))
        found[name] = running_service(tmp_path, Settings()) is not None
    assert found == {name: name == "alive" for name in others}


def test_a_file_of_a_later_service_is_left_alone(tmp_path, address):
    with announced(tmp_path, address, TOKEN, Settings()):
        (tmp_path / FILE).write_text(json.dumps(asdict(Service("127.0.0.1", 9, 9, "later", ""))))
    assert json.loads((tmp_path / FILE).read_text())["token"] == "later"
