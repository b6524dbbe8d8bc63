"""Pictures known again."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from sensorium.fingerprints.pictures import (
    NEAR,
    NEAR_BITS,
    SAME,
    PicturePrint,
    likeness,
    near_duplicates,
    nearest,
    picture_print,
)  # fmt: skip


def drawing(seed, size=(480, 360)):
    """Discs and bars of random colours on a gradient."""
    rng = np.random.default_rng(seed)
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y = rng.integers(0, size[0]), rng.integers(0, size[1])
        w, h = rng.integers(20, 160, 2)
        shape = pen.ellipse if rng.random() < 0.5 else pen.rectangle
        shape((x, y, x + w, y + h), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return image.filter(ImageFilter.GaussianBlur(1))


def printed(image):
    return picture_print(np.asarray(image.convert("RGB")))


def jpeg(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file)


COPIES = {
    "compressed": lambda image: jpeg(image, 30),
    "smaller": lambda image: image.resize((160, 120)),
    "larger": lambda image: image.resize((960, 720)),
    "smaller and compressed": lambda image: jpeg(image.resize((200, 150)), 60),
    "another shape": lambda image: image.resize((480, 400)),
}


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("seed", range(5))
def test_a_copy_is_the_same_picture(copy, seed):
    original = drawing(seed)
    assert likeness(printed(original), printed(COPIES[copy](original))) >= SAME


def test_other_pictures_are_not_even_near():
    prints = [printed(drawing(seed)) for seed in range(20)]
    likest = max(likeness(a, b) for i, a in enumerate(prints) for b in prints[:i])
    assert likest < NEAR


def test_another_colour_is_another_picture():
    original = drawing(1)
    red, green, blue = original.split()
    assert likeness(printed(original), printed(Image.merge("RGB", (green, blue, red)))) < NEAR


def test_flat_pictures_are_told_apart_by_their_colour():
    white, grey, red = (printed(Image.new("RGB", (64, 64), colour)) for colour in ("white", "#999", "red"))
    assert white.bits == grey.bits == red.bits == 0
    assert max(likeness(white, grey), likeness(white, red), likeness(grey, red)) < NEAR
    assert likeness(white, printed(Image.new("RGB", (300, 20), "white"))) == 1


def test_noise_on_a_flat_picture_sets_no_bits():
    pixels = np.random.default_rng(0).integers(250, 256, (256, 256, 3)).astype(np.uint8)
    assert picture_print(pixels).bits == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2), (5000, 2)])
def test_odd_sizes_have_prints(size):
    assert len(printed(drawing(1, size) if min(size) > 1 else Image.new("RGB", size)).pack()) == 200


def test_a_packed_print_unpacks_to_itself():
    one = printed(drawing(2))
    again = PicturePrint.unpack(one.pack())
    assert again.bits == one.bits
    np.testing.assert_array_equal(again.cells, one.cells)


def test_the_nearest_bits_are_those_a_slow_count_finds():
    bits = np.random.default_rng(0).integers(0, 1 << 64, 3000, np.uint64)
    bits[7], bits[9] = bits[5] ^ np.uint64(0b111), bits[5]
    differing = [(int(other) ^ int(bits[5])).bit_count() for other in bits]
    expected = sorted((d, place) for place, d in enumerate(differing) if d <= NEAR_BITS)
    assert nearest(bits, int(bits[5])).tolist() == [place for _, place in expected]
    assert expected[:3] == [(0, 5), (0, 9), (3, 7)]


def test_near_duplicates_are_grouped_under_the_first_of_them():
    one, two = drawing(1), drawing(2)
    pictures = [one, two, jpeg(one, 50), drawing(3), two.resize((100, 75)), one.resize((200, 150))]
    assert near_duplicates([printed(picture) for picture in pictures]) == [0, 1, 0, 3, 1, 0]
    assert near_duplicates([]) == []
