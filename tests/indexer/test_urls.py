"""Lists of URLs: the whole life of what they name, as with files."""

import shutil
import threading
import time

import pytest
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
from tests.fetch.servers import Page, picture_bytes, site
from tests.indexer.conftest import Shelf
from tests.media_files import write_sound

RED, BLUE, GREEN = (picture_bytes(colour) for colour in ("red", "blue", "green"))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server, a list, and a library in which its two pictures are: made once, since decoding starts processes."""
    folder = tmp_path_factory.mktemp("urls")
    with site() as known:
        press = folder / "press.urls"
        reset(known, press)
        library = Library.open_or_create(folder / "library", "fake")
        Shelf(library).index(press, **options(known))
        library.close()
        yield known, press, folder / "library"


def reset(server, press):
    server.pages.clear()
    server.put("/red.png", RED, etag='"r1"')
    server.put("/blue%20cup.png", BLUE, etag='"b1"')
    write(press, server, "/red.png", "/blue%20cup.png")


def write(press, server, *paths):
    press.write_text("# pictures of the press\n\n" + "\n".join(f"{server.url(each)}  # one" for each in paths))


def options(server):
    allowed = {"fetch_allow": ("127.0.0.0/8",), "fetch_ports": (server.port,)}
    return {"fetch": True, "fetch_delay_s": 0.0, "fetch_timeout_s": 10.0, **allowed}


@pytest.fixture
def server(place):
    reset(*place[:2])
    place[0].asked.clear()
    return place[0]


@pytest.fixture
def press(place):
    return place[1]


@pytest.fixture
def listed(press, server):
    """Call it with paths to write another list."""
    return lambda *paths: write(press, server, *paths)


@pytest.fixture
def held(shelf, place):
    """The shelf, with a library that has fetched the list already."""
    shutil.copytree(place[2], shelf.library.folder.parent / "held")
    shelf.library.close()
    shelf.library = Library.open_or_create(shelf.library.folder.parent / "held", "fake")
    return shelf


@pytest.fixture
def fetching(shelf, server):
    """Indexes paths, fetching from this machine."""
    return lambda *paths, **others: shelf.index(*paths, **{**options(server), **others})


def items(shelf):
    """Title → item."""
    ids = shelf.library.snapshot().items.tolist()
    return {item.title: item for item in shelf.library.items(ids).values()}


def counts(summary):
    return summary.indexed, summary.unchanged, summary.removed, len(summary.failures)


def test_nothing_is_fetched_unless_it_is_allowed(fetching, server, press):
    summary = fetching(press, fetch=False)
    assert counts(summary) == (0, 0, 0, 0)
    assert "--fetch" in summary.notes[0]
    assert server.asked == []


def test_each_address_becomes_an_item(fetching, shelf, server, press):
    assert counts(fetching(press)) == (2, 0, 0, 0)
    found = items(shelf)
    assert sorted(found) == ["blue cup.png", "red.png"]
    cup = found["blue cup.png"]
    assert (cup.kind, cup.path) == (Kind.PICTURE, press)
    assert cup.attributes["url"] == server.url("/blue%20cup.png")
    assert cup.attributes["site"] == "127.0.0.1"
    assert cup.media[0].path.read_bytes() == BLUE
    assert cup.media[0].path.parent == shelf.library.fetched
    assert shelf.library.thumbnail(cup.media[0].id).is_file()
    assert [shelf.library.segments([i])[i].item_id for i, _ in shelf.library.find_words(Channel.NAME, "cup", 5)] == [
        cup.id
    ]


def test_what_has_not_changed_is_asked_for_and_not_sent(fetching, server, held, press):
    before = items(held), held.models.pictures.encoded
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert (items(held), held.models.pictures.encoded) == before
    assert sorted(headers.get("If-None-Match") for _, headers in server.asked) == ['"b1"', '"r1"']


def test_what_a_server_sends_again_though_it_is_the_same_is_not_read_again(fetching, shelf, server, press):
    server.pages |= {"/red.png": Page(RED), "/blue%20cup.png": Page(BLUE)}
    fetching(press)
    before = items(shelf)
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert items(shelf) == before
    assert all(item.media[0].path.is_file() for item in before.values())


def test_what_has_changed_is_read_again_and_keeps_its_id(fetching, server, held, press):
    before = items(held)["red.png"]
    server.put("/red.png", GREEN, etag='"r2"')
    assert counts(fetching(press)) == (1, 1, 0, 0)
    after = items(held)["red.png"]
    assert after.id == before.id
    assert after.media[0].path.read_bytes() == GREEN
    assert not before.media[0].path.exists()


def test_what_is_gone_is_removed_and_told(fetching, server, held, press):
    red = items(held)["red.png"].id
    server.pages["/red.png"] = Page(status=410)
    summary = fetching(press)
    assert counts(summary) == (0, 1, 1, 1)
    assert "410" in summary.failures[0].reason
    assert list(items(held)) == ["blue cup.png"]
    server.put("/red.png", RED, etag='"r1"')
    encoded = held.models.pictures.encoded
    assert fetching(press).failures == []
    assert (items(held)["red.png"].id, held.models.pictures.encoded) == (red, encoded)
    assert held.library.status().failures == ()


def test_any_other_failure_keeps_what_is_held(fetching, server, held, press):
    before = items(held)
    for page in (Page(status=403), Page(b"<html>Log in", "image/png"), Page(b"<html>Log in", "text/csv"), Page(b"")):
        server.pages["/red.png"] = page
        summary = fetching(press)
        assert counts(summary) == (0, 1, 0, 1)
        assert items(held) == before
        assert [failure.reason for failure in held.library.status().failures] == [summary.failures[0].reason]
    server.put("/red.png", RED, etag='"r1"')
    assert counts(fetching(press)) == (0, 2, 0, 0)
    assert held.library.status().failures == ()


def test_a_line_that_vanishes_takes_its_item_along_and_brings_it_back(listed, fetching, server, held, press):
    before = items(held)
    listed("/blue%20cup.png")
    assert counts(fetching(press)) == (0, 1, 1, 0)
    assert list(items(held)) == ["blue cup.png"]
    encoded = held.models.pictures.encoded
    listed("/red.png", "/blue%20cup.png")
    summary = fetching(press)
    assert (summary.restored, summary.indexed, held.models.pictures.encoded) == (1, 0, encoded)
    assert items(held) == before
    assert '"r1"' in [headers.get("If-None-Match") for _, headers in server.asked[-2:]]


def test_what_came_back_and_has_changed_meanwhile_is_read(listed, fetching, server, held, press):
    red = items(held)["red.png"].id
    listed("/blue%20cup.png")
    fetching(press)
    server.put("/red.png", GREEN, etag='"r2"')
    listed("/red.png", "/blue%20cup.png")
    fetching(press)
    assert items(held)["red.png"].id == red
    assert items(held)["red.png"].media[0].path.read_bytes() == GREEN


def test_a_list_that_vanishes_takes_all_along(fetching, held, press):
    press.unlink()
    assert fetching(press).removed == 2
    assert items(held) == {}


def test_what_cannot_be_decoded_is_told_once_and_not_fetched_again(fetching, server, press):
    server.put("/red.png", RED[:60], etag='"bad"')
    summary = fetching(press)
    assert counts(summary) == (1, 0, 0, 1)
    assert server.url("/red.png") in summary.failures[0].reason
    assert "fetched/" not in summary.failures[0].reason
    again = fetching(press)
    assert (counts(again), again.failures) == ((0, 1, 0, 1), summary.failures)
    assert sorted(headers.get("If-None-Match") for _, headers in server.asked[-2:]) == ['"b1"', '"bad"']
    server.put("/red.png", RED, etag='"r2"')
    assert counts(fetching(press)) == (1, 1, 0, 0)


def test_retry_fetches_what_could_not_be_decoded(fetching, server, press):
    server.put("/red.png", RED[:60], etag='"bad"')
    fetching(press)
    fetching(press, retry=True)
    asked = [headers.get("If-None-Match") for path, headers in server.asked if path == "/red.png"]
    assert asked == [None, None]


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
    monkeypatch.setenv("SENSORIUM_FETCH_ALLOW", "10.0.0.1/8")
    wrong = CliRunner().invoke(main, [*command, "--fetch"])
    assert (wrong.exit_code, "SENSORIUM_FETCH_ALLOW" in wrong.output) == (1, True)


class Stopping:
    """Progress that stops once so many addresses have been answered."""

    def __init__(self, after):
        self.after, self.states, self._stop = after, [], threading.Event()

    def report(self, state):
        self.states.append(state)
        if next(stage.done for stage in state.stages if stage.stage == "fetch") >= self.after:
            self._stop.set()

    def stopped(self):
        return self._stop.is_set()


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
