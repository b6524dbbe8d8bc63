"""Step 1: decode the pictures into one flat file and encode every wording with the locked text model."""

from __future__ import annotations

import io
import logging
import tarfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.config import Settings
from training.pairs import Pair, read_pairs
from training.textspace import encode_texts
from training.tflite_graph import convert

log = logging.getLogger(__name__)
LONGEST_RATIO = 2  # sides; banners beyond it are centre-cropped, since a squashed banner teaches nothing


def prepare(settings: Settings) -> None:
    """Write pictures, texts and the second teacher into the work folder, as far as they are not there."""
    work = settings.paths.work
    work.mkdir(parents=True, exist_ok=True)
    pairs = read_pairs(settings.paths.pools)
    if not (work / "pictures-index.npz").exists():
        _decode_all(settings, pairs)
    if not (work / "texts.npz").exists():
        encode_texts(work, pairs)
    if settings.teach.teachers > 1 and not settings.paths.second_backbone.exists():
        convert(settings.paths.quantised, settings.paths.second_backbone)


def _decode_all(settings: Settings, pairs: list[Pair]) -> None:
    pools, work = settings.paths.pools, settings.paths.work
    shards = sorted({pair.shard for pair in pairs})
    with get_context("spawn").Pool(settings.teach.processes) as pool:
        sizes_by_key: dict[str, tuple[int, int]] = {}
        for found in pool.imap_unordered(_measure_shard, [pools / shard for shard in shards]):
            sizes_by_key.update(found)
        sizes = np.array([sizes_by_key[pair.key] for pair in pairs], dtype=np.int32)
        lengths = sizes.astype(np.int64).prod(axis=1) * 3
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        np.memmap(work / "pictures.bin", dtype=np.uint8, mode="w+", shape=(int(lengths.sum()),)).flush()
        jobs = [(pools / shard, work / "pictures.bin", _places(pairs, offsets, shard)) for shard in shards]
        for name in pool.imap_unordered(_decode_shard, jobs):
            log.info("decoded %s", name)
    np.savez(work / "pictures-index.npz", offsets=offsets, sizes=sizes)


def _places(pairs: list[Pair], offsets: NDArray[np.int64], shard: str) -> dict[str, int]:
    return {pair.key: int(offset) for pair, offset in zip(pairs, offsets, strict=True) if pair.shard == shard}


def _measure_shard(shard: Path) -> dict[str, tuple[int, int]]:
    """Height and width of each picture after the crop; only headers are read."""
    found = {}
    with tarfile.open(shard) as tar:
        for member in tar:
            with Image.open(_read(tar, member)) as image:
                left, top, right, bottom = _kept(*image.size)
            found[Path(member.name).stem] = (bottom - top, right - left)
    return found


def _decode_shard(job: tuple[Path, Path, dict[str, int]]) -> str:
    shard, flat_path, places = job
    flat = np.memmap(flat_path, dtype=np.uint8, mode="r+")
    with tarfile.open(shard) as tar:
        for member in tar:
            with Image.open(_read(tar, member)) as image:
                pixels = np.asarray(image.convert("RGB").crop(_kept(*image.size)))
            start = places[Path(member.name).stem]
            flat[start : start + pixels.size] = pixels.reshape(-1)
    flat.flush()
    return shard.name


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> io.BytesIO:
    content = tar.extractfile(member)
    if content is None:
        raise ValueError(f"{member.name} in its shard is not a file")
    return io.BytesIO(content.read())


def _kept(width: int, height: int) -> tuple[int, int, int, int]:
    """The centre box of at most 2:1."""
    kept_width = min(width, LONGEST_RATIO * height)
    kept_height = min(height, LONGEST_RATIO * width)
    left, top = (width - kept_width) // 2, (height - kept_height) // 2
    return left, top, left + kept_width, top + kept_height
