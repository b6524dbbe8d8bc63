"""What the demo makes is whole, the same every time, and what its questions suppose."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from sensorium.media.decoded import Product
from sensorium.media.feeds import read_feed


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        picture.load()
        return np.asarray(picture.convert("RGB"), dtype=np.float32)


def heard(path: Path) -> tuple[np.ndarray, int]:
    with av.open(str(path)) as sound:
        frames = [frame.to_ndarray() for frame in sound.decode(audio=0)]
        return np.concatenate(frames, axis=1)[0].astype(np.float64), sound.streams.audio[0].rate


def stills(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.float32)


def test_the_same_media_come_out_of_a_second_run(media: Path, tmp_path: Path, make_media: Callable[..., None]) -> None:
    parts = ("shop", "photos", "sounds", "papers", "queries")
    make_media(tmp_path, *parts)
    second = hashes(tmp_path)
    first = {name: value for name, value in hashes(media).items() if name in second}
    assert first == second
    assert {Path(name).parts[0] for name in second} == {"shop", "archive", "queries"}


def test_the_feed_is_read_row_by_row_with_all_its_pictures(media: Path) -> None:
    products = list(read_feed(media / "shop" / "feed.jsonl"))
    assert all(isinstance(product, Product) for product in products)
    named = [path for product in products if isinstance(product, Product) for path in product.media]
    assert len(products) >= 24
    assert sorted(named) == sorted((media / "shop" / "pictures").iterdir())


def test_a_product_has_title_description_price_category_and_colour(media: Path) -> None:
    rows = [json.loads(line) for line in (media / "shop" / "feed.jsonl").read_text(encoding="utf-8").splitlines()]
    mug = next(row for row in rows if row["id"] == "mug-blue")
    assert mug == {
        "id": "mug-blue",
        "title": "Blue coffee mug",
        "description": "A stoneware mug for coffee or tea, 300 ml. Safe in the dishwasher.",
        "category": "Kitchen",
        "price": 9.5,
        "colour": "blue",
        "pictures": ["pictures/mug-blue-1.jpg", "pictures/mug-blue-2.jpg"],
    }
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("name", "strongest"), [("shirt-red-1", 0), ("tote-green-1", 1), ("mug-blue-1", 2), ("sneaker-blue-2", 2)]
)
def test_a_product_picture_shows_a_thing_of_its_colour_on_a_pale_ground(media: Path, name: str, strongest: int) -> None:
    picture = pixels(media / "shop" / "pictures" / f"{name}.jpg")
    assert picture.shape == (480, 480, 3)
    assert picture[:8, :8].mean() > 190
    vivid = picture[np.ptp(picture, axis=2) > 60]
    assert len(vivid) > 0.05 * 480 * 480
    assert vivid.mean(axis=0).argmax() == strongest


def test_every_picture_is_decodable_and_no_two_are_alike(media: Path) -> None:
    paths = sorted(media.rglob("*.jpg"))
    small = [np.asarray(Image.open(path).convert("RGB").resize((16, 16)), dtype=np.float32) for path in paths]
    closest = min(np.abs(a - b).mean() for i, a in enumerate(small) for b in small[:i])
    assert len(paths) >= 36
    assert closest > 1


def test_the_kitchen_timer_beeps_at_its_pitch(media: Path) -> None:
    wave, rate = heard(media / "archive" / "sounds" / "kitchen-timer.flac")
    spectrum = np.abs(np.fft.rfft(wave))
    assert np.fft.rfftfreq(wave.size, 1 / rate)[spectrum.argmax()] == pytest.approx(2050, abs=15)


def test_every_sound_and_note_can_be_heard(media: Path) -> None:
    paths = [*sorted((media / "archive").rglob("*.flac")), *sorted((media / "archive" / "notes").iterdir())]
    assert len(paths) >= 9
    for path in paths:
        wave, rate = heard(path)
        assert 4 <= wave.size / rate <= 20, path
        assert np.abs(wave).max() > 0.1 * (32767 if np.abs(wave).max() > 1 else 1), path


def test_the_film_has_four_shots_and_a_sound_track_of_the_same_length(media: Path) -> None:
    path = next((media / "archive" / "films").iterdir())
    frames = list(stills(path))
    wave, rate = heard(path)
    assert frames[0].shape == (270, 480, 3)
    assert 15 <= len(frames) / 10 <= 25
    assert wave.size / rate == pytest.approx(len(frames) / 10, abs=0.1)
    changes = [np.abs(a - b).mean() for a, b in itertools.pairwise(frames)]
    assert sum(change > 15 for change in changes) == 3


def test_the_examples_are_none_of_the_things_searched(media: Path) -> None:
    asked = set(hashes(media / "queries").values())
    there = set(hashes(media / "archive").values()) | set(hashes(media / "shop").values())
    assert len(asked) == 4
    assert not asked & there


def test_the_recorded_speech_stays_small() -> None:
    recorded = Path(__file__).resolve().parents[2] / "examples" / "media"
    assert sum(path.stat().st_size for path in recorded.rglob("*.ogg")) < 300_000
