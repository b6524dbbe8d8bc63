"""Encodes a batch of prepared items: every distinct content once, and none that the catalogue has the vector of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.models.model_set import ModelSet
from sensorium.types import PICTURE_CHANNELS, Channel, Space

from .segment import Prepared

if TYPE_CHECKING:
    from sensorium.library import LibraryWriter
    from sensorium.types import Matrix, Pixels


@dataclass(frozen=True, slots=True)
class Encoded:
    """New vectors of one space: row i of `vectors`, float32[n, space.dimension], belongs to `keys[i]`."""

    space: Space
    keys: tuple[str, ...]
    vectors: Matrix


def encode(batch: Sequence[Prepared], models: ModelSet, writer: LibraryWriter) -> list[Encoded]:
    """The vectors that the batch's segments lack."""
    pixels = {key: picture for prepared in batch for key, picture in prepared.pixels.items()}
    texts = {
        segment.key: segment.text
        for prepared in batch
        for segment in prepared.draft.segments
        if segment.channel not in PICTURE_CHANNELS and segment.text
    }
    return [*_encode_pictures(pixels, models, writer), *_encode_texts(texts, models, writer)]


def _encode_pictures(pixels: dict[str, Pixels], models: ModelSet, writer: LibraryWriter) -> list[Encoded]:
    if not pixels:
        return []
    space = models.pictures.space
    keys = _missing(writer, space, pixels)
    return [Encoded(space, keys, models.pictures.encode_pictures([pixels[key] for key in keys]))] if keys else []


def _encode_texts(texts: dict[str, str], models: ModelSet, writer: LibraryWriter) -> list[Encoded]:
    done = []
    for space in models.spaces_for(Channel.TEXT) if texts else ():
        keys = _missing(writer, space, texts)
        if keys:
            encoder = models.text_encoder_for(space)
            done.append(Encoded(space, keys, encoder.encode_texts([texts[key] for key in keys])))
    return done


def _missing(writer: LibraryWriter, space: Space, wanted: dict[str, str] | dict[str, Pixels]) -> tuple[str, ...]:
    held = writer.keys_with_vectors(space, tuple(wanted))
    return tuple(key for key in wanted if key not in held)
