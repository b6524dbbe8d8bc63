import numpy as np
import pytest

from sensorium.models.profiles import load_models
from sensorium.models.remembered import CHECKED, Remembered
from sensorium.settings import Settings
from sensorium.types import Space

SPACES = (Space("words", 3, "w3ights"), Space("looks", 2, "w3ights"))


class Encoder:
    """Writes number n as a row that only n has, and counts."""

    def __init__(self, turn=0.0):
        self.turn = turn
        self.encoded = 0

    def __call__(self, numbers):
        self.encoded += len(numbers)
        angles = np.array(numbers)[:, None] + np.arange(5) + self.turn
        return np.cos(angles).astype(np.float32)


def rows(folder, encode, count=50, *, spaces=SPACES):
    remembered = Remembered(folder)
    return remembered.rows("numbers", spaces, count, draw=lambda many: list(range(many)), encode=encode)


def test_what_was_computed_is_not_computed_again(tmp_path):
    first, second = Encoder(), Encoder()
    made, held = rows(tmp_path, first), rows(tmp_path, second)
    np.testing.assert_allclose(held, made, atol=1e-3)
    assert held.dtype == np.float32
    assert (first.encoded, second.encoded) == (50, CHECKED)


def test_without_a_folder_everything_is_computed():
    encode = Encoder()
    rows(None, encode)
    rows(None, encode)
    assert encode.encoded == 100


def test_rows_of_an_encoder_that_has_changed_under_its_name_are_not_believed(tmp_path):
    rows(tmp_path, Encoder())
    changed = Encoder(turn=0.5)
    np.testing.assert_array_equal(rows(tmp_path, changed), Encoder(turn=0.5)(range(50)))
    np.testing.assert_allclose(rows(tmp_path, Encoder(turn=0.5)), changed(range(50)), atol=1e-3)


def test_other_weights_and_other_counts_have_rows_of_their_own(tmp_path):
    rows(tmp_path, Encoder())
    for count, spaces in ((20, SPACES), (50, (SPACES[0], Space("looks", 2, "other")))):
        encode = Encoder()
        assert rows(tmp_path, encode, count, spaces=spaces).shape == (count, 5)
        assert encode.encoded == count


HEADER = b"\x93NUMPY\x01\x00\x76\x00"


@pytest.mark.parametrize(
    "damage",
    [b"", HEADER[:8], HEADER + b"{'descr': ('<f2', 'shape'\n".rjust(118), b"PK\x05\x06" + bytes(18), b"no numbers"],
)
def test_a_damaged_file_is_computed_anew(tmp_path, damage):
    rows(tmp_path, Encoder())
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    encode = Encoder()
    assert rows(tmp_path, encode).shape == (50, 5)
    rows(tmp_path, encode)
    assert encode.encoded == 50 + CHECKED


def test_a_folder_that_cannot_be_written_to_costs_time_only(tmp_path):
    (tmp_path / "file").write_text("no folder")
    encode = Encoder()
    rows(tmp_path / "file" / "below", encode)
    rows(tmp_path / "file" / "below", encode)
    assert encode.encoded == 100


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path):
    rows(tmp_path, Encoder())
    (file,) = tmp_path.iterdir()
    file.unlink()
    (file / "below").mkdir(parents=True)
    rows(tmp_path, Encoder())
    assert list(tmp_path.iterdir()) == [file]


def test_a_user_without_a_home_has_models_too(monkeypatch):
    pwd = pytest.importorskip("pwd")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def nobody(number):
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    encode = Encoder()
    models = load_models(Settings(), "starter")
    models.remembered.rows("numbers", SPACES, 50, draw=lambda many: list(range(many)), encode=encode)
    assert encode.encoded == 50


def test_the_settings_name_the_folder(tmp_path):
    models = load_models(Settings(cache_folder=tmp_path / "kept"), "starter")
    models.remembered.rows("numbers", SPACES, 50, draw=lambda many: list(range(many)), encode=Encoder())
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".npy"]
