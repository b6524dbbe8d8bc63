"""Lists of URLs: the whole life of what they name, as with files."""

import threading
import time

import pytest

from sensorium.catalogue.drafts import FetchRecord
from sensorium.indexer import index
from sensorium.settings import Settings
from sensorium.types import Channel, Kind
from tests.fetch.servers import Page, picture_bytes, site
from tests.media_files import write_sound

RED, BLUE, GREEN = (picture_bytes(colour) for colour in ("red", "blue", "green"))


@pytest.fixture
def server():
    with site() as known:
        known.put("/red.png", RED, etag='"r1"')
        known.put("/blue%20cup.png", BLUE, etag='"b1"')
        yield known


@pytest.fixture
def listed(tmp_path, server):
    """A list of two pictures; call it with paths to write another."""
    path = tmp_path / "lists" / "press.urls"
    path.parent.mkdir()

    def write(*paths):
        path.write_text("# pictures of the press\n\n" + "\n".join(f"{server.url(each)}  # one" for each in paths))
        return path

    write("/red.png", "/blue%20cup.png")
    return write


@pytest.fixture
def fetching(shelf, server):
    """Indexes paths, fetching from this machine."""

    def run(*paths, **options):
        known = {"fetch_allow": ("127.0.0.0/8",), "fetch_ports": (server.port,), "fetch_delay_s": 0.0, "fetch": True}
        return shelf.index(*paths, **{**known, "fetch_timeout_s": 10.0, **options})

    return run


def items(shelf):
    """Title → item."""
    ids = shelf.library.snapshot().items.tolist()
    return {item.title: item for item in shelf.library.items(ids).values()}


def press(tmp_path):
    return tmp_path / "lists" / "press.urls"


def counts(summary):
    return summary.indexed, summary.unchanged, summary.removed, len(summary.failures)


def test_nothing_is_fetched_unless_it_is_allowed(listed, fetching, server, tmp_path):
    summary = fetching(press(tmp_path), fetch=False)
    assert counts(summary) == (0, 0, 0, 0)
    assert "--fetch" in summary.notes[0]
    assert server.asked == []


def test_each_address_becomes_an_item(listed, fetching, shelf, server, tmp_path):
    assert counts(fetching(press(tmp_path))) == (2, 0, 0, 0)
    found = items(shelf)
    assert sorted(found) == ["blue cup.png", "red.png"]
    cup = found["blue cup.png"]
    assert (cup.kind, cup.path) == (Kind.PICTURE, press(tmp_path))
    assert cup.attributes["url"] == server.url("/blue%20cup.png")
    assert cup.attributes["site"] == "127.0.0.1"
    assert cup.media[0].path.read_bytes() == BLUE
    assert cup.media[0].path.parent == shelf.library.fetched
    assert shelf.library.thumbnail(cup.media[0].id).is_file()
    assert [shelf.library.segments([i])[i].item_id for i, _ in shelf.library.find_words(Channel.NAME, "cup", 5)] == [
        cup.id
    ]


def test_what_has_not_changed_is_asked_for_and_not_sent(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path))
    before = items(shelf), shelf.models.pictures.encoded
    assert counts(fetching(press(tmp_path))) == (0, 2, 0, 0)
    assert (items(shelf), shelf.models.pictures.encoded) == before
    assert [headers.get("If-None-Match") for _, headers in server.asked] == [None, None, '"r1"', '"b1"']


def test_what_a_server_sends_again_though_it_is_the_same_is_not_read_again(listed, fetching, shelf, server, tmp_path):
    server.pages |= {"/red.png": Page(RED), "/blue%20cup.png": Page(BLUE)}
    fetching(press(tmp_path))
    before = items(shelf)
    assert counts(fetching(press(tmp_path))) == (0, 2, 0, 0)
    assert items(shelf) == before
    assert all(item.media[0].path.is_file() for item in before.values())


