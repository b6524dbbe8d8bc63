"""Speech to text with PocketSphinx, whose English model ships inside its package. Never imports torch."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable
from sensorium.types import SAMPLE_RATE

from .checksums import combined_checksum, file_checksum
from .lazy import Lazy
from .protocols import Utterance
from .speech_spans import speech_spans
from .voice_activity import weights_path

if TYPE_CHECKING:
    from sensorium.types import Samples

FRAMES_PER_S = 100
_LONGEST_WORD = 1.5 * FRAMES_PER_S  # a "word" held longer is a hum or a howl
_SLOWEST = 1.2  # words a second; people read at 2 to 3.5, barks and engines are heard as less than one
_PAUSE = 0.4 * FRAMES_PER_S  # between two words, that ends a phrase
_LONGEST_PHRASE = 8 * FRAMES_PER_S
_ALTERNATIVE = re.compile(r"\(\d+\)$")  # "the(2)" is the second pronunciation of "the"
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*|\*.*)$")  # "<sil>", "[NOISE]", "++UH++"

_INTERJECTIONS = frozenset(("ah", "aw", "eh", "ha", "hm", "mm", "oh", "ooh", "uh", "um", "whoa"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word as the decoder names it, on its frames [start, end] of 10 ms."""

    text: str
    start: int
    end: int


class PocketSphinxTranscriber:
    """A `Transcriber` for English. About every second word is wrong on read speech.

    The model is loaded at the first sound, once in each process however many transcribers it makes: a worker gets a
    new one with every task. It pickles as its name alone.
    """

    name = "pocketsphinx-en-us"
    runs_in_worker = True

    @property
    def checksum(self) -> str:
        """Over the files of its model and of the one that finds the speech; loads nothing."""
        folder = _model_folder()
        files = (folder / "en-us" / "mdef", folder / "cmudict-en-us.dict", folder / "en-us.lm.bin", weights_path())
        return combined_checksum(file_checksum(path) for path in files)

    def transcribe(self, samples: Samples) -> tuple[Utterance, ...]:
        """Utterances in order with the times of their first and last word. Without speech there are none."""
        found = []
        with _turn:
            for start, end in speech_spans(samples):
                words = list(spoken(self._decode(samples[start:end])))
                if sounds_spoken(words):
                    found += [_utterance(part, start / SAMPLE_RATE, end / SAMPLE_RATE) for part in phrases(words)]
        return tuple(found)

    @staticmethod
    def _decode(samples: Samples) -> list[Word]:
        decoder = _decoder()
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), full_utt=True)  # whole, so that its own mean is taken off, not a guess
        decoder.end_utt()
        return [Word(part.word, part.start_frame, part.end_frame) for part in decoder.seg() or ()]


def spoken(words: Iterable[Word]) -> Iterator[Word]:
    """The words without silences, noises and fillers, and without the marks of alternative pronunciations."""
    for word in words:
        if not _FILLER.match(word.text):
            yield Word(_ALTERNATIVE.sub("", word.text), word.start, word.end)


def sounds_spoken(words: Sequence[Word]) -> bool:
    """Whether the words come as fast as somebody speaks.

    The decoder finds words in any sound. In a dog's bark or an engine they are few and long, in a bell an "ah"; such
    are left out.
    """
    if (
        all(word.text in _INTERJECTIONS for word in words)
        or max(word.end - word.start for word in words) > _LONGEST_WORD
    ):
        return False
    spoken_s = (words[-1].end + 1 - words[0].start) / FRAMES_PER_S
    return len(words) / spoken_s >= _SLOWEST


def phrases(words: Sequence[Word]) -> list[Sequence[Word]]:
    """Words said in one breath: parted at pauses, and where that leaves more than a few seconds, at the longest."""
    parts: list[Sequence[Word]] = []
    begun = 0
    for place in range(1, len(words)):
        if words[place].start - words[place - 1].end >= _PAUSE:
            parts.append(words[begun:place])
            begun = place
    return [short for part in [*parts, words[begun:]] for short in _short(part)]


def _short(words: Sequence[Word]) -> list[Sequence[Word]]:
    if len(words) < 2 or words[-1].end - words[0].start <= _LONGEST_PHRASE:
        return [words]
    middle = (words[0].start + words[-1].end) / 2
    # Of equal pauses that which is nearest to the middle: most words follow one another without any.
    cut = max(
        range(1, len(words)),
        key=lambda place: (words[place].start - words[place - 1].end, -abs(words[place].start - middle)),
    )
    return [*_short(words[:cut]), *_short(words[cut:])]


def _utterance(words: Sequence[Word], start_s: float, end_s: float) -> Utterance:
    first_s = start_s + words[0].start / FRAMES_PER_S
    last_s = start_s + (words[-1].end + 1) / FRAMES_PER_S
    return Utterance(first_s, min(last_s, end_s), " ".join(word.text for word in words))


def _model_folder() -> Path:
    try:
        from pocketsphinx import get_model_path
    except ImportError as error:
        raise ModelUnavailable("PocketSphinx is not installed. Install it with: pip install pocketsphinx") from error
    return Path(get_model_path("en-us"))


def _load() -> Any:
    _model_folder()
    from pocketsphinx import Decoder

    # The second pass (fwdflat) costs a tenth more time, and on read sentences hears no more of the words.
    return Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", fwdflat=False)


_decoder: Lazy[Any] = Lazy(_load)
_turn = threading.Lock()  # the decoder holds one utterance at a time
