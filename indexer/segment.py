"""Turns what was read into items with their segments, each under the key of what is to be encoded for it.

A key names content, not a place: two copies of a picture, or two equal sentences, have one key and one encoding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.catalogue.drafts import Inscription, ItemDraft, MediumDraft, SegmentDraft
from sensorium.catalogue.places import FETCHED
from sensorium.media.decoded import Document, Film, Frame, Picture, Sound
from sensorium.models.protocols import Utterance
from sensorium.types import Channel

from .cutting import cut_document, group_lines, last_heading
from .listen import spans_of
from .names import name_words, says_something, title_of
from .passages import join_utterances
from .read import Reading
from .scan import Unit
from .stamps import with_stamp

if TYPE_CHECKING:
    from sensorium.types import Pixels, Samples


@dataclass(frozen=True, slots=True)
class Prepared:
    """An item ready to be encoded: `pixels` and `sounds` hold what the keys of such segments name, others are texts.

    A film's stills are unpacked only when they are encoded.
    """

    draft: ItemDraft
    pixels: Mapping[str, Pixels | Frame] = field(default_factory=dict)
    sounds: Mapping[str, Samples] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said in a file. Each of `voices` tells the whole of it: subtitles of one language, or a transcript.

    `problems` say which stretches could not be listened to.
    """

    voices: tuple[Sequence[Utterance], ...] = ()
    problems: tuple[str, ...] = ()

    def attributes(self) -> dict[str, Any]:
        """What there is to tell of it: its language, a list where it is in several, and what was not listened to."""
        languages = sorted({said.language for voice in self.voices for said in voice if said.language})
        told: dict[str, Any] = {"language": languages if len(languages) > 1 else "".join(languages)}
        told["unread_speech"] = "; ".join(self.problems)
        return {name: value for name, value in told.items() if value}


def prepare_file(unit: Unit, reading: Reading, said: Said, *, hears: bool) -> Prepared:
    """The item of one media file. `hears` says whether a model hears what is not said."""
    decoded = reading.decoded
    title, name = title_of(unit.called), name_words(unit.called)
    attributes: dict[str, Any] = {**decoded.attributes, **said.attributes()}
    attributes |= unit.link.attributes if unit.link is not None else {}
    if reading.unread:
        attributes["unread_subtitles"] = "; ".join(reading.unread)
    pixels: dict[str, Pixels | Frame] = {}
    segments: list[SegmentDraft] = []
    match decoded:
        case Picture():
            seen, segments = picture_segments(reading, decoded, 0)
            pixels.update(seen)
        case Sound():
            title = str(attributes.get("title") or title)
            name = f"{attributes.get('title', '')} {name}".strip()
        case Film():
            for frame, known_by in zip(decoded.frames, reading.pictures, strict=True):
                key = f"frame:{reading.content}@{frame.start_s:.3f}"
                pixels[key] = frame
                span = frame.start_s, frame.end_s
                segments.append(SegmentDraft(Channel.FRAME, key, 0, *span, print=known_by, still=frame.picture))
        case Document():
            title = decoded.title or title
            name = decoded.title or name
            segments.extend(_passages(decoded))
    if reading.track is not None:
        whole = 0.0, getattr(decoded, "duration_s", None)
        segments.append(SegmentDraft(Channel.TRACK, f"track:{reading.content}", 0, *whole, print=reading.track))
    sounds = spans_of(reading) if hears else []
    segments.extend(span.segment for span in sounds)
    segments.extend(segment for voice in said.voices for segment in _speech(voice))
    segments.append(_name_segment(name))
    medium = medium_of(reading, ours=unit.link is not None)
    fingerprint = unit.fingerprint if unit.link is not None else with_stamp(unit.fingerprint, reading.stamp)
    draft = ItemDraft(
        unit.uri, reading.type.kind, title, unit.path, fingerprint, attributes, (medium,), tuple(segments),
    )  # fmt: skip
    return Prepared(draft, pixels, {span.segment.key: span.samples for span in sounds})


