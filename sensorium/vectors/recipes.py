"""The trained indexes: what FAISS builds for each name, and what a search with it costs.

Codes are small stand-ins of the vectors, good enough to name candidates; these are scored anew from the stored
vectors. RaBitQ: one bit a dimension after a random rotation (Gao and Long, SIGMOD 2024). Product quantisation: Jégou,
Douze and Schmid, 2011. HNSW: Malkov and Yashunin, 2018.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

from sensorium.errors import LibraryError

FLAT_BELOW = 50_000
"""Vectors up to which `auto` keeps an index flat: a full scan takes some ten milliseconds there, and misses nothing."""
LEAST_TRAINED = 2_000
"""With fewer vectors than this a trained index stays untrained: every one is looked at."""
POINTS_A_LIST = 40
"""Vectors that k-means looks at for each list; FAISS warns below 39."""
FLAT = "faiss"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one kind is built. `code` is FAISS's name for the codes, after the lists or the graph.

    `weight` is what comparing one code costs against one vector at full width, `spare` how many candidates are
    scored anew for each neighbour wanted.
    """

    name: str
    code: str
    weight: float
    spare: int
    lists: bool = True

    def factory(self, dimension: int, count: int) -> str:
        """What `faiss.index_factory` builds for `count` vectors of this width."""
        code = self.code.format(d=dimension, pieces=_pieces(dimension))
        if not self.lists:
            return code
        turn, _, code = code.rpartition(",")
        return ",".join(part for part in (turn, f"IVF{lists_for(count)}", code) if part)


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("ivf-rabitq", "RR{d},RaBitQ", weight=0.1, spare=4),
        Recipe("ivf-sq8", "SQ8", weight=0.5, spare=1),
        Recipe("ivf-pq", "PQ{pieces}x4", weight=0.3, spare=8),
        Recipe("hnsw", "HNSW24,SQ8", weight=1.0, spare=1, lists=False),
    )
}


def lists_for(count: int) -> int:
    """About four times the square root of the count, as a power of two, with vectors enough to train each."""
    usual = round(math.log2(4 * math.sqrt(max(count, 1))))
    return 1 << max(0, min(usual, int(math.log2(max(count / POINTS_A_LIST, 1)))))


def choose(name: str, count: int, *, flat_below: int = FLAT_BELOW) -> str:
    """The kind for so many vectors: `name` itself, or what `auto` stands for."""
    if name != "auto":
        return name
    if count < flat_below:
        return FLAT
    return "ivf-rabitq" if can_build("ivf-rabitq") else "ivf-sq8"


@cache
def can_build(name: str) -> bool:
    """Whether the installed FAISS knows the codes of this kind."""
    import faiss

    return name != "ivf-rabitq" or hasattr(faiss, "IndexIVFRaBitQ")


def make(recipe: Recipe, dimension: int, count: int) -> Any:
    """FAISS's own index, untrained, for inner products under ids of the caller's. Raises `LibraryError`."""
    import faiss

    if not can_build(recipe.name):
        raise LibraryError(
            f"The installed FAISS {faiss.__version__} has no {recipe.name}; name another kind, or upgrade it."
        )
    index: Any = faiss.index_factory(dimension, recipe.factory(dimension, count), faiss.METRIC_INNER_PRODUCT)
    if not recipe.lists:
        index.hnsw.efConstruction = 100
        return faiss.IndexIDMap(index)
    lists: Any = faiss.extract_index_ivf(index)
    lists.cp.spherical = True
    lists.cp.max_points_per_centroid = POINTS_A_LIST
    return index


def _pieces(dimension: int) -> int:
    """Pieces a vector is cut into for product quantisation, four bits each: four dimensions where they divide."""
    return next(dimension // width for width in (4, 3, 2, 1) if dimension % width == 0)
