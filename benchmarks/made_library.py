"""Makes a library as large as wanted out of a small real one, for `benchmarks/million.py`; it is kept and made once.

Vectors are those of the real library's passages, each moved by the difference of two others (`made_vectors.py`); texts
are stretches of its passages, so that words are as frequent as they are, and the common ones as common. An item has one
to three passages that stood one after the other, a name with a code in it, a medium, and attributes: `price` and `date`
by chance, `brand` with a long tail, and `distance`, the rank of its likeness to one vector: filters by chance and
filters that go with what is looked for.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import track

from benchmarks.made_vectors import perturbed
from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.library import Library
from sensorium.models.model_set import ModelSet, Recipe
from sensorium.models.protocols import TextEncoder
from sensorium.search import calibrate
from sensorium.types import Channel, Kind, Space

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels

HIGHEST = 100_000
"""Prices in cents and distances run from 0 to below this, evenly."""
WORDS_AT_MOST = 30
AT_ONCE = 4096
_REAL, _FACTS, _VECTORS, _OF_SEGMENTS = "real.npz", "made.json", "vectors.npy", "segments.npz"


@dataclass(frozen=True, slots=True)
class Real:
    """What is taken from a real library: passages with their vectors in order, and names with theirs, to ask with."""

    texts: Sequence[str]
    vectors: Matrix
    names: Sequence[str]
    asked: Matrix


def real_of(folder: Path, library: Path | None) -> Real:
    """What `folder` keeps of a real library; read from `library` the first time."""
    kept = folder / _REAL
    if library is not None and not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        real = _read(library)
        texts = {"texts": np.array(real.texts), "names": np.array(real.names)}
        np.savez(kept, vectors=real.vectors, asked=real.asked, **texts)
    if not kept.is_file():
        raise SystemExit(f"{folder} keeps nothing of a real library yet: name one with --real.")
    with np.load(kept) as held:
        return Real(held["texts"].tolist(), held["vectors"], held["names"].tolist(), held["asked"])


def _read(folder: Path) -> Real:
    """Passages and names of a library, with their vectors in its first space."""
    library = Library.open(folder)
    held = library.spaces_held()[0]
    space = Space(held.name, held.dimension, held.checksum)
    found = {}
    for channel in (Channel.TEXT, Channel.NAME):
        ids, vectors = library.vectors(space, channel)
        segments = library.segments(ids.tolist())
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        found[channel] = [segments[i].text or "" for i in ids.tolist()], vectors.astype(np.float32)
    library.close()
    return Real(*found[Channel.TEXT], *found[Channel.NAME])


class Given:
    """An encoder that encodes nothing: a name has its own vector, other words have that of some name."""

    input_px = 64
    view = None

    def __init__(self, real: Real) -> None:
        self.space = Space("made", real.asked.shape[1], "made")
        self._asked = real.asked
        self._known = {name: place for place, name in enumerate(real.names)}

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        return self._asked[[self._known.get(text, zlib.crc32(text.encode()) % len(self._asked)) for text in texts]]

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Matrix:
        raise NotImplementedError("Nobody asks with pictures here.")


class Encoding(Given):
    """An encoder that makes of words what the one did that wrote the real library's vectors."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.space = Space("made", encoder.space.dimension, "made")
        self.encode_texts = encoder.encode_texts


def given_models(real: Real) -> ModelSet:
    return _models(Given(real))


def encoding_models(encoder: TextEncoder) -> ModelSet:
    return _models(Encoding(encoder))


def _models(given: Given) -> ModelSet:
    return ModelSet("made", Recipe(pictures=lambda: given, texts=(lambda: given,)))


@dataclass(frozen=True)
class Made:
    """A made library, what is known of its passages in the order of their ids, and the seconds each step took."""

    folder: Path
    seconds: dict[str, float]

    @cached_property
    def vectors(self) -> np.ndarray:
        """float16[n, d], in its file."""
        return np.load(self.folder / _VECTORS, mmap_mode="r")

    @cached_property
    def numbers(self) -> dict[str, np.ndarray]:
        """`price` (in cents) and `distance` of each passage's item, int64[n]."""
        with np.load(self.folder / _OF_SEGMENTS) as held:
            return dict(held)


def made_library(folder: Path, real: Real, count: int) -> Made:
    """The library with so many passages below `folder`. What has been made of it is not made again:
    stopped, it goes on where it was."""
    mine = folder / f"{count}"
    facts = mine / _FACTS
    seconds: dict[str, float] = json.loads(facts.read_text()) if facts.is_file() else {}
    library, models = Library.open_or_create(mine, "made"), given_models(real)
    for name, step in (("fill", _fill), ("index", _index), ("calibrate", _calibrate)):
        if name not in seconds:
            started = time.perf_counter()
            step(library, models, real, count)
            seconds[name] = time.perf_counter() - started
            facts.write_text(json.dumps(seconds))
    library.close()
    return Made(mine, seconds)


def _index(library: Library, models: ModelSet, _real: Real, _count: int) -> None:
    library.save_indexes({Channel.TEXT: models.spaces_for(Channel.TEXT)})


