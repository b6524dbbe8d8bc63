from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from sensorium.errors import MediaError, UnsupportedMedia
from sensorium.media.decoded import Limits
from sensorium.media.films import decode_film
from sensorium.media.kinds import sniff
from sensorium.types import Kind

CODECS = {
    "mp4": "libx264",
    "mov": "mpeg4",
    "mkv": "libx265",
    "webm": "libvpx",
    "avi": "mpeg4",
    "mpg": "mpeg1video",
    "ts": "mpeg2video",
    "wmv": "wmv2",
    "flv": "flv1",
    "ogv": "libtheora",
}


def mean_colours(film):
    return [tuple(frame.pixels.mean(axis=(0, 1))) for frame in film.frames]


def spans(film):
    return [(frame.start_s, frame.end_s) for frame in film.frames]


def needs_encoder(name):
    try:
        av.Codec(name, "w")
    except ValueError:
        pytest.skip(f"this PyAV cannot write {name}")


@pytest.mark.parametrize("suffix", CODECS)
def test_every_codec_keeps_colours_at_their_times(tmp_path, limits, make, suffix):
    needs_encoder(CODECS[suffix])
    rate = 25 if suffix in ("mpg", "ts") else 10
    colours = [make.RED, make.GREEN, make.BLUE]
    path = make.film(tmp_path / f"film.{suffix}", colours, codec=CODECS[suffix], fps=rate, gop=rate)

    film = decode_film(path, limits, shorter_px=32)

    assert sniff(path).kind is Kind.FILM
    assert (film.width, film.height) == (96, 64)
    assert film.frames[0].pixels.shape == (32, 48, 3)
    make.assert_colours(mean_colours(film), colours, tolerance=16)
    assert film.duration_s == pytest.approx(6.0, abs=0.15)
    expected = [(0.0, 2.0), (2.0, 4.0), (4.0, film.duration_s)]
    for found, wanted in zip(spans(film), expected, strict=True):
        assert found == pytest.approx(wanted, abs=0.15)
    assert film.sound is None


def test_cuts_are_found_at_their_frame_where_no_key_frame_marks_them(tmp_path, limits, make):
    colours = [make.RED, make.GREEN, make.BLUE, make.RED, make.YELLOW]
    for gop in (30, 1000):
        options = {"sc_threshold": "0"}
        path = make.film(tmp_path / f"{gop}.mp4", colours, each_s=1.48, fps=25, gop=gop, options=options)
        film = decode_film(path, limits, shorter_px=32)
        make.assert_colours(mean_colours(film), colours, tolerance=16)
        assert [start for start, _ in spans(film)] == pytest.approx([n * 1.48 for n in range(5)], abs=1 / 25)


@pytest.mark.parametrize("gop", [12, 250])
def test_real_looking_cuts_are_found_and_movement_makes_none(tmp_path, limits, make, gop):
    """Three shots out of a shaky hand, 2.4, 1.6 and 3 s long."""
    path, lengths = tmp_path / "hand.mp4", [60, 40, 75]
    write_shaken(path, lengths, gop=gop)
    film = decode_film(path, limits, shorter_px=64)
    assert [start for start, _ in spans(film)] == pytest.approx([0, 60 / 25, 100 / 25], abs=1 / 25)
    assert film.frames[-1].end_s == pytest.approx(175 / 25, abs=0.1)


def test_frames_may_come_at_any_pace(tmp_path, limits, make):
    """Variable frame rate: 25 pictures in the first second, then one a second, then 25 again."""
    path = tmp_path / "pace.mp4"
    numbers = [*range(25), *range(25, 150, 25), *range(150, 175)]
    colours = [make.RED] * 25 + [make.GREEN] * 5 + [make.BLUE] * 25
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number, colour in zip(numbers, colours, strict=True):
            frame = av.VideoFrame.from_image(Image.new("RGB", (96, 64), colour))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    film = decode_film(path, limits, shorter_px=32)
    make.assert_colours(mean_colours(film), [make.RED, make.GREEN, make.BLUE], tolerance=16)
    assert [start for start, _ in spans(film)] == pytest.approx([0.0, 1.0, 6.0], abs=0.02)


def test_a_still_film_is_one_frame(tmp_path, limits, make):
    film = decode_film(make.film(tmp_path / "film.mp4", [make.GREEN] * 5), limits, shorter_px=32)
    assert spans(film) == [(0.0, pytest.approx(10.0))]


def test_a_film_of_many_scenes_gives_no_more_stills_than_asked_for(tmp_path, limits, make):
    greys = [(level, level, level) for level in range(0, 250, 10)]
    path = make.film(tmp_path / "film.mp4", greys, each_s=1.0)
    film = decode_film(path, limits, shorter_px=32, max_frames=5)
    assert len(film.frames) == 5
    assert [start for start, _ in spans(film)][1:] == [end for _, end in spans(film)][:-1]
    assert (film.frames[0].start_s, film.frames[-1].end_s) == (0.0, pytest.approx(25.0))


