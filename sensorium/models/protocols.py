"""What the engine asks of a model. Anything that fits may be registered in `sensorium.models.profiles`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from sensorium.types import Space, TextLine, Utterance

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sensorium.types import Matrix, Pixels, Samples

    from .picture_view import PictureView


__all__ = ["LookEncoder", "PictureEncoder", "SoundEncoder", "TextEncoder", "Transcriber", "Utterance"]


@runtime_checkable
class TextEncoder(Protocol):
    """Writes words into a space."""

    @property
    def space(self) -> Space: ...

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Row i is the unit vector of text i: float32[n, space.dimension]. Text past the window is cut off."""
        ...


@runtime_checkable
class TokenEncoder(Protocol):
    """A text encoder that also shows what it makes of every token."""

    @property
    def space(self) -> Space: ...

    def encode_tokens(self, texts: Sequence[str]) -> list[Matrix]:
        """For each text the unit vectors of its tokens, float32[tokens, width], the marks of its ends among them."""
        ...


@runtime_checkable
class PictureEncoder(Protocol):
    """Writes pictures into a space."""

    @property
    def space(self) -> Space: ...

    @property
    def input_px(self) -> int:
        """The side of the square the model sees. Pictures need not be decoded much larger than this."""
        ...

    @property
    def view(self) -> PictureView | None:
        """How the model sees a picture, for those who would rather do that where the picture is decoded.

        `encode_pictures` sees by itself what has not been seen. None where pictures are wanted as they are.
        """
        ...

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Matrix:
        """Row i is the unit vector of picture i: float32[n, space.dimension]. Pictures may differ in size."""
        ...


@runtime_checkable
class LookEncoder(PictureEncoder, Protocol):
    """A picture encoder that also writes what pictures look like into a space of their own, which no words reach."""

    @property
    def look_space(self) -> Space: ...

    def encode_with_looks(self, pictures: Sequence[Pixels]) -> Matrix:
        """Row i is picture i's two unit vectors side by side: float32[n, space.dimension + look_space.dimension]."""
        ...


@runtime_checkable
class SoundEncoder(Protocol):
    """Writes sounds that are not speech into a space, and tells whether they are speech."""

    @property
    def space(self) -> Space: ...

    @property
    def window_s(self) -> float:
        """What the model hears at once, in seconds. Sounds may be longer and shorter."""
        ...

    def encode_sounds(self, sounds: Sequence[Samples]) -> Matrix:
        """Row i is the unit vector of sound i: float32[n, space.dimension]. Sounds may differ in length."""
        ...

    def speech_probability(self, sounds: Sequence[Samples]) -> npt.NDArray[np.float32]:
        """How likely somebody speaks anywhere in sound i: float32[n], in [0, 1]."""
        ...


@runtime_checkable
class Transcriber(Protocol):
    """Turns speech into words with times. Threads may share one."""

    @property
    def name(self) -> str: ...

    @property
    def checksum(self) -> str:
        """Identifies model and revision, so that another transcriber's text is not taken for this one's."""
        ...

    @property
    def runs_in_worker(self) -> bool:
        """Whether it may be pickled and run in a decoding process: it is small, and needs no accelerator."""
        ...

    def transcribe(self, samples: Samples) -> tuple[Utterance, ...]:
        """Utterances in order, none overlapping. Silence and sound without speech give an empty tuple."""
        ...


@runtime_checkable
class TextReader(Protocol):
    """Reads what is written in pictures. It is run in decoding processes, so it must pickle and be small."""

    @property
    def name(self) -> str: ...

    @property
    def checksum(self) -> str:
        """Identifies model and revision, so that what another reader made out is not taken for this one's."""
        ...

    @property
    def glance_px(self) -> int:
        """The longer side of a picture that `sees_text` wants; smaller ones will do, larger ones are scaled down."""
        ...

    @property
    def read_px(self) -> int:
        """The same for `read`."""
        ...

    def sees_text(self, picture: Pixels) -> bool:
        """Whether there may be text, found out at a fraction of the cost of reading it."""
        ...

    def read(self, picture: Pixels) -> tuple[TextLine, ...]:
        """Lines in reading order: from top to bottom, of one height from left to right. None without text."""
        ...
