"""Second readings: a slower and better judge looks at the best evidence of the best items.

It judges a few at a time until its budget is spent. What it says is worth decades, the measure of every match
(`calibrate.worth`), and by default the evidence it judged comes to count half what it counted and half what the judge
says. Items that were judged stay ahead of those that were not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sensorium.types import Channel, Evidence, Modality, Part

from ..fusion import Scored
from .stage import Deadline, Ranked, Scene

ITEMS = 20
"""Items that are judged at most."""
AT_ONCE = 4
"""Judged between two looks at the clock."""
SHARE = 0.5
"""What the judge counts, against what the evidence counted before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, and what it is worth in decades."""

    raw: float
    worth: float


class Judge(Protocol):
    """Says how well evidence answers words."""

    @property
    def name(self) -> str: ...

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Those whose evidence it can judge."""
        ...

    def load(self) -> None:
        """Load its model, so that the first verdict need not."""
        ...

    def able(self, scene: Scene, /) -> bool:
        """Whether it can judge anything in this library."""
        ...

    def judge(self, words: str, proofs: Sequence[Evidence], scene: Scene, /) -> list[Verdict]:
        """One verdict for each piece of evidence, whose channel is one of `channels`."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """The best evidence of an item for one part of the query; `before` is what all such evidence of it added."""

    place: int
    part: Part
    proof: Evidence
    before: float


Weigh = Callable[[Sequence[Case], Sequence[Verdict]], list[float]]
"""What each verdict adds to the score of its item."""


def halfway(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> list[float]:
    """So much that the evidence counts half what it counted, and half what the judge says."""
    return [SHARE * (c.part.weight * v.worth - c.before) for c, v in zip(cases, verdicts, strict=True)]


class SecondReading:
    """A stage that lets a judge look again."""

    def __init__(self, judge: Judge, *, budget_ms: float, items: int = ITEMS, weigh: Weigh = halfway) -> None:
        """`items` are judged at most; `weigh` says what the verdicts add to what the evidence counted before."""
        self.budget_ms = budget_ms
        self._judge = judge
        self._items = items
        self._weigh = weigh
        self._s_each = 0.0  # what a verdict took last time

    @property
    def name(self) -> str:
        return self._judge.name

    def wants(self, scene: Scene) -> bool:
        return self._judge.able(scene) and any(_is_words(part) for part in scene.query.parts)

    def prepare(self) -> None:
        self._judge.load()

    def reach(self, _scene: Scene) -> int:
        return self._items

    def rank(self, scored: Sequence[Scored], scene: Scene, deadline: Deadline) -> Ranked:
        if all(one.item_id in scene.shown for one in scored[: self._items]):
            return Ranked(list(scored))
        pool = scene.told(scored[: self._items])
        cases = [case for place, one in enumerate(pool) for case in self._cases(place, one, scene.query.parts)]
        verdicts = self._verdicts(cases, scene, deadline)
        judged = pool if len(verdicts) == len(cases) else pool[: cases[len(verdicts)].place]
        told: list[list[Evidence]] = [[] for _ in judged]
        whole = [case for case in cases[: len(verdicts)] if case.place < len(judged)]
        verdicts = verdicts[: len(whole)]
        for case, verdict, change in zip(whole, verdicts, self._weigh(whole, verdicts), strict=True):
            told[case.place].append(
                replace(case.proof, matcher=self.name, raw=verdict.raw, calibrated=verdict.worth, contribution=change)
            )
        revised = sorted(map(_revised, judged, told), key=lambda one: -one.score)  # stable where nothing is told
        short = len(judged) < len(pool)
        note = f"In the time there was, {self.name} judged {len(judged)} of {len(pool)} hits." if short else ""
        return Ranked([*revised, *scored[len(judged) :]], note)

    def _cases(self, place: int, one: Scored, parts: Sequence[Part]) -> list[Case]:
        cases = []
        for number, part in enumerate(parts):
            proofs = [p for p in one.evidence if p.part == number and p.channel in self._judge.channels]
            if proofs and _is_words(part):
                best = max(proofs, key=lambda proof: proof.contribution)
                cases.append(Case(place, part, best, sum(proof.contribution for proof in proofs)))
        return cases

    def _verdicts(self, cases: Sequence[Case], scene: Scene, deadline: Deadline) -> list[Verdict]:
        """Those of the first cases, as many as there is time for."""
        verdicts: list[Verdict] = []
        while len(verdicts) < len(cases):
            first = cases[len(verdicts)]
            batch = []
            for case in cases[len(verdicts) : len(verdicts) + AT_ONCE]:
                if case.part is not first.part:
                    break
                batch.append(case.proof)
            if deadline.left_s < self._s_each * len(batch):
                break
            started = time.perf_counter()
            verdicts += self._judge.judge(first.part.text, batch, scene)
            self._s_each = (time.perf_counter() - started) / len(batch)
        if cases and not verdicts:
            self._s_each /= 2  # it may have been slow for a moment only: to be tried again before long
        return verdicts


def _is_words(part: Part) -> bool:
    return part.modality is Modality.TEXT and part.weight > 0


def _revised(one: Scored, told: Sequence[Evidence]) -> Scored:
    """The item with what was told as further evidence, so that its score stays the sum of it."""
    if not told:
        return one
    evidence = tuple(sorted((*one.evidence, *told), key=lambda proof: -abs(proof.contribution)))
    return replace(one, score=one.score + sum(proof.contribution for proof in told), evidence=evidence)
