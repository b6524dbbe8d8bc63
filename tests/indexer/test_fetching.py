"""Fetching as a part of a run: bad lines and bad files, room, copies of libraries, stopping."""

import shutil
import time

from click.testing import CliRunner

from sensorium import doctor
from sensorium.catalogue.drafts import FetchRecord
from sensorium.cli import main
from sensorium.indexer import index
from sensorium.indexer.arrived import Room
from sensorium.library import Library
from sensorium.settings import Settings
from sensorium.types import Channel, Kind
from tests.fakes import register_fake_profile
from tests.fetch.servers import Page, picture_bytes
from tests.indexer.url_lists import RED, Stopping, counts, items
from tests.media_files import write_sound


def test_mutated_pictures_are_named_and_harm_nothing(fetching, shelf, server, tmp_path):
    path = tmp_path / "bad.urls"
    whole = picture_bytes("red", "JPEG")
    for n in range(12):
        broken = bytearray(whole)
        broken[20 + 37 * n % (len(whole) - 20)] ^= 0xFF
        server.pages[f"/{n}.jpg"] = Page(bytes(broken[: len(whole) - 20 * (n % 3)]), "image/jpeg")
    path.write_text("\n".join(server.url(f"/{n}.jpg") for n in range(12)))
    summary = fetching(path)
    assert summary.indexed + len(summary.failures) == 12
    assert len(items(shelf)) == summary.indexed


def test_bad_lines_are_named_and_the_others_are_fetched(fetching, server, tmp_path):
    path = tmp_path / "some.url-list"
    path.write_text(f"ftp://x/y\n{server.url('/red.png')}\nhttp://ann:geheim@x/y\n{server.url('/red.png')}#again\n")
    summary = fetching(path)
    assert counts(summary) == (1, 0, 0, 2)
    assert [failure.reason.partition(":")[0] for failure in summary.failures] == ["line 1", "line 3"]
    assert "geheim" not in str(summary.failures)
    path.write_text(server.url("/red.png"))
    assert counts(fetching(path)) == (0, 1, 0, 0)


def test_a_list_that_cannot_be_read_loses_nothing(fetching, held, press):
    press.write_bytes(b"\xff\xfe\xff")
    summary = fetching(press)
    assert (summary.removed, len(summary.failures), len(items(held))) == (0, 1, 2)


def test_this_machine_is_not_fetched_from_by_default(fetching, server, press):
    summary = fetching(press, fetch_allow=())
    assert counts(summary) == (0, 0, 0, 2)
    assert "SENSORIUM_FETCH_ALLOW" in summary.failures[0].reason
    assert server.asked == []


def test_room_is_made_for_the_latest_and_items_stay(fetching, shelf, server, press):
    fetching(press, fetch_keep_mb=0)
    found = items(shelf)
    assert sorted(found) == ["blue cup.png", "red.png"]
    assert list(shelf.library.fetched.iterdir()) == []
    assert doctor.examine(shelf.library).findings == ()
    assert shelf.library.thumbnail(found["red.png"].media[0].id).is_file()
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert server.asked[-1][1].get("If-None-Match")


def test_the_oldest_is_let_go_first(shelf):
    with shelf.library.writing() as writer, writer.transaction() as write:
        for n, url in enumerate(("b", "a", "c")):
            write.put_fetched(FetchRecord(url, url, f"{url}.png", 10, fetched_at=float(n)))
        assert write.let_fetched_go(20, spared=frozenset()) == ["b.png"]
        assert write.let_fetched_go(5, spared=frozenset(["c"])) == ["a.png"]
        assert write.let_fetched_go(5, spared=frozenset(["c"])) == []


def test_room_is_made_now_and_then(shelf):
    room = Room(1000)

    def put(write, n):
        write.put_fetched(FetchRecord(f"u{n}", "c", f"{n}.png", 4, fetched_at=float(n)))
        return room.make(write, 4, frozenset())

    with shelf.library.writing() as writer, writer.transaction() as write:
        gone = [name for n in range(400) for name in put(write, n)]
        assert 996 <= 4 * (400 - len(gone)) <= 1012
        assert gone == [f"{n}.png" for n in range(len(gone))]


def test_a_file_that_somebody_removed_is_fetched_again(fetching, held, press):
    file = items(held)["red.png"].media[0].path
    file.unlink()
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert file.read_bytes() == RED


