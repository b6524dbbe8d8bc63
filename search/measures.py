"""Measures of ranked answers, as trec_eval defines them, and how sure their means are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Values = npt.NDArray[np.float64]

_DEFINITIONS = {
    "R@1": "Success@1",  # in the text-image literature R@k is the share of queries with a right answer among k
    "R@5": "Success@5",
    "R@10": "Success@10",
    "MRR": "RR",
    "nDCG@10": "nDCG@10",
    "MAP": "AP",
    "P@10": "P@10",
    "recall@10": "R@10",
    "F1@10": None,  # the harmonic mean of the two before it
    "R-precision": "Rprec",
}
MEASURES = tuple(_DEFINITIONS)
RESAMPLES = 1000
_SEED = 20_240_101


@dataclass(frozen=True, slots=True)
class Judgement:
    """One query's outcome: what was found, best first and each once, and what should have been. Names are arbitrary."""

    found: Sequence[str]
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Score:
    """Means over `n` queries by measure, each with the interval that holds 95 % of the means of resamples.

    `unmatched` counts the relevant files that are not in the library; they count as never found.
    """

    n: int
    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    unmatched: int


def measure(judgements: Sequence[Judgement]) -> Values:
    """float64[q, len(MEASURES)]: row i measures judgement i, 0 (worst) to 1, column j by MEASURES[j]."""
    import ir_measures
    import numpy as np

    relevant = {str(i): dict.fromkeys(one.relevant, 1) for i, one in enumerate(judgements)}
    # trec_eval orders by score, equal ones by name: scores that fall with the rank keep the order as it is
    found = {str(i): {name: float(-rank) for rank, name in enumerate(one.found)} for i, one in enumerate(judgements)}
    columns = {ir_measures.parse_measure(name): MEASURES.index(ours) for ours, name in _DEFINITIONS.items() if name}
    values = np.zeros((len(judgements), len(MEASURES)))
    for value in ir_measures.iter_calc(list(columns), relevant, found):
        values[int(value.query_id), columns[value.measure]] = value.value
    precision, recall = values[:, MEASURES.index("P@10")], values[:, MEASURES.index("recall@10")]
    total = precision + recall
    values[:, MEASURES.index("F1@10")] = np.divide(
        2 * precision * recall, total, out=np.zeros_like(total), where=total > 0
    )
    return values


def score(values: Values, unmatched: int) -> Score:
    """Means of the columns of `values` [q, len(MEASURES)] and their bootstrap percentile intervals, q at least 1."""
    low, high = intervals(values)
    return Score(
        n=len(values),
        means=dict(zip(MEASURES, values.mean(axis=0).tolist(), strict=True)),
        intervals=dict(zip(MEASURES, zip(low.tolist(), high.tolist(), strict=True), strict=True)),
        unmatched=unmatched,
    )


def intervals(values: Values) -> Values:
    """float64[2, m]: 2.5 and 97.5 % of the means of `values` [q, m] over `RESAMPLES` resamples of the q queries.

    The same values give the same intervals.
    """
    import numpy as np

    count = len(values)
    # How often each query is drawn says all about a resample, and turns a thousand means into one product.
    drawn = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    found: Values = np.percentile(drawn @ values / count, [2.5, 97.5], axis=0)
    return found
