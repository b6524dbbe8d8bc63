"""A small library of media drawn here, and an engine that answers from it by plain word matching."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from sensorium.catalogue.attributes import field_name
from sensorium.errors import NotFound
from sensorium.settings import Settings
from sensorium.status import Status
from sensorium.types import (
    Answer,
    Channel,
    Evidence,
    Explanation,
    Facet,
    Hit,
    Item,
    Kind,
    Medium,
    Modality,
    Moment,
    Query,
    Segment,
)
from sensorium.web import create_app

EVIL = "<script>alert('title')</script>"
BACH = "and then the organ plays a slow fugue by Bach while the rain keeps falling"
BREAD = (
    "Mix the flour with water and salt. " * 12
    + "The sourdough starter has to rest overnight before baking. "
    + "Shape the loaf and let it prove. " * 12
)


class FakeLibrary:
    """Items and their media in memory; the files are real."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[int, Item] = {}
        self.segments: dict[int, tuple[Segment, ...]] = {}
        self.thumbnails: dict[str, Path] = {}
        self.stills: dict[int, Path] = {}
        self.problem: Exception | None = None

    def add(self, item: Item, segments: Iterable[Segment] = ()) -> None:
        self.held[item.id] = item
        self.segments[item.id] = tuple(segments)

    def fields(self) -> frozenset[str]:
        return frozenset(field_name(name) for item in self.held.values() for name in item.attributes)

    def sources(self) -> list[Path]:
        return [self.folder / "indexed"]

    def item(self, item_id: int) -> Item:
        if item_id not in self.held:
            raise NotFound("item", item_id)
        return self.held[item_id]

    def items(self, ids: Iterable[int]) -> dict[int, Item]:
        return {item_id: self.held[item_id] for item_id in ids if item_id in self.held}

    def medium(self, medium_id: int) -> Medium:
        for item in self.held.values():
            for medium in item.media:
                if medium.id == medium_id:
                    return medium
        raise NotFound("medium", medium_id)

    def thumbnail(self, medium_id: int) -> Path | None:
        return self.thumbnail_of(self.medium(medium_id).content)

    def thumbnail_of(self, content: str) -> Path | None:
        return self.thumbnails.get(content)

    def still(self, segment_id: int) -> Path | None:
        return self.stills.get(segment_id)

    def segments_of_item(self, item_id: int) -> tuple[Segment, ...]:
        return self.segments[item_id]

    def status(self) -> Status:
        if self.problem is not None:
            raise self.problem
        counts = {kind: sum(item.kind is kind for item in self.held.values()) for kind in Kind}
        return Status("fake", counts, {Channel.PICTURE: 1}, ("fake",), ())


@dataclass
class FakeEngine:
    """Finds items by whole words of their titles and texts; an example finds every item of its modality."""

    library: FakeLibrary
    asked: list[Query] = field(default_factory=list)
    examples: list[tuple[Modality, str, bytes, Path]] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()
    page_size: int = 200
    alike: tuple[Item, ...] = ()
    problem: Exception | None = None

    def search(self, query: Query) -> Answer:
        if self.problem is not None:
            raise self.problem
        self.asked.append(query)
        for part in query.parts:
            if part.path is not None:  # as the real engine: the file must be there, and be readable, by now
                self.examples.append((part.modality, part.path.suffix, part.path.read_bytes(), part.path))
        hits = [hit for item in self.library.held.values() if (hit := self._hit(item, query)) is not None]
        hits.sort(key=lambda hit: -hit.score)
        start = int(query.cursor or 0)  # the real one is as opaque as it looks
        end = start + min(query.limit, self.page_size)
        cursor = str(end) if end < len(hits) else ""
        return Answer(tuple(hits[start:end]), took_ms=12.34, notes=self.notes, facets=self.facets, cursor=cursor)

    def explain(self, query: Query, item_id: int) -> Hit:
        hit = self._hit(self.library.item(item_id), query)
        if hit is None:
            raise NotFound("hit", item_id)
        return replace(hit, explanation=Explanation(3, dict.fromkeys((one.channel for one in hit.evidence), 7)))

    def _hit(self, item: Item, query: Query) -> Hit | None:
        if query.kinds and item.kind not in query.kinds:
            return None
        wanted = {word.casefold() for part in query.parts for word in part.text.split()}
        by_example = any(part.path is not None and part.modality is modality_of(item) for part in query.parts)
        evidence = []
        for rank, segment in enumerate(self.library.segments[item.id], start=1):
            words = (segment.text or item.title).casefold().split()
            share = len(wanted & set(words)) / max(1, len(wanted))
            if share or by_example:
                raw = share or 0.5
                evidence.append(Evidence(segment.channel, "fake", 0, segment, raw, raw * 4, rank, raw * 0.8))
        if not evidence:
            return None
        moments = tuple(
            Moment(one.segment.medium_id, one.segment.start_s, one.segment.end_s, one.segment.page)
            for one in evidence
            if one.segment.start_s is not None or one.segment.page is not None
        )
        return Hit(item, max(one.contribution for one in evidence), tuple(evidence), moments, self.alike)