def prepare_copy(draft: ItemDraft, unit: Unit) -> Prepared:
    """The item of a file whose content is another item's, here or vanished: nothing but its name may be new."""
    before, now = name_words(draft.path), name_words(unit.path)
    title = title_of(unit.path) if draft.title == title_of(draft.path) else draft.title
    segments = tuple(_renamed(segment, before, now) for segment in draft.segments)
    media = tuple(replace(medium, path=unit.path) for medium in draft.media)
    copy = replace(draft, uri=unit.uri, path=unit.path, fingerprint=unit.fingerprint)
    return Prepared(replace(copy, title=title, media=media, segments=segments))


def _renamed(segment: SegmentDraft, before: str, now: str) -> SegmentDraft:
    if segment.channel is not Channel.NAME or segment.text is None or not segment.text.endswith(before):
        return segment
    return _name_segment(segment.text.removesuffix(before) + now)


def picture_segments(reading: Reading, picture: Picture, medium: int) -> tuple[dict[str, Pixels], list[SegmentDraft]]:
    """A picture as a whole and by its parts: what to encode, under its key, and the segments."""
    key = f"picture:{reading.content}"
    pixels = {key: picture.pixels}
    segments = [SegmentDraft(Channel.PICTURE, key, medium, print=reading.pictures[0])]
    for box, part in reading.parts:
        of_part = f"{key}@{','.join(map(str, box))}"
        pixels[of_part] = part
        segments.append(SegmentDraft(Channel.PICTURE, of_part, medium, boxes=(box,)))
    return pixels, segments


def _passages(document: Document) -> list[SegmentDraft]:
    """Passages with the last of their headings in front: it often holds the very word that is looked for."""
    segments = []
    for passage in cut_document(document.blocks):
        heading = last_heading(passage.heading)
        text = f"{heading}\n{passage.text}" if heading else passage.text
        segments.append(text_segment(Channel.TEXT, text, medium=0, page=passage.page))
    return segments


def _speech(utterances: Sequence[Utterance]) -> list[SegmentDraft]:
    """A passage has its utterances as lines, and when each of them was said."""
    segments = []
    for passage in join_utterances(utterances):
        text = "\n".join(said.text for said in passage)
        times = tuple((said.start_s, said.end_s) for said in passage)
        segments.append(
            SegmentDraft(Channel.SPEECH, _text_key(text), 0, times[0][0], times[-1][1], text=text, times=times)
        )
    return segments


def inscription_segments(inscriptions: Iterable[Inscription]) -> list[SegmentDraft]:
    """What is written in a medium, place by place; a long page in passages. One line of text to each of the boxes."""
    segments = []
    for found in inscriptions:
        for lines in group_lines(found.lines):
            text = "\n".join(line.text for line in lines)
            boxes = tuple(line.box for line in lines)
            where = found.start_s, found.end_s, found.page
            segments.append(SegmentDraft(Channel.OCR, _text_key(text), None, *where, text, boxes))
    return segments


def text_segment(channel: Channel, text: str, *, medium: int | None = None, page: int | None = None) -> SegmentDraft:
    return SegmentDraft(channel, _text_key(text), medium, page=page, text=text)


def _name_segment(name: str) -> SegmentDraft:
    """A name that describes nothing has no key, and so no vector."""
    return SegmentDraft(Channel.NAME, _text_key(name) if says_something(name) else "", 0, text=name)


def _text_key(text: str) -> str:
    return f"text:{hashlib.sha256(text.encode()).hexdigest()}"


def medium_of(reading: Reading, *, ours: bool = False) -> MediumDraft:
    """`ours` says that the file is the library's own, and so goes where it goes."""
    decoded = reading.decoded
    return MediumDraft(
        Path(FETCHED, reading.path.name) if ours else reading.path,
        reading.type.mime,
        reading.content,
        getattr(decoded, "width", None),
        getattr(decoded, "height", None),
        getattr(decoded, "duration_s", None),
        reading.thumbnail,
    )
