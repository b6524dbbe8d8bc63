"""Films through the whole indexer, with fake models: what of a good, a silent and a broken one ends up in a library."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from sensorium.indexer import index
from sensorium.settings import Settings
from sensorium.types import Channel, Kind
from tests.fakes import FAKE_SPACE, BeepTranscriber, fake_models_hearing

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
FPS, RATE = 10, 16_000


def write_film(path, colours, *, each_s=3.0, beeps_s=None, codec="libx264", container_options=None):
    """One colour after another; with `beeps_s` a sound track that is loud for half a second from each of them on."""
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        video = container.add_stream(codec, rate=FPS)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        audio = None if beeps_s is None else container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        sound = np.zeros(round(len(colours) * each_s * RATE), np.int16)
        for second in beeps_s or ():
            sound[round(second * RATE) :][: RATE // 2] = 9000
        for number in range(round(len(colours) * each_s * FPS)):
            frame = av.VideoFrame.from_image(Image.new("RGB", (96, 64), colours[int(number / FPS / each_s)]))
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            if audio is not None:  # as the pictures come: a film cut off has sound up to where it has pictures
                part = sound[number * RATE // FPS : (number + 1) * RATE // FPS]
                heard = av.AudioFrame.from_ndarray(part[None], format="s16", layout="mono")
                heard.sample_rate, heard.pts, heard.time_base = RATE, number * RATE // FPS, Fraction(1, RATE)
                container.mux(audio.encode(heard))
        container.mux(video.encode(None))
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    return folder


def indexed(shelf, folder):
    models = fake_models_hearing(BeepTranscriber(runs_in_worker=True))
    return index([folder], shelf.library, models, settings=Settings(workers=1, max_duration_s=600))


def segments(shelf, path, channel):
    item_id = shelf.library.items_by_path()[path]
    return [segment for segment in shelf.library.segments_of_item(item_id) if segment.channel is channel]


def spans(found):
    return [(segment.start_s, segment.end_s) for segment in found]


def test_a_film_has_its_shots_its_speech_and_a_picture_of_each_shot(shelf, folder):
    path = write_film(folder / "film.mkv", [RED, GREEN, BLUE], beeps_s=[1.0, 7.5])
    assert indexed(shelf, folder).indexed == 1
    frames = segments(shelf, path, Channel.FRAME)
    assert [start for start, _ in spans(frames)] == pytest.approx([0.0, 3.0, 6.0], abs=1 / FPS)
    assert [end for _, end in spans(frames)] == pytest.approx([3.0, 6.0, 9.0], abs=1 / FPS)
    (speech,) = segments(shelf, path, Channel.SPEECH)
    assert [said.start_s for said in speech.utterances()] == pytest.approx([1.0, 7.5], abs=0.02)
    for segment, colour in zip(frames, (RED, GREEN, BLUE), strict=True):
        pixels = np.asarray(Image.open(io.BytesIO(shelf.library.still(segment.id).read_bytes())))
        assert np.abs(pixels.mean(axis=(0, 1)) - colour).max() < 16
    assert shelf.library.still(speech.id) is None


def test_the_shots_of_a_film_are_found_by_what_is_seen_in_them(shelf, folder):
    path = write_film(folder / "film.mkv", [RED, GREEN, BLUE])
    indexed(shelf, folder)
    red = shelf.models.texts[0].encode_texts(["blue"])
    near = shelf.library.nearest(FAKE_SPACE, Channel.FRAME, red, 1)
    found = shelf.library.segments([int(near.ids[0, 0])])[int(near.ids[0, 0])]
    assert found.start_s == pytest.approx(6.0, abs=1 / FPS)
    assert found.item_id == shelf.library.items_by_path()[path]


def test_a_silent_film_has_shots_and_no_speech(shelf, folder):
    path = write_film(folder / "silent.mkv", [RED, BLUE])
    indexed(shelf, folder)
    assert len(segments(shelf, path, Channel.FRAME)) == 2
    assert segments(shelf, path, Channel.SPEECH) == []


def test_a_film_without_pictures_is_a_recording(shelf, folder):
    path = folder / "sound-only.mkv"
    with av.open(str(path), "w") as container:
        audio = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.full((1, 2 * RATE), 9000, np.int16), format="s16", layout="mono")
        frame.sample_rate = RATE
        container.mux(audio.encode(frame))
    indexed(shelf, folder)
    (item,) = shelf.library.items([shelf.library.items_by_path()[path]]).values()
    assert item.kind is Kind.RECORDING
    assert [each.text for each in segments(shelf, path, Channel.SPEECH)] == ["beep"]


@pytest.mark.parametrize("kept", [0.5, 0.8])
def test_a_film_whose_end_is_missing_keeps_what_lies_before(shelf, folder, kept):
    """Shots, and speech, of both streams up to the break."""
    path = write_film(folder / "cut.mkv", [RED, GREEN, BLUE, RED], beeps_s=[1.0, 4.0, 10.5])
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert (indexed(shelf, folder).indexed, indexed(shelf, folder).failures) == (1, [])
    frames = segments(shelf, path, Channel.FRAME)
    assert [start for start, _ in spans(frames)][:2] == pytest.approx([0.0, 3.0], abs=1 / FPS)
    (speech,) = segments(shelf, path, Channel.SPEECH)
    assert [said.start_s for said in speech.utterances()] == pytest.approx([1.0, 4.0], abs=0.02)


def test_a_film_with_rubbish_in_its_middle_is_read_on_both_sides_of_it(shelf, folder):
    path = write_film(folder / "hole.ts", [RED, GREEN, BLUE, RED], codec="mpeg2video")
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 3000] = np.random.default_rng(0).integers(0, 256, 3000).astype(np.uint8).tobytes()
    path.write_bytes(content)
    assert indexed(shelf, folder).indexed == 1
    frames = segments(shelf, path, Channel.FRAME)
    assert frames[0].start_s == pytest.approx(0.0, abs=0.2)
    assert frames[-1].end_s > 8.0
    assert len(frames) >= 3
