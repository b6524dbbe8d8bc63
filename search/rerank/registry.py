"""Stages by name, and the chain that the settings ask for."""

from __future__ import annotations

from collections.abc import Callable

from sensorium.errors import UnknownName
from sensorium.models.cross_encoder import CrossEncoderReader, find_cross_encoder
from sensorium.models.open_clip_encoder import OpenClipEncoder, OpenClipModel
from sensorium.settings import Settings

from . import late
from .chain import Reranker
from .fold import Fold
from .pictures import PictureJudge
from .second_reading import SecondReading
from .stage import Stage
from .texts import PassageJudge
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


def _cross_encoder(settings: Settings) -> Stage | None:
    if not settings.cross_encoder:
        return None
    reader = CrossEncoderReader(find_cross_encoder(settings), device=settings.device)
    return SecondReading(PassageJudge(reader), budget_ms=settings.rerank_budget_ms)


def _late_interaction(settings: Settings) -> Stage | None:
    if settings.cross_encoder:  # which does the same, and better
        return None
    judge, budget_ms = late.TokenJudge(), settings.rerank_budget_ms
    return SecondReading(judge, budget_ms=budget_ms, items=late.ITEMS, weigh=late.against_the_mean)


def _pictures(settings: Settings) -> Stage | None:
    if not settings.rerank_pictures:
        return None
    name, _, weights = settings.rerank_pictures.partition(":")
    model = OpenClipModel(name, weights, settings.allow_download)
    encoder = OpenClipEncoder(model, device=settings.device, batch_size=settings.batch_size)
    return SecondReading(PictureJudge(encoder), budget_ms=settings.rerank_budget_ms)


register_stage("cross-encoder", _cross_encoder)
register_stage("late-interaction", _late_interaction)
register_stage("pictures", _pictures)
register_stage("variety", lambda _: Variety())
register_stage("fold", lambda _: Fold())
