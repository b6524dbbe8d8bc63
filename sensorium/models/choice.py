"""Which models a library is searched with: a profile, and the settings that name its models."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sensorium.settings import Settings

MODEL_SETTINGS = ("open_clip_model", "open_clip_weights", "sentence_model")
"""Settings by which one profile has different models. They are kept with a library, so that it opens in any shell."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`named` are settings and their values, in the order of `MODEL_SETTINGS`; empty where a profile needs none."""

    profile: str
    named: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, settings: Settings, profile: str) -> Choice:
        """A profile with the models that the settings name. The starter has none to be named."""
        if profile == "starter":
            return cls(profile)
        return cls(profile, tuple((name, str(getattr(settings, name))) for name in MODEL_SETTINGS))

    @classmethod
    def from_text(cls, text: str) -> Choice:
        """What `as_text` gave. Settings that this version does not know are left out."""
        told = json.loads(text)
        named = ((name, str(value)) for name, value in told.get("settings", {}).items() if name in MODEL_SETTINGS)
        return cls(str(told["profile"]), tuple(named))

    def as_text(self) -> str:
        return json.dumps({"profile": self.profile, "settings": dict(self.named)})

    def applied(self, settings: Settings) -> Settings:
        """The settings with this choice's models."""
        return settings.model_copy(update=dict(self.named))

    def __str__(self) -> str:
        named = dict(self.named)
        return f"{self.profile} ({named['open_clip_model']})" if self.profile == "open_clip" and named else self.profile