def test_files_that_nothing_stands_on_are_swept(listed, fetching, held, press):
    (held.library.fetched / ".left.part").write_bytes(b"x")
    (held.library.fetched / "left.png").write_bytes(b"x")
    listed("/red.png")
    fetching(press, keep_removed_days=0)
    assert [path.name for path in held.library.fetched.iterdir()] == [items(held)["red.png"].media[0].path.name]


def test_sounds_and_texts_come_too(fetching, shelf, server, tmp_path):
    write_sound(tmp_path / "tone.wav", seconds=1)
    server.pages["/tone.wav"] = Page((tmp_path / "tone.wav").read_bytes(), "audio/x-wav")
    server.pages["/notes"] = Page(b"The harbour opens at nine.", "text/plain; charset=utf-8")
    path = tmp_path / "some.urls"
    path.write_text(f"{server.url('/tone.wav')}\n{server.url('/notes')}\n")
    assert counts(fetching(path)) == (2, 0, 0, 0)
    assert {item.kind for item in items(shelf).values()} == {Kind.RECORDING, Kind.DOCUMENT}
    assert len(shelf.library.find_words(Channel.TEXT, "harbour", 5)) == 1


def test_files_and_addresses_go_together(shop, fetching, shelf, press):
    assert counts(fetching(shop / "photos", press)) == (6, 0, 0, 0)
    assert counts(fetching(shop / "photos")) == (0, 4, 0, 0)
    assert len(shelf.library.snapshot().items) == 6


def test_a_library_that_is_copied_takes_what_was_fetched_along(tmp_path, held):
    shutil.copytree(held.library.folder, tmp_path / "copy")
    shutil.rmtree(held.library.fetched)
    copy = Library.open(tmp_path / "copy")
    (red,) = (item for item in copy.items(copy.snapshot().items.tolist()).values() if item.title == "red.png")
    assert red.media[0].path == tmp_path / "copy" / "fetched" / red.media[0].path.name
    assert red.media[0].path.read_bytes() == RED
    assert copy.items_by_path()[red.media[0].path] == red.id
    copy.close()


def test_the_command_line_fetches_with_a_word(server, tmp_path, monkeypatch, press):
    register_fake_profile()
    settings = {"PROFILE": "fake", "WORKERS": "1", "FETCH_ALLOW": "127.0.0.1/32", "FETCH_PORTS": str(server.port)}
    for name, value in settings.items():
        monkeypatch.setenv(f"SENSORIUM_{name}", value)
    command = ["index", str(press), "--library", str(tmp_path / "other")]
    assert "0 indexed" in CliRunner().invoke(main, command).output
    assert "2 indexed" in CliRunner().invoke(main, [*command, "--fetch"]).output
    found = CliRunner().invoke(main, ["search", "red", "--library", str(tmp_path / "other")]).output
    assert server.url("/red.png") in found.replace("\n", "")
    monkeypatch.setenv("SENSORIUM_FETCH_ALLOW", "10.0.0.1/8")
    wrong = CliRunner().invoke(main, [*command, "--fetch"])
    assert (wrong.exit_code, "SENSORIUM_FETCH_ALLOW" in wrong.output) == (1, True)


def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(shelf, server, tmp_path, listed):
    def slow(headers):
        time.sleep(0.05 if server.times("/0.png") else 0)
        return Page(RED)

    server.pages |= {f"/{n}.png": slow for n in range(200)}
    path = tmp_path / "many.urls"
    path.write_text("\n".join(server.url(f"/{n}.png") for n in range(200)))
    settings = Settings(
        workers=1,
        fetch=True,
        fetch_allow=("127.0.0.0/8",),
        fetch_ports=(server.port,),
        fetch_delay_s=0.01,
        batch_size=4,
    )
    watched = Stopping(10)
    began = time.monotonic()
    first = index([path], shelf.library, shelf.models, settings=settings, progress=watched)
    assert first.interrupted
    assert time.monotonic() - began < 8
    assert 1 <= first.indexed < 100
    assert len(server.asked) < 120
    listed = path.read_text().splitlines()[:20]
    path.write_text("\n".join(listed))
    second = index([path], shelf.library, shelf.models, settings=settings)
    assert second.indexed + second.unchanged == 20
    held = {item.media[0].path.name for item in items(shelf).values()}
    assert {file.name for file in shelf.library.fetched.iterdir()} >= held
