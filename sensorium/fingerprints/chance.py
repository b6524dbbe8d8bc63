"""What chance would bring: how unlikely it is that unrelated sounds agree as well as these."""

from __future__ import annotations

import math

UNEVENNESS = 0.5
"""Agreements expected beyond those counted: chance comes in clusters, since one peak belongs to several pairs."""


def decades(agreeing: int, expected: float, tries: int) -> float:
    """-log10 of the chance that the best of so many `tries` shows `agreeing` or more where `expected` are the rule.

    A Poisson tail, bounded from above by a geometric series, times the tries (Bonferroni); 0 for what is no more than
    expected.
    """
    mean = expected + UNEVENNESS
    if agreeing <= mean:
        return 0.0
    log_first = agreeing * math.log(mean) - mean - math.lgamma(agreeing + 1)
    log_tail = log_first - math.log(1 - mean / (agreeing + 1))
    return max(0.0, -log_tail / math.log(10) - math.log10(max(1, tries)))
