"""A library knows its recordings and pictures again, whatever comes and goes."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, Print, SegmentDraft
from sensorium.fingerprints import constellation as tracks
from sensorium.fingerprints import pictures, track_cache
from sensorium.fingerprints.constellation import ASKED, constellation
from sensorium.fingerprints.pictures import SAME, PicturePrint, picture_print
from sensorium.fingerprints.tracks import Part
from sensorium.library import Library
from sensorium.types import Channel, Kind
from tests.fingerprints.sounds import RATE, music


@pytest.fixture
def library(tmp_path):
    opened = Library.open_or_create(tmp_path / "library", "fake")
    yield opened
    opened.close()


def draft(name, kind, segment):
    medium = MediumDraft(Path(f"/media/{name}"), "application/octet-stream", name)
    return ItemDraft(f"/media/{name}", kind, name, Path(f"/media/{name}"), "1:1", {}, (medium,), (segment,))


def recording(name, seed):
    known_by = Print(tracks.METHOD, constellation(music(seed, seconds=6)).pack())
    return draft(name, Kind.RECORDING, SegmentDraft(Channel.TRACK, f"track:{seed}", 0, print=known_by))


def picture(name, seed):
    known_by = Print(pictures.METHOD, pattern(seed).pack())
    return draft(name, Kind.PICTURE, SegmentDraft(Channel.PICTURE, f"picture:{seed}", 0, print=known_by))


def pattern(seed):
    cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    return picture_print(np.asarray(Image.fromarray(cells).resize((96, 96))))


def put(library, *drafts):
    with library.writing() as writer, writer.transaction() as write:
        for one in drafts:
            write.put_item(one, {})


def remove(library, *names):
    with library.writing() as writer, writer.transaction() as write:
        write.remove_items(f"/media/{name}" for name in names)
        write.forget_removed(math.inf)
        write.drop_unused_prints()


def excerpt(seed):
    return constellation(music(seed, seconds=6)[2 * RATE : 5 * RATE], ASKED)


def names(library, found):
    segments = library.segments([one.segment_id for one in found])
    items = library.items([segment.item_id for segment in segments.values()])
    return [items[segments[one.segment_id].item_id].title for one in found]


def heard(library, seed, **options):
    return names(library, [one for one in library.prints.tracks(excerpt(seed), **options) if one.decades > 5])


def seen(library, seed, limit=10, **options):
    return names(library, library.prints.pictures(pattern(seed), Channel.PICTURE, limit, **options))


def test_a_recording_is_known_again_and_where(library):
    put(library, recording("a", 1), recording("b", 2))
    best = library.prints.tracks(excerpt(2))[0]
    assert names(library, [best]) == ["b"]
    assert best.offset_s == pytest.approx(2.0, abs=0.05)


def test_copies_are_all_found_and_kept_once(library):
    put(library, recording("a", 1), recording("copy", 1), picture("p", 3), picture("q", 3))
    assert heard(library, 1) == ["a", "copy"]
    assert seen(library, 3) == ["p", "q"]


def test_an_open_library_notices_what_comes_and_goes(library, tmp_path):
    reader = Library.open(tmp_path / "library")
    assert (heard(reader, 1), seen(reader, 3)) == ([], [])
    put(library, recording("a", 1), picture("p", 3))
    assert (heard(reader, 1), seen(reader, 3)) == (["a"], ["p"])
    put(library, recording("b", 2), picture("q", 4))
    assert (heard(reader, 2), seen(reader, 4)) == (["b"], ["q"])
    remove(library, "a", "p")
    assert (heard(reader, 1), seen(reader, 3)) == ([], [])
    put(library, recording("c", 1), picture("r", 3))
    assert (heard(reader, 1), seen(reader, 3)) == (["c"], ["r"])
    reader.close()


def test_filters_keep_only_what_is_allowed(library):
    put(library, recording("a", 1), recording("copy", 1), picture("p", 3), picture("q", 3))
    tracks_, pictures_ = library.segment_ids(Channel.TRACK), library.segment_ids(Channel.PICTURE)
    assert heard(library, 1, allowed=tracks_[1:]) == ["copy"]
    assert seen(library, 3, allowed=pictures_[:1]) == ["p"]
    assert heard(library, 1, allowed=pictures_) == []


def test_only_the_channel_asked_is_answered(library):
    put(library, picture("p", 3))
    assert library.prints.pictures(pattern(3), Channel.FRAME, 10) == []


def test_pictures_come_the_likest_first_and_others_not_at_all(library):
    original = pattern(5)
    cells = original.cells.copy()
    cells[0] += 12 if cells[0] < 128 else -12
    retouched = Print(pictures.METHOD, PicturePrint(original.bits ^ 1, cells).pack())
    other = draft("retouched", Kind.PICTURE, SegmentDraft(Channel.PICTURE, "picture:retouched", 0, print=retouched))
    put(library, other, picture("same", 5), *(picture(f"other {n}", 20 + n) for n in range(5)))
    found = library.prints.pictures(original, Channel.PICTURE, 10)
    assert names(library, found) == ["same", "retouched"]
    assert found[0].likeness == 1
    assert found[1].likeness == 1 - 12 / 128 < SAME


def test_prints_of_items_are_those_that_were_put(library):
    put(library, picture("p", 3), recording("a", 1))
    (shown,) = library.segments(library.segment_ids(Channel.PICTURE).tolist()).values()
    every = [*library.snapshot().items.tolist(), 999]
    found = library.prints.of_items(every)
    assert list(found) == [shown.item_id]
    assert found[shown.item_id].bits == pattern(3).bits


def test_a_reopened_library_reads_its_indexes_from_disk(library, tmp_path, monkeypatch):
    put(library, recording("a", 1), picture("p", 3))
    library.prints.save()
    monkeypatch.setattr(Part, "of", lambda _: pytest.fail("made anew"))
    reopened = Library.open(tmp_path / "library")
    assert (heard(reopened, 1), seen(reopened, 3)) == (["a"], ["p"])
    reopened.close()


@pytest.mark.parametrize("damage", ["torn", "missing", "alien note", "another library"])
def test_indexes_that_cannot_be_trusted_are_made_anew(library, tmp_path, damage):
    put(library, recording("a", 1), picture("p", 3))
    library.prints.save()
    folder = tmp_path / "library" / "vectors"
    (part,), (note,), (bits,) = folder.glob("*.part"), folder.glob("landmarks-*.json"), folder.glob("*.npz")
    match damage:
        case "torn":
            part.write_bytes(part.read_bytes()[:100])
            bits.write_bytes(bits.read_bytes()[:100])
        case "missing":
            part.unlink()
            bits.unlink()
        case "alien note":
            note.write_text("[]")
            bits.write_text("[]")
        case "another library":
            with library.writing() as writer, writer.transaction() as write:
                write.put_fact("id", "another")
    reopened = Library.open(tmp_path / "library")
    assert (heard(reopened, 1), seen(reopened, 3)) == (["a"], ["p"])
    reopened.prints.save()
    assert (heard(reopened, 1), seen(reopened, 3)) == (["a"], ["p"])
    reopened.close()


def test_many_small_additions_leave_few_files(library, tmp_path):
    for number in range(12):
        put(library, recording(f"r{number}", number))
        library.prints.save()
    parts = list((tmp_path / "library" / "vectors").glob("*.part"))
    assert len(parts) <= 3
    assert sum(len(Part.load(path).ids) for path in parts) == 12
    assert all(heard(library, number) == [f"r{number}"] for number in (0, 5, 11))


def test_what_is_gone_is_dropped_from_the_index_when_it_is_much(library, tmp_path):
    put(library, *(recording(f"r{number}", number) for number in range(6)))
    library.prints.save()
    remove(library, "r0")
    library.prints.save()
    (path,) = (tmp_path / "library" / "vectors").glob("*.part")
    assert len(Part.load(path).ids) == 6  # a sixth is not much
    remove(library, "r1", "r2")
    library.prints.save()
    (path,) = (tmp_path / "library" / "vectors").glob("*.part")
    assert len(Part.load(path).ids) == 3
    assert heard(library, 4) == ["r4"]


def test_parts_of_a_full_time_line_are_left_apart(library, monkeypatch):
    monkeypatch.setattr(track_cache, "LAST", 600)
    for number in range(3):
        put(library, recording(f"r{number}", number))
        assert heard(library, number) == [f"r{number}"]
