"""Runs the stages in their order until the time for all of them is spent."""

from __future__ import annotations

from collections.abc import Sequence

from ..fusion import Scored
from .stage import Deadline, Scene, Stage


class Reranker:
    """The stages of an engine. Each gets its own budget or what is left of the whole, whichever is less."""

    def __init__(self, stages: Sequence[Stage], *, budget_ms: float) -> None:
        self.stages = tuple(stages)
        self.budget_ms = budget_ms

    def prepare(self) -> None:
        """Load what the first ranking would wait for."""
        for stage in self.stages:
            stage.prepare()

    def reach(self, scene: Scene) -> int:
        """How many of the first items the stages look at."""
        return max((stage.reach(scene) for stage in self.stages if stage.wants(scene)), default=0)

    def rank(self, scored: list[Scored], scene: Scene) -> tuple[list[Scored], tuple[str, ...]]:
        """The list as the stages leave it, and what the user should know: what was skipped or cut short."""
        wanted = [stage for stage in self.stages if stage.wants(scene)]
        for stage in wanted:
            stage.prepare()
        whole = Deadline(self.budget_ms / 1000)
        notes: list[str] = []
        skipped: list[str] = []
        for stage in wanted if scored else ():
            left_s = whole.left_s
            if left_s <= 0:
                skipped.append(stage.name)
                continue
            done = stage.rank(scored, scene, Deadline(min(left_s, stage.budget_ms / 1000)))
            scored = done.scored
            if done.note:
                notes.append(done.note)
        if skipped:
            notes.append(
                f"Skipped for want of time: {', '.join(skipped)}. "
                f"The setting rerank_budget_ms allows {self.budget_ms:g} ms for all second looks."
            )
        return scored, tuple(notes)
