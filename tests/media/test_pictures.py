from __future__ import annotations

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from sensorium.errors import MediaError
from sensorium.media.decoded import Limits
from sensorium.media.pictures import decode_picture, encode_thumbnail

# For every orientation: how to store an upright picture so that a reader who honours it sees it upright again.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_comes_out_upright(tmp_path, limits, make, orientation, suffix):
    turn = STORED[orientation]
    image = make.quarters() if turn is None else make.quarters().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo.{suffix}"
    image.save(path, exif=exif)

    picture = decode_picture(path, limits, shorter_px=40)

    assert (picture.width, picture.height) == (120, 80)
    assert picture.pixels.shape == (40, 60, 3)
    make.assert_colours(make.corners(picture.pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW])


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "tiff", "bmp", "avif"])
def test_every_format_keeps_its_colours(tmp_path, limits, make, suffix):
    path = tmp_path / f"photo.{suffix}"
    make.quarters().save(path)
    pixels = decode_picture(path, limits, shorter_px=80).pixels
    assert pixels.dtype == np.uint8
    make.assert_colours(make.corners(pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW])


def test_heic_is_read_where_its_package_is_installed(tmp_path, limits, make):
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra heic is not installed")
    path = tmp_path / "photo.heic"
    pillow_heif.from_pillow(make.quarters(128, 64)).save(path)
    picture = decode_picture(path, limits, shorter_px=64)
    assert (picture.width, picture.height) == (128, 64)
    make.assert_colours(make.corners(picture.pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW])


def test_a_large_jpeg_is_decoded_at_a_part_of_its_size(tmp_path, limits, make):
    path = tmp_path / "large.jpg"
    make.quarters(3000, 2000).save(path)
    picture = decode_picture(path, limits, shorter_px=100)
    assert (picture.width, picture.height) == (3000, 2000)
    assert picture.pixels.shape == (125, 188, 3)  # an eighth: what follows scales exactly, and twice would blur
    make.assert_colours(make.corners(picture.pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW])


def test_decoding_at_a_part_of_the_size_is_what_makes_large_photos_fast(tmp_path, limits):
    path = tmp_path / "large.jpg"
    noise = np.random.default_rng(0).integers(0, 255, (300, 450, 3), np.uint8)
    Image.fromarray(noise).resize((4500, 3000), Image.Resampling.BILINEAR).save(path)

    def seconds(shorter_px):
        begun = time.thread_time()
        decode_picture(path, limits, shorter_px=shorter_px)
        return time.thread_time() - begun

    assert min(seconds(300) for _ in range(3)) < 0.5 * min(seconds(3000) for _ in range(2))


def test_a_small_picture_is_not_enlarged(tmp_path, limits):
    path = tmp_path / "small.png"
    Image.new("RGB", (7, 5), (1, 2, 3)).save(path)
    assert decode_picture(path, limits, shorter_px=100).pixels.shape == (5, 7, 3)