def test_what_has_changed_is_read_again_and_keeps_its_id(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path))
    before = items(shelf)["red.png"]
    server.put("/red.png", GREEN, etag='"r2"')
    assert counts(fetching(press(tmp_path))) == (1, 1, 0, 0)
    after = items(shelf)["red.png"]
    assert after.id == before.id
    assert after.media[0].path.read_bytes() == GREEN
    assert not before.media[0].path.exists()


def test_what_is_gone_is_removed_and_told(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path))
    red = items(shelf)["red.png"].id
    server.pages["/red.png"] = Page(status=410)
    summary = fetching(press(tmp_path))
    assert counts(summary) == (0, 1, 1, 1)
    assert "410" in summary.failures[0].reason
    assert list(items(shelf)) == ["blue cup.png"]
    server.put("/red.png", RED, etag='"r1"')
    encoded = shelf.models.pictures.encoded
    assert fetching(press(tmp_path)).failures == []
    assert (items(shelf)["red.png"].id, shelf.models.pictures.encoded) == (red, encoded)
    assert shelf.library.status().failures == ()


def test_any_other_failure_keeps_what_is_held(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path))
    before = items(shelf)
    for page in (Page(status=403), Page(b"<html>Log in", "image/png"), Page(b"<html>Log in", "text/csv"), Page(b"")):
        server.pages["/red.png"] = page
        summary = fetching(press(tmp_path))
        assert counts(summary) == (0, 1, 0, 1)
        assert items(shelf) == before
        assert [failure.reason for failure in shelf.library.status().failures] == [summary.failures[0].reason]
    server.put("/red.png", RED, etag='"r1"')
    assert counts(fetching(press(tmp_path))) == (0, 2, 0, 0)
    assert shelf.library.status().failures == ()


def test_a_line_that_vanishes_takes_its_item_along_and_brings_it_back(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path))
    before = items(shelf)
    listed("/blue%20cup.png")
    assert counts(fetching(press(tmp_path))) == (0, 1, 1, 0)
    assert list(items(shelf)) == ["blue cup.png"]
    encoded = shelf.models.pictures.encoded
    listed("/red.png", "/blue%20cup.png")
    summary = fetching(press(tmp_path))
    assert (summary.restored, summary.indexed, shelf.models.pictures.encoded) == (1, 0, encoded)
    assert items(shelf) == before
    assert '"r1"' in [headers.get("If-None-Match") for _, headers in server.asked[-2:]]


def test_what_came_back_and_has_changed_meanwhile_is_read(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path))
    red = items(shelf)["red.png"].id
    listed("/blue%20cup.png")
    fetching(press(tmp_path))
    server.put("/red.png", GREEN, etag='"r2"')
    listed("/red.png", "/blue%20cup.png")
    fetching(press(tmp_path))
    assert items(shelf)["red.png"].id == red
    assert items(shelf)["red.png"].media[0].path.read_bytes() == GREEN


def test_a_list_that_vanishes_takes_all_along(listed, fetching, shelf, tmp_path):
    fetching(press(tmp_path))
    press(tmp_path).unlink()
    assert fetching(press(tmp_path)).removed == 2
    assert items(shelf) == {}


def test_what_cannot_be_decoded_is_told_once_and_not_fetched_again(listed, fetching, shelf, server, tmp_path):
    server.put("/red.png", RED[:60], etag='"bad"')
    summary = fetching(press(tmp_path))
    assert counts(summary) == (1, 0, 0, 1)
    assert server.url("/red.png") in summary.failures[0].reason
    assert "fetched/" not in summary.failures[0].reason
    again = fetching(press(tmp_path))
    assert (counts(again), again.failures) == ((0, 1, 0, 1), summary.failures)
    assert [headers.get("If-None-Match") for _, headers in server.asked[2:]] == ['"bad"', '"b1"']
    server.put("/red.png", RED, etag='"r2"')
    assert counts(fetching(press(tmp_path))) == (1, 1, 0, 0)


