"""What a run asks the web about: of what is held only whether it has changed, and not too often."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sensorium.catalogue.drafts import FetchRecord
from sensorium.fetch import Wanted

from .back_off import rests
from .link import Kept, LinkedPicture
from .product_item import kept_segments
from .products import DAY_S, links_of

if TYPE_CHECKING:
    from pathlib import Path

    from sensorium.library_writer import LibraryWriter
    from sensorium.settings import Settings

    from .link import Link
    from .scan import Unit


class Questions:
    """Those of one run. `folder` is where what came before lies. With `retry`, every picture is asked for."""

    def __init__(self, writer: LibraryWriter, folder: Path, settings: Settings, *, retry: bool) -> None:
        self.fetches = settings.fetch
        self._writer = writer
        self._folder = folder
        self._retry = retry
        self._fresh_s = 0.0 if retry else DAY_S * min(1.0, settings.fetch_recheck_days or 1.0)

    def about(self, unit: Unit) -> tuple[Unit, tuple[Wanted | None, ...]]:
        """A unit with its pictures as they are held, and what to ask for each of its addresses, if anything."""
        if unit.link is not None:
            return unit, (self._of_address(unit.uri, unit.link),)
        pictures = self._pictures(unit)
        return replace(unit, pictures=pictures), tuple(self._of_picture(picture) for picture in pictures)

    def _of_address(self, url: str, link: Link) -> Wanted:
        known = link.record if link.held else None
        if known is not None and known.file and not (self._folder / known.file).is_file():
            known = None  # somebody has removed it: have it again
        return _wanted(url, known)

    def _of_picture(self, picture: LinkedPicture) -> Wanted | None:
        if not self.fetches or (rests(picture.refusal) and not self._retry):
            return None
        known = picture.record
        if known is not None and time.time() - known.fetched_at < self._fresh_s:
            return None
        return _wanted(picture.url, known)

    def _pictures(self, unit: Unit) -> tuple[LinkedPicture, ...]:
        links = links_of(unit)
        records, refusals = self._writer.fetched(links), self._writer.refusals(links)
        files = {url: self._file(record) for url, record in records.items()}
        kept = self._kept(unit.uri) if None in files.values() else {}  # those let go, and shown nevertheless
        pictures = (_picture(url, records.get(url), files.get(url), kept) for url in links)
        return tuple(replace(picture, refusal=refusals.get(picture.url)) for picture in pictures)

    def _file(self, record: FetchRecord) -> Path | None:
        file = self._folder / record.file
        return file if record.file and file.is_file() else None

    def _kept(self, uri: str) -> dict[str, Kept]:
        """What is known of the pictures of a product, by their contents."""
        draft = self._writer.draft_of_uri(uri)
        media = enumerate(draft.media) if draft is not None else ()
        return {each.content: Kept(each, kept_segments(draft, n)) for n, each in media if draft is not None}


def _picture(url: str, record: FetchRecord | None, file: Path | None, kept: Mapping[str, Kept]) -> LinkedPicture:
    if record is None or file is not None:
        return LinkedPicture(url, record, file)
    as_it_was = kept.get(record.content)
    return LinkedPicture(url, record if as_it_was is not None else None, kept=as_it_was)


def _wanted(url: str, known: FetchRecord | None) -> Wanted:
    return Wanted(url) if known is None else Wanted(url, known.etag, known.modified)
