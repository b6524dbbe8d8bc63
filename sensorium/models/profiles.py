"""Profiles: named sets of models. Another one is added with `register_profile`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sensorium.errors import UnknownName
from sensorium.settings import Settings

from . import builtin_profiles
from .model_set import ModelSet, ModelStatus, Recipe
from .remembered import Remembered, user_cache

__all__ = ["ModelSet", "ModelStatus", "Profile", "Recipe", "load_models", "profile", "profiles", "register_profile"]

Build = Callable[[Settings], Recipe]


@dataclass(frozen=True, slots=True)
class Profile:
    """What `sensorium models` says of a profile, and how to make its models from the settings."""

    name: str
    build: Build
    summary: str = ""
    licence: str = ""
    size_mb: float = 0.0


_profiles: dict[str, Profile] = {}


def register_profile(name: str, build: Build, *, summary: str = "", licence: str = "", size_mb: float = 0.0) -> Profile:
    """Make a profile known by its name; one of the same name is replaced. `build` must load no weights."""
    _profiles[name] = Profile(name, build, summary, licence, size_mb)
    return _profiles[name]


def profile(name: str) -> Profile:
    """The profile of that name. Raises `UnknownName`, which lists those there are."""
    try:
        return _profiles[name]
    except KeyError:
        raise UnknownName("profile", name, _profiles) from None


def profiles() -> tuple[Profile, ...]:
    """Every profile, in the order they were registered; the built-in ones first."""
    return tuple(_profiles.values())


def load_models(settings: Settings, profile_name: str) -> ModelSet:
    """The models of a profile, none of them loaded yet. Raises `UnknownName` for a profile nobody registered."""
    remembered = Remembered(settings.cache_folder or user_cache())
    return ModelSet(profile_name, profile(profile_name).build(settings), remembered)


register_profile(
    "starter",
    builtin_profiles.starter,
    summary="Runs at once, with no download: words by all-MiniLM-L6-v2, pictures by a small tower of our own.",
    licence="Apache-2.0",
    size_mb=100,
)
register_profile(
    "open_clip",
    builtin_profiles.open_clip,
    summary="Any open_clip model for pictures and words (SigLIP2 B/16-256 unless set), a sentence encoder beside it.",
    licence="the model's own; SigLIP2: Apache-2.0",
    size_mb=1600,
)
