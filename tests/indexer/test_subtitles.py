from __future__ import annotations

import os

import pytest

from sensorium.types import Channel, Kind
from tests.media_files import write_sound

CUES = "1\n00:00:00,200 --> 00:00:00,900\nThe {} opens at nine.\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_sound(folder / "talk.wav", seconds=1)
    return folder


def write(path, text):
    """A file that is younger than any that stood there before, whatever the clock's grain."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, max(path.stat().st_mtime_ns, before + 10**9)))


def said(shelf):
    found = {}
    for path, item_id in shelf.library.items_by_path().items():
        segments = shelf.library.segments_of_item(item_id)
        found[path.name] = sorted(segment.text for segment in segments if segment.channel is Channel.SPEECH)
    return found


def test_subtitles_beside_a_recording_are_what_is_said_in_it(shelf, folder):
    write(folder / "talk.en.srt", CUES.format("harbour"))
    write(folder / "talk.de.srt", CUES.format("Hafen"))
    summary = shelf.index(folder)
    assert summary.indexed == 1
    assert summary.notes == []  # the subtitles are not files that were left out
    (item,) = shelf.library.items(list(shelf.library.items_by_path().values())).values()
    assert item.attributes["language"] == ["de", "en"]
    assert said(shelf) == {"talk.wav": ["The Hafen opens at nine.", "The harbour opens at nine."]}


def test_adding_editing_and_removing_subtitles_changes_the_item(shelf, folder):
    shelf.index(folder)
    assert said(shelf) == {"talk.wav": []}
    write(folder / "talk.srt", CUES.format("harbour"))
    assert shelf.index(folder).indexed == 1
    assert said(shelf) == {"talk.wav": ["The harbour opens at nine."]}
    write(folder / "talk.srt", CUES.format("market"))
    assert shelf.index(folder).indexed == 1
    assert said(shelf) == {"talk.wav": ["The market opens at nine."]}
    assert shelf.index(folder).unchanged == 1
    (folder / "talk.srt").unlink()
    assert shelf.index(folder).indexed == 1
    assert said(shelf) == {"talk.wav": []}


def test_subtitles_that_cannot_be_read_cost_no_more_than_themselves(shelf, folder):
    write(folder / "talk.srt", "not subtitles")
    write(folder / "talk.en.srt", CUES.format("harbour"))
    shelf.index(folder)
    (item,) = shelf.library.items(list(shelf.library.items_by_path().values())).values()
    assert item.kind is Kind.RECORDING
    assert "talk.srt" in item.attributes["unread_subtitles"]
    assert said(shelf) == {"talk.wav": ["The harbour opens at nine."]}


def test_subtitles_may_be_ignored(shelf, folder):
    write(folder / "talk.srt", CUES.format("harbour"))
    shelf.index(folder, subtitles="ignore")
    assert said(shelf) == {"talk.wav": []}


def test_a_passage_keeps_when_each_of_its_lines_was_said(shelf, folder):
    cues = [(0, 4, "The harbour opens."), (5, 9, "Bring a rope."), (10, 12, "And a lantern.")]
    text = "".join(f"{n}\n00:00:{a:02},000 --> 00:00:{b:02},000\n{said}\n\n" for n, (a, b, said) in enumerate(cues, 1))
    write(folder / "talk.srt", text)
    shelf.index(folder)
    (item_id,) = set(shelf.library.items_by_path().values())
    (segment,) = [one for one in shelf.library.segments_of_item(item_id) if one.channel is Channel.SPEECH]
    assert (segment.start_s, segment.end_s) == (0.0, 12.0)
    assert [(said.start_s, said.end_s, said.text) for said in segment.utterances()] == cues
