"""Sets of ids as rising arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def among(rising: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """bool[n]: which of `wanted` are in `rising`. Costs as much as there are wanted, however long the other is."""
    if not len(rising):
        return np.zeros(len(wanted), np.bool_)
    places = np.minimum(np.searchsorted(rising, wanted), len(rising) - 1)
    found: npt.NDArray[np.bool_] = rising[places] == wanted
    return found