def test_a_very_long_picture_keeps_one_pixel_of_its_shorter_side(tmp_path, limits):
    path = tmp_path / "line.png"
    Image.new("RGB", (5000, 2), (9, 9, 9)).save(path)
    assert decode_picture(path, limits, shorter_px=1).pixels.shape == (1, 2500, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_lies_on_white(tmp_path, limits, mode):
    image = Image.new("RGBA", (40, 20), (100, 100, 100, 255))
    image.paste((0, 0, 0, 0), (0, 0, 20, 20))
    path = tmp_path / "cut-out.png"
    (image.quantize() if mode == "P" else image.convert(mode)).save(path)
    pixels = decode_picture(path, limits, shorter_px=20).pixels
    assert tuple(pixels[10, 10]) == (255, 255, 255)
    assert tuple(pixels[10, 30]) == (100, 100, 100)


def test_half_transparent_red_on_white_is_pink(tmp_path, limits):
    path = tmp_path / "veil.webp"
    Image.new("RGBA", (16, 16), (255, 0, 0, 128)).save(path, lossless=True)
    assert tuple(decode_picture(path, limits, shorter_px=16).pixels[8, 8]) == (255, 127, 127)


def test_sixteen_bit_grey_keeps_its_upper_half(tmp_path, limits):
    path = tmp_path / "scan.png"
    Image.fromarray(np.full((8, 8), 0x80FF, np.uint16)).save(path)
    assert tuple(decode_picture(path, limits, shorter_px=8).pixels[4, 4]) == (0x80, 0x80, 0x80)


def test_floating_point_grey_is_stretched(tmp_path, limits):
    path = tmp_path / "heights.tiff"
    Image.fromarray(np.array([[-1000.0, 0.0], [500.0, 1000.0]], np.float32)).save(path)
    grey = decode_picture(path, limits, shorter_px=2).pixels[..., 0]
    assert grey.tolist() == [[0, 127], [191, 255]]


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_twelve_bits_in_sixteen_are_not_black(tmp_path, limits, suffix):
    path = tmp_path / f"scan.{suffix}"
    Image.fromarray(np.array([[0, 0x0800], [0x0400, 0x0FFF]], np.uint16)).save(path)
    assert decode_picture(path, limits, shorter_px=2).pixels[..., 0].tolist() == [[0, 0x80], [0x40, 0xFF]]


@pytest.mark.parametrize(("colour_type", "values", "seen"), [
    (2, (0x8000, 0x4000, 0xFFFF), (0x80, 0x40, 0xFF)),
    (6, (0x8000, 0x4000, 0xFFFF, 0xFFFF), (0x80, 0x40, 0xFF)),
    (6, (0x0000, 0x0000, 0x0000, 0x8000), (0x7F, 0x7F, 0x7F)),
    (4, (0x8000, 0xFFFF), (0x80, 0x80, 0x80)),
])  # fmt: skip
def test_sixteen_bits_of_every_kind_keep_their_upper_half(tmp_path, limits, colour_type, values, seen):
    path = tmp_path / "deep.png"
    path.write_bytes(deep_png(colour_type, values))
    assert tuple(decode_picture(path, limits, shorter_px=8).pixels[4, 4]) == seen


def test_fractions_are_light_and_one_shade_is_no_error(tmp_path, limits):
    Image.fromarray(np.array([[0.0, 0.5], [0.25, 1.0]], np.float32)).save(tmp_path / "light.tiff")
    grey = decode_picture(tmp_path / "light.tiff", limits, shorter_px=2).pixels[..., 0]
    assert grey.tolist() == [[0, 127], [63, 255]]
    Image.new("I", (4, 4), 70_000).save(tmp_path / "flat.tiff")
    assert decode_picture(tmp_path / "flat.tiff", limits, shorter_px=4).pixels.max() == 0


@pytest.mark.parametrize("mode", ["P", "1", "LAB", "YCbCr", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, limits, mode):
    path = tmp_path / "photo.tiff"
    Image.new("RGB", (16, 16), "white").convert("RGB" if mode == "LAB" else mode).save(path)
    if mode == "LAB":
        Image.new("LAB", (16, 16), (255, 128, 128)).save(path)
    pixels = decode_picture(path, limits, shorter_px=16).pixels
    assert pixels.shape == (16, 16, 3)
    assert pixels.min() >= 250


def test_cmyk_becomes_rgb(tmp_path, limits):
    path = tmp_path / "print.jpg"
    Image.new("CMYK", (32, 32), (0, 255, 255, 0)).save(path, quality=95)
    red, green, blue = decode_picture(path, limits, shorter_px=32).pixels[16, 16]
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_profile_other_than_srgb_is_honoured(tmp_path, limits):
    # In this profile the numbers are light itself: half the light is a grey of 188 in sRGB.
    path = tmp_path / "linear.png"
    Image.new("RGB", (8, 8), (128, 128, 128)).save(path, icc_profile=linear_profile())
    assert decode_picture(path, limits, shorter_px=8).pixels[4, 4].tolist() == pytest.approx([188] * 3, abs=2)


def test_a_broken_profile_counts_as_none(tmp_path, limits):
    path = tmp_path / "odd.png"
    Image.new("RGB", (8, 8), (10, 20, 30)).save(path, icc_profile=b"no profile at all")
    assert decode_picture(path, limits, shorter_px=8).pixels[4, 4].tolist() == [10, 20, 30]


def test_of_an_animation_that_fades_in_the_first_frame_that_shows_something_is_given(tmp_path, limits, make):
    path = tmp_path / "moving.webp"
    blank, second = Image.new("RGB", (120, 80), "white"), make.quarters()
    blank.save(path, save_all=True, append_images=[blank, second, blank], lossless=True, duration=[40, 50, 60, 70])
    pixels = decode_picture(path, limits, shorter_px=80).pixels
    make.assert_colours(make.corners(pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW])


def test_the_pages_of_a_tiff_are_no_animation(tmp_path, limits, make):
    path = tmp_path / "fax.tiff"
    make.quarters().save(path, save_all=True, append_images=[make.quarters()] * 2)
    picture = decode_picture(path, limits, shorter_px=80)
    assert picture.attributes == {"pages": 3}
    make.assert_colours(make.corners(picture.pixels), [make.RED, make.GREEN, make.BLUE, make.YELLOW])


def test_of_an_animation_the_first_frame_is_shown(tmp_path, limits, make):
    path = tmp_path / "moving.webp"
    first, second = (Image.new("RGB", (16, 16), colour) for colour in (make.RED, make.BLUE))
    first.save(path, save_all=True, append_images=[second], lossless=True)
    picture = decode_picture(path, limits, shorter_px=16)
    assert picture.attributes == {"animated": True}
    assert tuple(picture.pixels[8, 8]) == make.RED


def test_a_picture_bomb_is_refused_by_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(path)
    assert path.stat().st_size < 200_000
    with pytest.raises(MediaError, match=r"more than 20 million pixels|at most 20 million are decoded"):
        decode_picture(path, Limits(1 << 30, 20_000_000, 60.0), shorter_px=64)


def test_a_picture_above_the_limit_is_refused_and_one_at_it_is_read(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (100, 100)).save(path)
    with pytest.raises(MediaError, match=r"100 × 100 pixels; at most 0.009999 million are decoded. Raise"):
        decode_picture(path, Limits(1 << 30, 9_999, 60.0), shorter_px=64)
    assert decode_picture(path, Limits(1 << 30, 10_000, 60.0), shorter_px=64).width == 100


def test_pillows_own_limit_is_left_as_it_was(tmp_path, limits):
    before = Image.MAX_IMAGE_PIXELS
    path = tmp_path / "photo.png"
    Image.new("RGB", (4, 4)).save(path)
    decode_picture(path, limits, shorter_px=4)
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_thumbnail_is_a_small_jpeg(make):
    thumbnail = Image.open(io.BytesIO(encode_thumbnail(np.asarray(make.quarters(1200, 800)), longer_px=300)))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (300, 200))
    make.assert_colours(
        make.corners(np.asarray(thumbnail.convert("RGB"))), [make.RED, make.GREEN, make.BLUE, make.YELLOW]
    )


def deep_png(colour_type, values, side=8):
    """A PNG of one colour with 16 bits a channel, which Pillow can read and not write."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = b"\0" + struct.pack(f">{len(values) * side}H", *values * side)
    header = struct.pack(">IIBBBBB", side, side, 16, colour_type, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * side)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def linear_profile():
    """sRGB's profile with its three tone curves replaced by straight lines."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(int.from_bytes(profile[128:132], "big")):
        at = 132 + 12 * entry
        if profile[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            offset = int.from_bytes(profile[at + 4 : at + 8], "big")
            profile[at + 8 : at + 12] = (12).to_bytes(4, "big")
            profile[offset : offset + 12] = b"curv" + bytes(8)
    return bytes(profile.replace(b"sRGB", b"line").replace("sRGB".encode("utf-16-be"), "line".encode("utf-16-be")))


@pytest.mark.parametrize(
    ("size", "expected"), [((300, 200), (300, 200)), ((500, 375), (500, 375)), ((1000, 500), (384, 192))]
)
def test_a_thumbnail_is_scaled_only_where_that_saves_much(size, expected):
    thumbnail = encode_thumbnail(np.asarray(Image.new("RGB", size, (200, 20, 20))))
    with Image.open(io.BytesIO(thumbnail)) as image:
        assert (image.format, image.size) == ("JPEG", expected)
        assert np.abs(np.asarray(image).astype(int) - (200, 20, 20)).max() < 8


def test_a_thumbnail_is_the_same_of_an_array_and_of_an_image_which_it_leaves_as_it_was(make):
    image = make.quarters(1200, 800)
    before = image.tobytes()
    assert encode_thumbnail(image, longer_px=300) == encode_thumbnail(np.asarray(image), longer_px=300)
    assert (image.size, image.tobytes()) == ((1200, 800), before)