def test_retry_fetches_what_could_not_be_decoded(listed, fetching, server, tmp_path):
    server.put("/red.png", RED[:60], etag='"bad"')
    fetching(press(tmp_path))
    fetching(press(tmp_path), retry=True)
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


def test_a_list_that_cannot_be_read_loses_nothing(listed, fetching, shelf, tmp_path):
    fetching(press(tmp_path))
    press(tmp_path).write_bytes(b"\xff\xfe\xff")
    summary = fetching(press(tmp_path))
    assert (summary.removed, len(summary.failures), len(items(shelf))) == (0, 1, 2)


def test_this_machine_is_not_fetched_from_by_default(listed, fetching, server, tmp_path):
    summary = fetching(press(tmp_path), fetch_allow=())
    assert counts(summary) == (0, 0, 0, 2)
    assert "SENSORIUM_FETCH_ALLOW" in summary.failures[0].reason
    assert server.asked == []


def test_room_is_made_for_the_latest_and_items_stay(listed, fetching, shelf, server, tmp_path):
    fetching(press(tmp_path), fetch_keep_mb=0)
    found = items(shelf)
    assert sorted(found) == ["blue cup.png", "red.png"]
    assert list(shelf.library.fetched.iterdir()) == []
    assert shelf.library.thumbnail(found["red.png"].media[0].id).is_file()
    assert counts(fetching(press(tmp_path))) == (0, 2, 0, 0)
    assert server.asked[-1][1].get("If-None-Match")


def test_the_oldest_is_let_go_first(shelf):
    with shelf.library.writing() as writer, writer.transaction() as write:
        for n, url in enumerate(("b", "a", "c")):
            write.put_fetched(FetchRecord(url, url, f"{url}.png", 10, fetched_at=float(n)))
        assert write.let_fetched_go(20, spared=frozenset()) == ["b.png"]
        assert write.let_fetched_go(5, spared=frozenset(["c"])) == ["a.png"]
        assert write.let_fetched_go(5, spared=frozenset(["c"])) == []


def test_a_file_that_somebody_removed_is_fetched_again(listed, fetching, shelf, tmp_path):
    fetching(press(tmp_path))
    held = items(shelf)["red.png"].media[0].path
    held.unlink()
    assert counts(fetching(press(tmp_path))) == (0, 2, 0, 0)
    assert held.read_bytes() == RED


def test_files_that_nothing_stands_on_are_swept(listed, fetching, shelf, tmp_path):
    fetching(press(tmp_path))
    (shelf.library.fetched / ".left.part").write_bytes(b"x")
    (shelf.library.fetched / "left.png").write_bytes(b"x")
    listed("/red.png")
    fetching(press(tmp_path), keep_removed_days=0)
    assert [path.name for path in shelf.library.fetched.iterdir()] == [items(shelf)["red.png"].media[0].path.name]


def test_sounds_and_texts_come_too(fetching, shelf, server, tmp_path):
    write_sound(tmp_path / "tone.wav", seconds=1)
    server.pages["/tone.wav"] = Page((tmp_path / "tone.wav").read_bytes(), "audio/x-wav")
    server.pages["/notes"] = Page(b"The harbour opens at nine.", "text/plain; charset=utf-8")
    path = tmp_path / "some.urls"
    path.write_text(f"{server.url('/tone.wav')}\n{server.url('/notes')}\n")
    assert counts(fetching(path)) == (2, 0, 0, 0)
    assert {item.kind for item in items(shelf).values()} == {Kind.RECORDING, Kind.DOCUMENT}
    assert len(shelf.library.find_words(Channel.TEXT, "harbour", 5)) == 1


def test_files_and_addresses_go_together(shop, listed, fetching, shelf, tmp_path):
    assert counts(fetching(shop / "photos", press(tmp_path))) == (6, 0, 0, 0)
    assert counts(fetching(shop / "photos")) == (0, 4, 0, 0)
    assert len(shelf.library.snapshot().items) == 6


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


def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(shelf, server, tmp_path):
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
