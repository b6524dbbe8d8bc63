from __future__ import annotations

import numpy as np
import pytest

from sensorium.errors import MediaError
from sensorium.media.decoded import Limits
from sensorium.media.sounds import decode_sound

CODECS = {
    "wav": "pcm_s16le",
    "mp3": "libmp3lame",
    "flac": "flac",
    "ogg": "vorbis",
    "opus": "libopus",
    "m4a": "aac",
    "aac": "aac",
    "mka": "ac3",
    "wma": "wmav2",
    "aiff": "pcm_s16be",
    "caf": "alac",
    "webm": "libopus",
    "mp2": "mp2",
}


@pytest.mark.parametrize("suffix", CODECS)
def test_every_codec_keeps_pitch_and_length(tmp_path, limits, make, suffix):
    rate = 48_000 if CODECS[suffix] == "libopus" else 44_100
    path = make.sound(tmp_path / f"tone.{suffix}", CODECS[suffix], frequency_hz=440.0, duration_s=2.0, rate=rate)
    sound = decode_sound(path, limits)
    assert sound.samples.dtype == np.int16
    assert sound.samples.ndim == 1
    assert sound.duration_s == len(sound.samples) / 16_000
    assert sound.duration_s == pytest.approx(2.0, abs=0.15)
    assert make.loudest_hz(sound.samples) == pytest.approx(440.0, abs=2.0)


def test_a_lossless_sound_at_the_own_rate_comes_back_sample_by_sample(tmp_path, limits, make):
    path = make.sound(tmp_path / "tone.flac", "flac", frequency_hz=1000.0, duration_s=0.5, rate=16_000, channels=1)
    times = np.arange(8000) / 16_000
    np.testing.assert_array_equal(
        decode_sound(path, limits).samples, (np.sin(2 * np.pi * 1000.0 * times) * 12_000).astype(np.int16)
    )


def test_what_is_above_the_new_rate_is_filtered_out(tmp_path, limits, make):
    # Without a filter 12 kHz would fold to 4 kHz.
    path = make.sound(tmp_path / "whistle.wav", "pcm_s16le", frequency_hz=12_000.0)
    samples = decode_sound(path, limits).samples.astype(float)
    assert np.sqrt((samples[1600:-1600] ** 2).mean()) < 100


def test_tags_are_told(tmp_path, limits, make):
    tags = {"title": "Étude", "artist": "Anna", "album": "Night", "comment": "not told"}
    for suffix, codec in (("mp3", "libmp3lame"), ("flac", "flac"), ("opus", "libopus")):
        path = make.sound(tmp_path / f"tune.{suffix}", codec, rate=48_000, tags=tags)
        assert decode_sound(path, limits).attributes == {"title": "Étude", "artist": "Anna", "album": "Night"}


def test_a_stated_length_above_the_limit_is_refused(tmp_path, make):
    path = make.sound(tmp_path / "long.wav", "pcm_s16le", duration_s=3.0)
    with pytest.raises(MediaError, match=r"lasts longer than 2 s, the longest that is decoded. Raise"):
        decode_sound(path, Limits(1 << 30, 1 << 20, 2.0))


def test_a_length_that_no_header_states_is_limited_while_decoding(tmp_path, make):
    path = make.sound(tmp_path / "long.aac", "aac", duration_s=30.0)
    with pytest.raises(MediaError, match=r"lasts longer than 1 s"):
        decode_sound(path, Limits(1 << 30, 1 << 20, 1.0))


def test_damaged_packets_are_left_out(tmp_path, limits, make):
    path = make.sound(tmp_path / "tone.mp3", "libmp3lame", duration_s=4.0)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
    path.write_bytes(content)
    sound = decode_sound(path, limits)
    assert 3.0 < sound.duration_s < 4.2
    assert make.loudest_hz(sound.samples[:16_000]) == pytest.approx(440.0, abs=2.0)
    assert make.loudest_hz(sound.samples[-16_000:]) == pytest.approx(440.0, abs=2.0)


def test_a_cut_off_sound_gives_what_is_there(tmp_path, limits, make):
    path = make.sound(tmp_path / "tone.flac", "flac", duration_s=4.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 0.5 < decode_sound(path, limits).duration_s < 3.5


def test_the_sound_track_of_a_film_is_read(tmp_path, limits, make):
    path = make.film(tmp_path / "film.mp4", [make.RED], tone_hz=660.0)
    assert make.loudest_hz(decode_sound(path, limits).samples) == pytest.approx(660.0, abs=2.0)
