from __future__ import annotations

import io
import itertools
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from sensorium.errors import MediaError
from sensorium.media.films import decode_film
from sensorium.media.languages import language_code
from sensorium.media.side_files import side_files
from sensorium.media.subtitles import read_side_file

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>The harbour</i> opens
- at nine.

2
00:01:03,000 --> 00:01:04,250
{\\an8}Garçon, un café à Zürich!
"""
VTT = """WEBVTT - made by hand

STYLE
::cue { color: red }

NOTE not for showing

intro
00:01.000 --> 00:02.500 align:start
<v Anna>The harbour <c.yellow>opens</c> at nine.

01:02:03.000 --> 01:02:04.000
Tea &amp; biscuits
"""
ASS = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,The {\\b1}harbour{\\b0}\\Nopens
"""
ROLLING = """WEBVTT

00:00.000 --> 00:02.000
the harbour

00:02.000 --> 00:02.010
the harbour

00:02.010 --> 00:04.000
the harbour
opens at nine

00:04.000 --> 00:06.000
opens at nine
bring a rope
"""


def said(path):
    return [(each.start_s, each.end_s, each.text) for each in read_side_file(path).utterances]


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_srt_file_is_read_whatever_its_encoding(tmp_path, encoding, newline):
    path = write(tmp_path / "film.srt", SRT.replace("\n", newline), encoding)
    assert said(path) == [
        (1.0, 2.5, "The harbour opens at nine."),
        (63.0, 64.25, "Garçon, un café à Zürich!"),
    ]


def test_a_vtt_file_gives_its_cues_without_styles_notes_and_names(tmp_path):
    assert said(write(tmp_path / "film.en.vtt", VTT)) == [
        (1.0, 2.5, "The harbour opens at nine."),
        (3723.0, 3724.0, "Tea & biscuits"),
    ]


def test_an_ass_file_gives_its_dialogue(tmp_path):
    assert said(write(tmp_path / "film.ass", ASS)) == [(1.0, 2.0, "The harbour opens")]


def test_captions_that_roll_up_say_every_line_once(tmp_path):
    found = said(write(tmp_path / "film.vtt", ROLLING))
    assert [text for _, _, text in found] == ["the harbour", "opens at nine", "bring a rope"]
    assert [start for start, _, _ in found] == pytest.approx([0.0, 2.01, 4.0])
    assert all(end <= start for (_, end, _), (start, _, _) in itertools.pairwise(found))


def test_the_name_tells_the_language(tmp_path):
    names = {"film.pt-BR.srt": "pt", "film.English.forced.srt": "en", "film.srt": "", "my.film.ger.srt": "de"}
    for name, language in names.items():
        found = read_side_file(write(tmp_path / name, SRT))
        assert (found.language, found.utterances[0].language) == (language, language)


@pytest.mark.parametrize("content", ["", "\n\n", "no times at all\njust words\n", "WEBVTT\n"])
def test_a_file_without_subtitles_is_named(tmp_path, content):
    path = write(tmp_path / "film.srt", content)
    with pytest.raises(MediaError, match=r"film\.srt"):
        read_side_file(path)


def test_broken_cues_are_left_out_and_the_others_stay(tmp_path):
    broken = SRT + "\n3\n00:99:zz --> what\nnothing\n\n4\n00:01:10,000 --> 00:01:11,000\nThe end.\n"
    texts = [text for _, _, text in said(write(tmp_path / "film.srt", broken))]
    assert texts[0] == "The harbour opens at nine."
    assert texts[-1] == "The end."


def test_the_files_beside_a_film_are_known_by_their_names():
    names = [
        "trip.mkv", "trip.srt", "trip.en.vtt", "trip.en.forced.srt", "trip.pt-BR.SRT", "trip.nfo", "trip.txt",
        "trip.2.srt", "trip2.srt", "trip.part.srt", "another.srt", "trip.mkv.srt",
    ]  # fmt: skip
    found = side_files(Path("/films/trip.mkv"), names)
    assert [path.name for path in found] == [
        "trip.en.forced.srt",
        "trip.en.vtt",
        "trip.mkv.srt",
        "trip.pt-BR.SRT",
        "trip.srt",
    ]
    assert found[0].parent == Path("/films")
    assert side_files(Path("/films/trip.2.mkv"), names) == (Path("/films/trip.2.srt"),)


def write_film(path, tracks, *, codec="mpeg4"):
    """Five red seconds with text tracks: pairs of a language and an SRT text."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sources = [av.open(io.BytesIO(text.encode()), format="srt") for _, text in tracks]
        streams = [container.add_stream_from_template(source.streams.subtitles[0]) for source in sources]
        for stream, (language, _) in zip(streams, tracks, strict=True):
            stream.metadata["language"] = language
        for number in range(50):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (220, 20, 20)))
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for source, stream in zip(sources, streams, strict=True):
            for packet in source.demux(source.streams.subtitles[0]):
                if packet.size:
                    packet.stream = stream
                    container.mux(packet)
    return path


def cue(start_s, end_s, text):
    return f"1\n00:00:0{start_s},000 --> 00:00:0{end_s},000\n{text}\n\n"


def test_the_text_tracks_of_a_film_come_with_it(tmp_path, limits):
    tracks = [("ger", cue(1, 2, "Der Hafen")), ("eng", cue(1, 2, "The harbour")), ("eng", cue(3, 4, "[music]"))]
    film = decode_film(write_film(tmp_path / "film.mkv", tracks), limits, shorter_px=32)
    found = {track.language: [(u.start_s, u.end_s, u.text) for u in track.utterances] for track in film.subtitles}
    assert found == {"de": [(1.0, 2.0, "Der Hafen")], "en": [(1.0, 2.0, "The harbour")]}


def test_a_film_without_text_tracks_has_no_subtitles(tmp_path, limits, make):
    assert decode_film(make.film(tmp_path / "film.mp4", [make.RED]), limits, shorter_px=32).subtitles == ()


@pytest.mark.parametrize(
    ("stated", "code"),
    [("en", "en"), ("eng", "en"), ("en-GB", "en"), ("Deutsch", "de"), ("GER", "de"), ("und", ""), ("", ""), ("c3", "")],
)
def test_languages_have_many_names(stated, code):
    assert language_code(stated) == code