def test_the_sound_track_comes_along(tmp_path, limits, make):
    path = make.film(tmp_path / "film.mp4", [make.RED, make.BLUE], tone_hz=500.0)
    film = decode_film(path, limits, shorter_px=32)
    assert len(film.sound) / 16_000 == pytest.approx(4.0, abs=0.15)
    assert make.loudest_hz(film.sound) == pytest.approx(500.0, abs=2.0)


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(90, "GYRB"), (-90, "BRYG"), (180, "YBGR")],
)
def test_rotation_is_honoured(tmp_path, limits, make, degrees, expected):
    colours = {"R": make.RED, "G": make.GREEN, "B": make.BLUE, "Y": make.YELLOW}
    path = make.film(tmp_path / "phone.mp4", [make.quarters(96, 64)], rotation_deg=degrees)
    film = decode_film(path, limits, shorter_px=64)
    assert (film.width, film.height) == ((96, 64) if degrees == 180 else (64, 96))
    make.assert_colours(make.corners(film.frames[0].pixels), [colours[letter] for letter in expected], tolerance=24)


def test_a_phone_held_upright_gives_an_upright_film(tmp_path, limits, make):
    # The matrix that phones write: to be turned clockwise by a quarter.
    path = make.film(tmp_path / "phone.mp4", [make.quarters(96, 64)])
    content = bytearray(path.read_bytes())
    turned = b"".join(value.to_bytes(4, "big", signed=True) for value in (0, 1 << 16, 0, -(1 << 16), 0, 0))
    at = content.index(b"tkhd") + 4 + 40
    content[at : at + 24] = turned
    path.write_bytes(content)
    film = decode_film(path, limits, shorter_px=64)
    assert (film.width, film.height) == (64, 96)
    expected = [make.BLUE, make.RED, make.YELLOW, make.GREEN]
    make.assert_colours(make.corners(film.frames[0].pixels), expected, tolerance=24)


def test_mpeg_time_stamps_that_start_over_go_on(tmp_path, limits, make):
    parts = [
        make.film(tmp_path / f"{number}.mpg", [colour], codec="mpeg1video", fps=25, gop=25, each_s=4.0)
        for number, colour in enumerate((make.RED, make.GREEN, make.BLUE))
    ]
    joined = tmp_path / "joined.mpg"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    film = decode_film(joined, limits, shorter_px=32)
    make.assert_colours(mean_colours(film), [make.RED, make.GREEN, make.BLUE], tolerance=16)
    assert [start for start, _ in spans(film)] == pytest.approx([0.0, 4.0, 8.0], abs=0.3)
    assert film.duration_s == pytest.approx(12.0, abs=0.3)


def test_an_animated_gif_is_a_film(tmp_path, limits, make):
    frames = [Image.new("RGB", (40, 20), colour) for colour in (make.RED, make.GREEN, make.BLUE)]
    path = tmp_path / "moving.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[500, 1000, 250])
    film = decode_film(path, limits, shorter_px=10)
    assert spans(film) == [(0.0, 0.5), (0.5, 1.5), (1.5, 1.75)]
    assert film.frames[0].pixels.shape == (10, 20, 3)
    make.assert_colours(mean_colours(film), [make.RED, make.GREEN, make.BLUE])
    assert (film.sound, film.width, film.height, film.duration_s) == (None, 40, 20, 1.75)


def test_a_transparent_animation_lies_on_white(tmp_path, limits):
    path = tmp_path / "moving.gif"
    frames = [Image.new("RGBA", (8, 8), (0, 0, 0, 0)), Image.new("RGBA", (8, 8), (200, 0, 0, 255))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, disposal=2)
    assert mean_colours(decode_film(path, limits, shorter_px=8)) == [(255, 255, 255), (200, 0, 0)]


def test_a_cut_off_film_gives_what_is_there(tmp_path, limits, make):
    path = make.film(tmp_path / "film.mkv", [make.quarters(96, 64), make.RED, make.BLUE], codec="mpeg4")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    film = decode_film(path, limits, shorter_px=64)
    make.assert_colours(
        make.corners(film.frames[0].pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW], tolerance=24
    )


def test_a_film_longer_than_the_limit_is_refused(tmp_path, make):
    path = make.film(tmp_path / "film.mp4", [make.RED] * 3)
    with pytest.raises(MediaError, match=r"lasts longer than 5 s"):
        decode_film(path, Limits(1 << 30, 1 << 20, 5.0), shorter_px=32)


def test_a_film_of_too_many_pixels_is_refused(tmp_path, make):
    path = make.film(tmp_path / "film.mp4", [make.RED])
    with pytest.raises(MediaError, match=r"has 96 × 64 pixels; at most 0.006 million are decoded"):
        decode_film(path, Limits(1 << 30, 6_000, 60.0), shorter_px=32)


def test_a_recording_is_no_film(tmp_path, limits, make):
    path = make.sound(tmp_path / "tone.m4a", "aac")
    with pytest.raises(UnsupportedMedia, match=r"holds no moving picture"):
        decode_film(path, limits, shorter_px=32)


def write_shaken(path, lengths, *, gop):
    """Shots of so many frames, 25 a second, each of a scene of its own that sways by six pixels, twice a second."""
    options = {"sc_threshold": "0", "crf": "20"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.gop_size = gop
        pts = 0
        for shot, length in enumerate(lengths):
            patches = np.random.default_rng(shot).integers(0, 256, (4, 12, 3)).astype(np.uint8)
            scene = Image.fromarray(patches).resize((384, 96), Image.Resampling.BICUBIC)
            for number in range(length):
                left = 50 + round(6 * np.sin(number * 4 * np.pi / 25))
                frame = av.VideoFrame.from_image(scene.crop((left, 0, left + 160, 96)))
                frame.pts, frame.time_base = pts, Fraction(1, 25)
                container.mux(stream.encode(frame))
                pts += 1
        container.mux(stream.encode(None))
