"""The models that a library is opened with, each made when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensorium.errors import UnknownName
from sensorium.types import PICTURE_CHANNELS, TEXT_CHANNELS, Channel, Space

from .asking import Asking
from .lazy import Lazy
from .looks import picture_spaces
from .protocols import PictureEncoder, SoundEncoder, TextEncoder, TextReader, Transcriber
from .remembered import Remembered

if TYPE_CHECKING:
    from .depiction import Depiction


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of `sensorium models`. `cure` says how to get a model that is not here; it is empty otherwise."""

    role: str
    name: str
    licence: str
    size_mb: float
    available: bool
    cure: str = ""


def _nothing() -> None:
    return None


def _no_statuses() -> tuple[ModelStatus, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a profile's models are made. Each builder is called at most once, and only when its model is wanted.

    `texts` are the encoders a query's words are written with; one of them must share the space of `pictures`.
    """

    pictures: Callable[[], PictureEncoder]
    texts: tuple[Callable[[], TextEncoder], ...]
    sound: Callable[[], SoundEncoder | None] = _nothing
    depiction: Callable[[], Depiction | None] = _nothing
    transcriber: Callable[[], Transcriber | None] = _nothing
    text_reader: Callable[[], TextReader | None] = _nothing
    statuses: Callable[[], tuple[ModelStatus, ...]] = _no_statuses


class ModelSet:
    """A profile's models. Making one loads nothing; threads may share it.

    Everything but `name` and `describe` may raise `ModelUnavailable` when weights are not on this machine.
    """

    def __init__(self, name: str, recipe: Recipe, remembered: Remembered | None = None) -> None:
        self.name = name
        self._pictures = Lazy(recipe.pictures)
        self._texts = tuple(Lazy(build) for build in recipe.texts)
        self._sound = Lazy(recipe.sound)
        self._depiction = Lazy(recipe.depiction)
        self._transcriber = Lazy(recipe.transcriber)
        self._text_reader = Lazy(recipe.text_reader)
        self._statuses = recipe.statuses
        self._spaces: dict[Channel, tuple[Space, ...]] = {}
        self.asking = Asking()
        """Encodes what is asked with these models, for all threads together."""
        self.remembered = remembered or Remembered()
        """What these models make of things that are the same for every library."""

    @property
    def pictures(self) -> PictureEncoder:
        """Writes pictures and frames into the shared space."""
        return self._pictures()

    @property
    def texts(self) -> tuple[TextEncoder, ...]:
        """Every encoder that a query's words are written with; their spaces differ, one is that of `pictures`."""
        return tuple(encoder() for encoder in self._texts)

    @property
    def sound(self) -> SoundEncoder | None:
        """Writes sounds that are not speech, or None where the profile has no such model."""
        return self._sound()

    @property
    def depiction(self) -> Depiction | None:
        """Tells whether words describe something to be seen, or None where it was fitted to none of `texts`."""
        return self._depiction()

    @property
    def transcriber(self) -> Transcriber | None:
        """Turns speech into words, or None where the settings want none."""
        return self._transcriber()

    @property
    def text_reader(self) -> TextReader | None:
        """Reads text in pictures, or None where the settings want none or its packages are not installed."""
        return self._text_reader()

    def spaces_for(self, channel: Channel) -> tuple[Space, ...]:
        """The spaces a segment of the channel gets a vector in; none where no model hears or sees it."""
        if channel not in self._spaces:
            self._spaces[channel] = self._spaces_of(channel)
        return self._spaces[channel]

    def _spaces_of(self, channel: Channel) -> tuple[Space, ...]:
        if channel in PICTURE_CHANNELS:
            return picture_spaces(self.pictures)
        if channel in TEXT_CHANNELS:
            return tuple(encoder.space for encoder in self.texts)
        if channel is Channel.SOUND and self.sound is not None:
            return (self.sound.space,)
        return ()

    def each_space(self) -> tuple[Space, ...]:
        """Every space that some channel's segments get a vector in, once."""
        return tuple(dict.fromkeys(space for channel in Channel for space in self.spaces_for(channel)))

    def spaces(self) -> set[tuple[str, str]]:
        """Name and checksum of every space."""
        return {(space.name, space.checksum) for space in self.each_space()}

    def text_encoder_for(self, space: Space) -> TextEncoder:
        """The encoder that writes words into the space. Raises `UnknownName` where none does."""
        for encoder in self.texts:
            if encoder.space == space:
                return encoder
        raise UnknownName("text encoder's space", space.name, [encoder.space.name for encoder in self.texts])

    def describe(self) -> tuple[ModelStatus, ...]:
        """What the profile is made of and what is on this machine. Loads no weights."""
        return self._statuses()