def _calibrate(library: Library, models: ModelSet, _real: Real, _count: int) -> None:
    fitted = calibrate.fit(library, models)
    with library.writing() as writer, writer.transaction() as write:
        for key, background in fitted.items():
            write.put_background(key, background.scores, background.surprises)


def _fill(library: Library, models: ModelSet, real: Real, count: int) -> None:
    space = models.pictures.space
    sizes = _sizes(count)
    picks, vectors = _vectors(library.folder / _VECTORS, real, sizes)
    firsts = np.cumsum(sizes) - sizes
    numbers = _numbers(real, vectors, firsts)
    np.savez(library.folder / _OF_SEGMENTS, **{name: np.repeat(of, sizes) for name, of in numbers.items()})
    drawn = _Drawn(real, picks, firsts, sizes, numbers)
    done = len(library.snapshot())  # whole batches: one that was stopped is not there
    for start in track(range(done, len(sizes), AT_ONCE), f"writing {count:,} passages"):
        drafts = list(drawn.items(start, min(start + AT_ONCE, len(sizes))))
        keys = [segment.key for draft in drafts for segment in draft.segments if segment.key]
        first = int(firsts[start])
        with library.writing() as writer, writer.transaction([space]) as write:
            write.put_vectors(space, keys, vectors[first : first + len(keys)].astype(np.float32))
            write.put_items(drafts, {Channel.TEXT: (space,)})
    with library.writing() as writer:
        writer.name_spaces([space])


def _sizes(count: int) -> np.ndarray:
    """int64[items]: how many passages each has, one to three, `count` together."""
    ends = np.cumsum(np.random.default_rng(0).integers(1, 4, size=count))
    sizes = np.diff(np.concatenate([[0], ends[ends < count], [count]]))
    return sizes.astype(np.int64)


def _vectors(path: Path, real: Real, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int64[n], which real passage each is made of, and the vectors, float16[n, d], in a file."""
    generator = np.random.default_rng(1)
    count = int(sizes.sum())
    places = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    picks = (np.repeat(generator.integers(len(real.vectors), size=len(sizes)), sizes) + places) % len(real.vectors)
    held = np.lib.format.open_memmap(path, "w+", np.float16, (count, real.vectors.shape[1]))
    for start in range(0, count, 1 << 15):
        rows = real.vectors[picks[start : start + (1 << 15)]]
        one, other = (real.vectors[generator.integers(len(real.vectors), size=len(rows))] for _ in range(2))
        held[start : start + len(rows)] = perturbed(rows, one - other, generator)
    held.flush()
    return picks, held


def _numbers(real: Real, vectors: np.ndarray, firsts: np.ndarray) -> dict[str, np.ndarray]:
    """int64[items] each: even over 0 to below `HIGHEST`; `distance` rises with the likeness of the first passage."""
    likeness = np.concatenate(
        [
            vectors[firsts[start : start + (1 << 15)]].astype(np.float32) @ real.vectors[0]
            for start in range(0, len(firsts), 1 << 15)
        ]
    )
    ranks = np.empty(len(firsts), np.int64)
    ranks[np.argsort(likeness)] = np.arange(len(firsts))
    price = np.random.default_rng(2).integers(HIGHEST, size=len(firsts))
    return {"price": price, "distance": ranks * HIGHEST // len(firsts)}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The items to be made."""

    real: Real
    picks: np.ndarray
    firsts: np.ndarray
    sizes: np.ndarray
    numbers: dict[str, np.ndarray]

    def items(self, start: int, end: int) -> Iterator[ItemDraft]:
        rnd = random.Random(start)
        kinds = (Kind.PRODUCT, Kind.DOCUMENT, Kind.PICTURE, Kind.RECORDING)
        for number in range(start, end):
            path = Path(f"/made/{number // 1000:04d}/{number}")
            brand = f"Brand {int(rnd.paretovariate(0.8)) % 5000}"
            name = f"{rnd.choice(self.real.names)} MK{rnd.randrange(10**6):06d}x"
            attributes = {
                "price": f"{int(self.numbers['price'][number]) / 100:.2f}",
                "distance": int(self.numbers["distance"][number]),
                "brand": brand,
                "date": f"20{rnd.randrange(10, 25)}-{rnd.randrange(1, 13):02}-{rnd.randrange(1, 29):02}",
            }
            first = int(self.firsts[number])
            segments = [self._passage(first + place, rnd) for place in range(int(self.sizes[number]))]
            medium = MediumDraft(path, "image/jpeg", _hashed(f"medium {number}"), 640, 480)
            yield ItemDraft(
                str(path), rnd.choices(kinds, (50, 30, 15, 5))[0], name, path, "1", attributes, (medium,),
                (*segments, SegmentDraft(Channel.NAME, "", 0, text=name)),
            )  # fmt: skip

    def _passage(self, place: int, rnd: random.Random) -> SegmentDraft:
        words = self.real.texts[int(self.picks[place])].split()
        first = rnd.randrange(max(1, len(words) - WORDS_AT_MOST))
        text = " ".join(words[first : first + WORDS_AT_MOST])
        return SegmentDraft(Channel.TEXT, _hashed(f"text {place}"), 0, text=text)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
