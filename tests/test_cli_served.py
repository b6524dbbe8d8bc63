"""A search by words is answered by a running service, and reads as if the command had answered it."""

import json
import os
import threading
from http.client import HTTPConnection

import pytest
from click.testing import CliRunner
from PIL import Image
from werkzeug.serving import make_server

from sensorium.cli import main
from sensorium.cli.shared import open_engine
from sensorium.serving import announced
from sensorium.settings import Settings, load_settings
from sensorium.web import create_app
from tests.fakes import register_fake_profile


@pytest.fixture
def run(monkeypatch):
    register_fake_profile()
    monkeypatch.setenv("SENSORIUM_PROFILE", "fake")

    def invoke(*arguments):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    return invoke


@pytest.fixture
def library(run, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for name, colour in (("red", "red"), ("blue", "blue"), ("green", "green"), ("also red", "#e00000")):
        Image.new("RGB", (80, 60), colour).save(folder / f"{name}.png")
    (folder / "letter.txt").write_text("The red boat lies in the harbour. It was painted by hand, and nobody sails it.")
    run("index", folder, "--library", tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def asked(library):
    """The queries that a service of the library has been asked, while it runs."""
    queries = []
    app = create_app(open_engine(library), Settings(), token="known")
    server = make_server("127.0.0.1", 0, app, threaded=True)

    @app.before_request
    def note():
        from flask import request

        queries.append(request.args.get("q"))

    threading.Thread(target=server.serve_forever, daemon=True).start()
    with announced(library, f"http://127.0.0.1:{server.server_port}/", "known", load_settings()):
        yield queries
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--explain",),
        ("--limit", "2", "--page", "2", "--facets", "*"),
        ("--page", "9", "--kind", "picture", "--weights", "0.5", "--no-fold"),
    ],
)
def test_it_prints_what_the_command_would_by_itself(run, library, asked, options):
    words = "red harbour -green kind:picture,document"
    for form in ((), ("--json",)):
        before = len(asked)
        told = run("search", words, "--library", library, *options, *form)
        assert words in asked[before:]
        count = len(asked)
        alone = run("search", words, "--library", library, "--no-server", *options, *form)
        assert len(asked) == count
        assert without_times(told) == without_times(alone)


def without_times(printed):
    if not printed.startswith("{"):
        return [line.split(" ms")[0].rstrip("0123456789.(") for line in printed.splitlines()]
    document = json.loads(printed)
    del document["took_ms"]
    for step in document.get("plan", ()):
        del step["took_ms"]
    return document


def test_examples_and_mistakes_are_the_command_s_own(run, library, asked, tmp_path):
    run("search", "--image", tmp_path / "files" / "red.png", "--library", library)
    assert asked == []
    done = CliRunner().invoke(main, ["search", "red kind:pictur", "--library", str(library)])
    assert done.exit_code == 1
    assert "Did you mean picture?" in done.output


def test_a_service_that_has_gone_is_not_missed(run, library):
    with announced(library, "http://127.0.0.1:9/", "known", load_settings()):
        assert "red.png" in run("search", "red", "--library", library)


def test_the_service_tells_its_token_and_its_process_and_nothing_else(library, asked):
    connection = HTTPConnection("127.0.0.1", json.loads((library / "service.json").read_text())["port"])
    connection.request("GET", "/api/v1/service")
    assert json.loads(connection.getresponse().read()) == {"token": "known", "process": os.getpid()}