def modality_of(item: Item) -> Modality | None:
    family = item.media[0].mime.partition("/")[0] if item.media else ""
    return {"image": Modality.PICTURE, "audio": Modality.SOUND, "video": Modality.FILM}.get(family)


def draw_picture(path: Path, colour: str) -> Path:
    picture = Image.new("RGB", (320, 240), "white")
    ImageDraw.Draw(picture).ellipse((60, 20, 260, 220), fill=colour)
    picture.save(path)
    return path


def write_tone(path: Path, seconds: float = 2.0) -> Path:
    samples = array("h", (int(9000 * math.sin(i * 0.17)) for i in range(int(16_000 * seconds))))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture
def library(tmp_path: Path) -> FakeLibrary:
    """1: picture with a thumbnail, 2: product with a price, 3: recording, 4: document, 5: hostile page, 6: vanished."""
    library = FakeLibrary(tmp_path)
    ball = draw_picture(tmp_path / "ball.png", "crimson")
    draw_picture(tmp_path / "thumb.webp", "crimson")
    library.thumbnails["ball"] = tmp_path / "thumb.webp"
    picture = Medium(11, ball, "image/png", 320, 240, content="ball")
    library.add(Item(1, Kind.PICTURE, "red ball", ball, {}, (picture,)), [Segment(101, 1, Channel.PICTURE, 11)])

    shoe = Medium(12, draw_picture(tmp_path / "shoe.png", "navy"), "image/png", 320, 240)
    attributes = {"price": "49.5", "currency": "EUR", "colour": EVIL}
    library.add(
        Item(2, Kind.PRODUCT, f"blue shoe {EVIL}", shoe.path, attributes, (shoe,)),
        [Segment(102, 2, Channel.TEXT, None, text=f"A blue shoe {EVIL} for running")],
    )
    talk = Medium(13, write_tone(tmp_path / "talk.wav"), "audio/x-wav", duration_s=2.0)
    spoken = Segment(103, 3, Channel.SPEECH, 13, 83.25, 90.0, text=BACH)
    library.add(Item(3, Kind.RECORDING, "church talk", talk.path, {}, (talk,)), [spoken])

    bread = tmp_path / "bread.txt"
    bread.write_text(BREAD, encoding="utf-8")
    library.add(
        Item(4, Kind.DOCUMENT, "bread book", bread, {}, (Medium(14, bread, "application/pdf"),)),
        [Segment(104, 4, Channel.TEXT, 14, page=3, text=f"Baking at home\n{BREAD}")],
    )
    for item_id, name, mime in ((5, "evil.html", "text/html"), (6, "gone.png", "image/png")):
        path = tmp_path / name
        path.write_text("<script>alert(1)</script>", encoding="utf-8")
        medium = Medium(item_id + 10, path, mime)
        library.add(Item(item_id, Kind.DOCUMENT, name, path, {}, (medium,)), [Segment(item_id, item_id, Channel.NAME)])
    (tmp_path / "gone.png").unlink()
    return library


@pytest.fixture
def engine(library: FakeLibrary) -> FakeEngine:
    return FakeEngine(library)


@pytest.fixture
def app(engine: FakeEngine):
    return create_app(engine, Settings(max_upload_mb=1))


@pytest.fixture
def client(app):
    return app.test_client()
