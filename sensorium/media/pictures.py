"""Pictures of every common format, upright, in sRGB and scaled down."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from sensorium.errors import MediaError

from .camera import camera_attributes, orientation
from .decoded import Picture
from .images import image_of
from .opening import MissingDecoder, check_file, check_pixels, read_head
from .signatures import mime_of

if TYPE_CHECKING:
    from sensorium.types import Pixels

    from .decoded import Limits

_FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "AVIF"]
_SIDEWAYS = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets pictures of each EXIF orientation upright."""
_DAMAGE = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, KeyError, struct.error, zlib.error),
    RuntimeError,  # libavif and libheif
)
"""What Pillow's decoders raise for broken files."""
_LEADING = 24
"""Frames of an animation that are looked at for one that shows something."""
_ONE_COLOUR = 8
"""Differences within a frame of one colour, as compression leaves them."""
_WHITE = (255, 255, 255, 255)


def decode_picture(path: Path, limits: Limits, *, shorter_px: int) -> Picture:
    """The picture, its shorter side from `shorter_px` to less than twice as long; never scaled up.

    Transparency lies on white. Of an animation, the first frame is given that is not of one colour: the first is what
    is shown of it where nothing moves, but many fade in from black or white. Raises `MediaError` for files that are
    damaged, cut off, too large or no picture, and its child `MissingDecoder` for HEIC without pillow-heif.
    """
    check_file(path, max_bytes=limits.max_bytes)
    with opened_picture(path, limits) as image:
        return _picture(image, shorter_px)


@contextmanager
def opened_picture(path: Path, limits: Limits) -> Iterator[Image.Image]:
    """The picture behind its header, not yet decoded. Errors of decoding inside the block become `MediaError`."""
    formats = [*_FORMATS, "HEIF"] if _needs_heif(path) else _FORMATS
    try:
        with _pixel_limit(limits.max_pixels), Image.open(path, formats=formats) as image:
            check_pixels(path, *image.size, limits.max_pixels)
            yield image
    except Image.DecompressionBombError as error:
        raise MediaError(
            f"{path} has more than {limits.max_pixels / 1e6:g} million pixels. "
            "Raise SENSORIUM_MAX_MEGAPIXELS to read it."
        ) from error
    except UnidentifiedImageError as error:
        raise MediaError(f"{path} is not a picture that can be read, or its header is damaged.") from error
    except _DAMAGE as error:
        raise MediaError(f"{path} is damaged or cut off and cannot be decoded as a picture: {error}.") from error


def encode_thumbnail(picture: Pixels | Image.Image, *, longer_px: int = 384) -> bytes:
    """A JPEG file of the picture, its longer side about `longer_px` pixels long, and at most a third more.

    WebP would be a third smaller and take ten milliseconds, more than all the rest of reading a small picture; JPEG
    takes a quarter of one, less than it takes to scale what is nearly small enough.
    """
    image = image_of(picture)
    if 3 * max(image.size) > 4 * longer_px:
        image = image.copy() if image is picture else image  # scaled in place, and it may be wanted by others
        image.thumbnail((longer_px, longer_px), Image.Resampling.BICUBIC, reducing_gap=2.0)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def on_white(image: Image.Image) -> Image.Image:
    """The picture in 8 bits, as RGB, grey or CMYK, without transparency."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _eight_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image).convert("RGB")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def scaled_size(width: int, height: int, shorter_px: int) -> tuple[int, int]:
    """Width and height once the shorter side is scaled down to `shorter_px`; unchanged when it is no longer."""
    scale = min(1.0, shorter_px / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _picture(image: Image.Image, shorter_px: int) -> Picture:
    width, height = image.size
    attributes: dict[str, Any] = {**camera_attributes(image), **_further(image)}
    profile = image.info.get("icc_profile")
    image.draft(None, scaled_size(width, height, shorter_px))  # JPEG only: decodes at 1/2, 1/4 or 1/8 of its size
    image.load()
    turn = orientation(image)  # asked for after loading, at which Pillow sets TIFF files upright by itself
    flat = _flattened(image, shorter_px)
    if "animated" in attributes:
        flat = _first_with_something(image, flat, shorter_px)
    upright = _to_srgb(flat, profile)
    if turn in _TURNS:
        upright = upright.transpose(_TURNS[turn])
    if turn in _SIDEWAYS:
        width, height = height, width
    return Picture(np.asarray(upright), width, height, attributes)


def _further(image: Image.Image) -> dict[str, Any]:
    """What a file holds beside the picture that is shown: further frames or, of a TIFF, `pages`."""
    frames = getattr(image, "n_frames", 1)
    if frames == 1 or image.format == "MPO":  # an MPO is one photo and its previews
        return {}
    return {"pages": frames} if image.format == "TIFF" else {"animated": True}


def _flattened(image: Image.Image, shorter_px: int) -> Image.Image:
    flat = on_white(image)
    factor = min(flat.size) // shorter_px
    # By a whole number: what needs an exact size scales once more, and scaling twice blurs.
    return flat.reduce(factor) if factor > 1 else flat


def _first_with_something(image: Image.Image, first: Image.Image, shorter_px: int) -> Image.Image:
    """The first of the leading frames that is not of one colour; the very first where all are."""
    first = first.copy()  # it may be the very object whose pixels `seek` exchanges
    if _shows_something(first):
        return first
    for number in range(1, min(getattr(image, "n_frames", 1), _LEADING)):
        image.seek(number)
        image.load()
        frame = _flattened(image, shorter_px)
        if _shows_something(frame):
            return frame.copy()
    return first


def _shows_something(image: Image.Image) -> bool:
    ranges: list[tuple[int, int]] = [band.getextrema() for band in image.split()]  # type: ignore[misc]  # 8-bit bands
    return any(high - low > _ONE_COLOUR for low, high in ranges)


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit grey keeps its upper half, unless the lower 12 bits are all that is used, as cameras and scanners do.

    Integer and floating point grey, whose range no header tells, is stretched, unless it is one of the usual two: 0 to
    255, and of fractions 0 to 1.
    """
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((values >> (4 if values.max() < 1 << 12 else 8)).astype(np.uint8))
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high <= 1 and image.mode == "F":
        return Image.fromarray((finite * 255).astype(np.uint8))
    if low < 0 or high > 255:
        finite = (finite - low) * (255 / max(high - low, 1e-9))
    return Image.fromarray(finite.astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and not _is_srgb(profile):
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # a broken or alien profile counts as none
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
    return image.convert("RGB")


def _is_srgb(profile: bytes) -> bool:
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def _needs_heif(path: Path) -> bool:
    if mime_of(read_head(path, 256)) != "image/heic":
        return False
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        raise MissingDecoder("pillow-heif", "heic", f"{path}, a HEIC photo,") from None
    register_heif_opener()
    return True


@contextmanager
def _pixel_limit(max_pixels: int) -> Iterator[None]:
    """Pillow's own limit is fixed; within the block it is ours."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures, of odd EXIF and TIFF tags
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before
