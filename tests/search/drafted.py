"""Libraries put together from drafts, without files: as large and as strange as a test wants them, in milliseconds."""

import hashlib
from pathlib import Path

from sensorium.catalogue.drafts import ItemDraft, MediumDraft, SegmentDraft
from sensorium.library import Library
from sensorium.media.reader import MediaReader
from sensorium.search import calibrate
from sensorium.search.engine import Engine
from sensorium.settings import Settings
from sensorium.types import Channel, Kind
from tests.fakes import fake_models

TEXT_KINDS = {Channel.TEXT: Kind.DOCUMENT, Channel.SPEECH: Kind.RECORDING}


def text_item(name, *texts, channel=Channel.TEXT, spans=None, pages=None, content=""):
    """A document with a passage for each text, or a recording with an utterance; `spans` and `pages` place them."""
    path = Path("/nowhere") / name
    content = content or hashlib.sha256(name.encode()).hexdigest()
    segments = tuple(
        SegmentDraft(
            channel, f"text:{text}", 0, *(spans[i] if spans else (None, None)), pages[i] if pages else None, text
        )
        for i, text in enumerate(texts)
    )
    medium = MediumDraft(path, "text/plain", content, duration_s=60.0)
    return ItemDraft(str(path), TEXT_KINDS[channel], name, path, "1", {}, (medium,), segments)


def put(library, models, drafts):
    """Store the drafts, with the vectors of their texts; return their ids in order."""
    encoder = models.texts[0]
    texts = {s.key: s.text for draft in drafts for s in draft.segments if s.text}
    spaces = {channel: models.spaces_for(channel) for channel in Channel}
    with library.writing() as writer, writer.transaction([encoder.space]) as write:
        write.put_vectors(encoder.space, tuple(texts), encoder.encode_texts(list(texts.values())))
        return [write.put_item(draft, spaces) for draft in drafts]


def put_backgrounds(library, models):
    """Measure and store what unrelated queries score."""
    with library.writing() as writer, writer.transaction() as write:
        for key, background in calibrate.fit(library, models).items():
            write.put_background(key, background.scores, background.surprises)


def remove(library, names):
    with library.writing() as writer, writer.transaction() as write:
        return write.remove_items([str(Path("/nowhere") / name) for name in names])


def open_engine(folder, drafts=(), settings=None):
    """An engine over a new library of fake models that holds the drafts."""
    models = fake_models()
    library = Library.open_or_create(folder, "fake")
    put(library, models, drafts)
    put_backgrounds(library, models)  # stored, so that no change measures them anew
    return Engine(library, models, MediaReader(settings or Settings(workers=1)))
