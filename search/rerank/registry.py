"""Stages by name, and the chain that the settings ask for."""

from __future__ import annotations

from collections.abc import Callable

from sensorium.errors import UnknownName
from sensorium.settings import Settings

from .chain import Reranker
from .fold import Fold
from .stage import Stage
from .variety import Variety

Build = Callable[[Settings], Stage | None]
"""Makes a stage from the settings; None where they give it nothing to work with. Must load no weights."""

_builds: dict[str, Build] = {}


def register_stage(name: str, build: Build) -> None:
    """Make a stage known by its name; one of the same name is replaced."""
    _builds[name] = build


def stage_names() -> tuple[str, ...]:
    return tuple(_builds)


def make_reranker(settings: Settings) -> Reranker:
    """The stages that `settings.rerank` names, in its order. Raises `UnknownName`, which lists those there are."""
    stages = []
    for name in filter(None, (part.strip() for part in settings.rerank.split(","))):
        if name not in _builds:
            raise UnknownName("reranking stage", name, _builds)
        stage = _builds[name](settings)
        if stage is not None:
            stages.append(stage)
    return Reranker(stages, budget_ms=settings.rerank_budget_ms)


register_stage("variety", lambda _: Variety())
register_stage("fold", lambda _: Fold())
