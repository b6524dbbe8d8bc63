"""Learns the fusion's weights from judged queries: `sensorium tune`.

Random search (Bergstra and Bengio, 2012): every candidate is the present weights with a few of them moved. Each is
asked all queries once; what is then chosen is judged by cross-validation, each fold by the candidate that was best on
the others. Weights are worth having only if that beats the present ones with an interval that excludes zero
(paired bootstrap over queries), since the best of many candidates looks good on the queries it was chosen by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from .collect import Collected
from .corpus import Judged
from .fusion import Fusion
from .fusion.discounted import Discounted
from .fusion.weights import Weights
from .measures import intervals

if TYPE_CHECKING:
    import numpy.typing as npt

    Values = npt.NDArray[np.float64]

FOLDS = 5
MOVED = 4
"""Weights that a candidate moves at most."""
STEPS = {
    "discount": 0.15,
    "second_look": 0.2,
    "free": 0.3,
    "lift": 0.5,
    "silence": 0.4,
    "caption": 0.5,
    "caption_lift": 0.3,
    "steepness": 0.15,
}
PRIOR_STEP = 0.3
BOUNDS = {
    "discount": (0.0, 1.0),
    "second_look": (0.0, 1.0),
    "free": (0.0, 3.0),
    "caption": (0.0, 4.0),
    "caption_lift": (0.0, 3.0),
    "steepness": (0.05, 1.0),
}
CUTOFF = 10


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best candidate, its worth by task beside the present weights', and what cross-validation says of the choice.

    `gain` is the mean over tasks that held-out queries gained, `interval` holds 95 % of its resamples.
    """

    weights: Weights
    before: dict[str, float]
    after: dict[str, float]
    gain: float
    interval: tuple[float, float]

    @property
    def better(self) -> bool:
        """Whether the interval of the gain excludes zero."""
        return self.interval[0] > 0


def tune(
    collected: Sequence[Collected],
    present: Weights,
    *,
    tries: int,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Tuned:
    """Try `tries` candidates on the queries; more than `FOLDS` of them are needed, else a `ValueError`."""
    if len(collected) <= FOLDS:
        raise ValueError(f"{len(collected)} judged queries are too few to tune by; at least {FOLDS + 1} are needed")
    options = [present, *candidates(present, tries, seed)]
    worths = []
    for done, weights in enumerate(options, 1):
        worths.append([worth_of(one, weights) for one in collected])
        if progress is not None:
            progress(done, len(options))
    values = np.array(worths)  # [candidates, queries]
    share = _shares([one.judged.task for one in collected])
    held_out = cross_validated(values, share, seed)
    gains = (held_out - values[0]) * share * len(share)
    low, high = intervals(gains[:, None])[:, 0]
    best = int((values @ share).argmax())
    tasks = [one.judged.task for one in collected]
    return Tuned(
        options[best],
        _by_task(tasks, values[0]),
        _by_task(tasks, values[best]),
        float(gains.mean()),
        (float(low), float(high)),
    )


def sample_by_task(queries: Sequence[Judged], most: int, seed: int = 0) -> list[Judged]:
    """At most `most` queries of each task, chosen at random, in their order."""
    rng = np.random.default_rng(seed)
    places: dict[str, list[int]] = defaultdict(list)
    for place, query in enumerate(queries):
        places[query.task].append(place)
    kept = [rng.choice(held, size=min(most, len(held)), replace=False) for held in places.values()]
    return [queries[int(place)] for place in np.sort(np.concatenate(kept))] if kept else []


def candidates(present: Weights, tries: int, seed: int) -> list[Weights]:
    """The present weights with one to `MOVED` of them moved at random; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    names = [field.name for field in fields(Weights)]
    made = []
    for _ in range(tries):
        moved = rng.choice(names, size=rng.integers(1, MOVED + 1), replace=False)
        made.append(replace(present, **{name: _moved(name, getattr(present, name), rng) for name in moved}))
    return made


def _moved(name: str, value: float, rng: np.random.Generator) -> float:
    low, high = BOUNDS.get(name, (-3.0, 3.0))
    return round(float(np.clip(value + rng.normal(0, STEPS.get(name, PRIOR_STEP)), low, high)), 3)


def worth_of(one: Collected, weights: Weights) -> float:
    """How well `discounted` answers a query with these weights, as `success_of` tells it."""
    return success_of(one, Discounted(weights))


def success_of(one: Collected, fusion: Fusion) -> float:
    """The mean of success within ten and reciprocal rank, 0 to 1: what is on the first page, and how high."""
    ranked = fusion.join(one.matches, [one.judged.part]).items
    kept = (item for item in ranked.tolist() if item not in one.excluded)
    rank = next((rank for rank, item in enumerate(kept, 1) if item in one.right), None)
    return 0.0 if rank is None else (float(rank <= CUTOFF) + 1 / rank) / 2


def cross_validated(values: Values, share: Values, seed: int = 0) -> Values:
    """[queries]: each query under the candidate (row of `values`) that was best on the folds without it."""
    count = values.shape[1]
    fold_of = np.random.default_rng(seed).permutation(count) % FOLDS
    held_out = np.empty(count)
    for fold in range(FOLDS):
        out = fold_of == fold
        held_out[out] = values[int((values[:, ~out] @ share[~out]).argmax()), out]
    return held_out


def _shares(tasks: Sequence[str]) -> Values:
    """What each query counts, so that every task counts alike."""
    count = {task: tasks.count(task) for task in set(tasks)}
    return np.array([1 / (len(count) * count[task]) for task in tasks])


def _by_task(tasks: Sequence[str], values: Values) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for task, value in zip(tasks, values, strict=True):
        found[task].append(float(value))
    return {task: float(np.mean(one)) for task, one in sorted(found.items())}
