"""Libraries with as many vectors as a test of indexes wants, put together without files."""

from pathlib import Path

import numpy as np

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.types import Channel, Kind, Space

SPACE = Space("test", 32, "c0ffee")
SPACES = {Channel.TEXT: (SPACE,)}
A_PAGE = 200


def rows(count, seed=0):
    """float32[count, 32], unit length as stored, around forty directions."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).standard_normal((40, SPACE.dimension))
    made = centres[random.integers(40, size=count)] + 0.7 * random.standard_normal((count, SPACE.dimension))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)


def document(name, keys):
    """A document with a passage for each key."""
    path = Path("/nowhere") / name
    segments = tuple(SegmentDraft(Channel.TEXT, key, 0, text=f"passage {key}") for key in keys)
    medium = MediumDraft(path, "text/plain", f"sha-of-{name}", thumbnail=b"jpeg")
    return ItemDraft(str(path), Kind.DOCUMENT, name, path, "1:1", {}, (medium,), segments)


def fill(library, count, seed=0):
    """Put documents of `A_PAGE` passages each, `count` passages in all; return their names."""
    keys = [f"text:{seed}-{number}" for number in range(count)]
    names = []
    with library.writing() as writer, writer.transaction([SPACE]) as write:
        write.put_vectors(SPACE, keys, rows(count, seed))
        for start in range(0, count, A_PAGE):
            names.append(f"{seed}-{start}.txt")
            draft = document(names[-1], keys[start : start + A_PAGE])
            writer.put_thumbnails(draft)
            write.put_item(draft, SPACES)
    return names


def remove(library, *names):
    with library.writing() as writer, writer.transaction() as write:
        write.remove_items([str(Path("/nowhere") / name) for name in names])


def save(library):
    with library.writing():
        library.save_indexes(SPACES)


def expected(library, queries, k):
    """What an exact search over the catalogue's own vectors finds: ids int64[q, k]."""
    ids, vectors = library.vectors(SPACE, Channel.TEXT)
    scores = queries.astype(np.float64) @ vectors.astype(np.float64).T
    return np.stack([ids[np.lexsort((ids, -row))[:k]] for row in scores])


def nearest(library, queries, k, **options):
    return library.nearest(SPACE, Channel.TEXT, queries, k, **options)
