"""Turns the parts of a query into what the channels can be asked: unit vectors in a space, and words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sensorium.errors import QueryError
from sensorium.fingerprints.constellation import Constellation, asked_peaks
from sensorium.fingerprints.pictures import PicturePrint, picture_print
from sensorium.library import Library
from sensorium.media.decoded import DECODED_PX
from sensorium.media.reader import MediaReader
from sensorium.media.sound_spans import sound_spans
from sensorium.models.hearing import Hearing
from sensorium.models.looks import by_space, picture_spaces
from sensorium.models.model_set import ModelSet
from sensorium.types import Channel, Modality, Part, Query
from sensorium.wording import Wording, read_wording, spoken

from .likes import like_probes
from .probes import Asked, Later, Probe, Words
from .recognise import Recalled
from .recommend import liked
from .selection import filters_of

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels, Samples

FILM_FRAMES = 8
"""Frames that a film is asked by; evenly spread over those its decoder keeps."""
SOUND_SPANS = 8
"""Spans that a sound is asked by, evenly spread over it."""
Aside = Callable[[], AbstractContextManager[None]]
"""Makes a context in which a thread waits for others; see `turns`."""


def understand(
    query: Query, library: Library, models: ModelSet, media: MediaReader, *, aside: Aside = nullcontext
) -> Asked:
    """Encode each part with every model that can. Words are still being encoded when this returns: whoever looks at the
    probes waits for them, within `aside`.

    Raises `QueryError` for a query that asks nothing, `MediaError` for an example that cannot be read, and `NotFound`
    for one that is no longer in the library.
    """
    if not (query.parts or filters_of(query) or query.sort):
        raise QueryError("The query is empty. Give words, or a picture, sound or film as an example.")
    probes: list[Iterable[Probe]] = []
    words: list[Words] = []
    notes = list(query.notes)
    recalled: list[Recalled] = []
    for number, part in enumerate(query.parts):
        if part.likes:
            found = liked(number, part, library, models)
            probes.append(found.probes)
            words += found.words
            continue
        if part.modality is Modality.ITEM:
            probes.append(like_probes(number, part, library, models))
            continue
        taken = _take_apart(part, models, media)
        if taken.text:
            wording = read_wording(taken.text) if part.modality is Modality.TEXT else spoken(taken.text)
            probes.append(_text_probes(number, part, wording, models))
            words.append(Words(number, wording, part.channels))
        if taken.pictures is not None:
            seen = by_space(taken.pictures, picture_spaces(models.pictures))
            probes.append([Probe(number, Modality.PICTURE, *each, part.channels) for each in seen])
        if taken.sounds is not None and models.sound is not None:
            probes.append([Probe(number, Modality.SOUND, models.sound.space, taken.sounds, part.channels)])
        recalled += taken.recalled(number, part.channels)
        if not taken:
            notes.append(_nothing_heard(part, models))
    return Asked(Later(partial(_awaited, probes, aside)), tuple(words), tuple(notes), tuple(recalled))


def _awaited(probes: Sequence[Iterable[Probe]], aside: Aside) -> list[Probe]:
    with aside():
        return list(chain.from_iterable(probes))


@dataclass(frozen=True, slots=True)
class _Taken:
    """A part's words (its own, or those said in it), the vectors of its pictures and sounds, and what those are known
    again by.
    """

    text: str = ""
    pictures: Matrix | None = None
    sounds: Matrix | None = None
    prints: tuple[PicturePrint, ...] = ()
    track: Constellation | None = None

    def __bool__(self) -> bool:
        return bool(self.text) or self.pictures is not None or self.sounds is not None or self.track is not None

    def recalled(self, part: int, channels: tuple[Channel, ...]) -> Iterator[Recalled]:
        if self.prints:
            yield Recalled(part, Modality.PICTURE, pictures=self.prints, channels=channels)
        if self.track is not None:
            yield Recalled(part, Modality.SOUND, track=self.track, channels=channels)


def _take_apart(part: Part, models: ModelSet, media: MediaReader) -> _Taken:
    if part.modality is Modality.TEXT:
        if not part.text.strip():
            raise QueryError("The query has no words in it.")
        return _Taken(part.text.strip())
    if part.path is None:
        raise QueryError(f"A part of the query is a {part.modality} without a file.")
    px = max(DECODED_PX, models.pictures.input_px)  # as when indexing: a picture must find itself
    match part.modality:
        case Modality.PICTURE:
            pixels = media.picture(part.path, shorter_px=px).pixels
            return _seen([pixels], models)
        case Modality.SOUND:
            return _heard(part.path, media.sound(part.path).samples, models, media)
        case Modality.FILM:
            film = media.film(part.path, shorter_px=px)
            places = np.linspace(0, len(film.frames) - 1, min(FILM_FRAMES, len(film.frames))).round().astype(int)
            seen = _seen([film.frames[place].pixels for place in places], models)
            heard = _Taken() if film.sound is None else _heard(part.path, film.sound, models, media)
            return replace(heard, pictures=seen.pictures, prints=seen.prints)
        case _:
            raise QueryError(f"A part of the query is a {part.modality}, which has no file.")


def _seen(pictures: Sequence[Pixels], models: ModelSet) -> _Taken:
    prints = tuple(picture_print(pixels) for pixels in pictures)
    return _Taken(pictures=models.asking.pictures(models.pictures, pictures), prints=prints)


def _heard(path: Path, samples: Samples, models: ModelSet, media: MediaReader) -> _Taken:
    """What is said in a sound, the vectors of its spans, and what it is known again by: all at once."""
    task = media.pool.submit(asked_peaks, path, samples, timeout_s=media.timeout_s)
    said = _said(path, samples, models, media)
    spans = sound_spans(samples)
    peaks = task.result()
    track = peaks if len(peaks) else None
    if models.sound is None or not spans:
        return _Taken(said, track=track)
    places = np.linspace(0, len(spans) - 1, min(SOUND_SPANS, len(spans))).round().astype(int)
    sounds = models.asking.sounds(models.sound, [samples[slice(*spans[place])] for place in places])
    return _Taken(said, sounds=sounds, track=track)


def _nothing_heard(part: Part, models: ModelSet) -> str:
    if models.sound is not None:
        return f"{part.path} is silent."
    return f"Nothing was said in {part.path}, and no model for other sounds is installed."


def _said(path: Path, samples: Samples, models: ModelSet, media: MediaReader) -> str:
    if models.transcriber is None:
        return ""
    hearing = Hearing(models.transcriber, media.pool, workers=media.workers, timeout_s=media.timeout_s)
    return " ".join(utterance.text for utterance in hearing.hear(path, samples).utterances)


def _text_probes(number: int, part: Part, wording: Wording, models: ModelSet) -> Iterator[Probe]:
    """Begins to encode the words; whoever iterates waits for them."""
    soon = {encoder.space: models.asking.text_soon(encoder, wording.plain) for encoder in models.texts}

    def made() -> Iterator[Probe]:
        written = {space: vectors() for space, vectors in soon.items()}
        depicts = 0.0
        if models.depiction is not None and part.modality is Modality.TEXT:  # what is said in a sound tells nothing
            depicts = models.depiction(wording.plain, written[models.depiction.space][0])
        for space, vectors in written.items():
            yield Probe(number, Modality.TEXT, space, vectors, part.channels, wording.phrases, depicts)

    return made()
