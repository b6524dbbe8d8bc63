"""Has sounds transcribed, long ones in pieces: several at a time, with word of how far it is, in little memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import MediaError
from sensorium.media.workers import DecodePool
from sensorium.types import SAMPLE_RATE, Utterance

from .protocols import Transcriber
from .speech_spans import quietest

if TYPE_CHECKING:
    from sensorium.types import Samples

Told = Callable[[float], None]
"""Called with the share of a sound, 0…1, that has been heard."""

PIECE_S = 60.0
"""Of a long sound that workers transcribe: a few tasks for each of them, none of which can run for long."""
_HERE_PIECE_S = 600.0  # in this process, where a whole batch of windows is heard at once
_SEARCH_S = 15.0  # a piece ends at the quietest moment of so many seconds, seldom in the middle of a word
_SLOWEST = 20.0  # a piece may take so many times its length: PocketSphinx needs a fourth of it, on a busy machine more


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said. `problems` tell which stretches could not be listened to, and why; the others are there."""

    utterances: tuple[Utterance, ...] = ()
    problems: tuple[str, ...] = ()


class Hearing:
    """Transcribes with one model, in the pool's worker processes where it can run in one. Threads may share it."""

    def __init__(self, transcriber: Transcriber, pool: DecodePool, *, workers: int, timeout_s: float) -> None:
        self._transcriber = transcriber
        self._pool = pool
        self._workers = workers
        self._timeout_s = timeout_s

    def hear(self, path: Path, samples: Samples, *, told: Told | None = None) -> Heard:
        """What is said in a sound, int16[n] at 16 kHz; it may be mapped from a file. Errors name `path`."""
        utterances: list[Utterance] = []
        problems: list[str] = []
        pieces = self._in_workers(path, samples) if self._transcriber.runs_in_worker else self._in_turn(samples)
        for (start, end), found in pieces:
            if isinstance(found, MediaError):
                problems.append(f"{_clock(start)} to {_clock(end)}: {found}")
            else:
                at_s = start / SAMPLE_RATE
                utterances += [replace(each, start_s=each.start_s + at_s, end_s=each.end_s + at_s) for each in found]
            if told is not None:
                told(end / len(samples))
        return Heard(tuple(utterances), tuple(problems))

    def _in_turn(self, samples: Samples) -> Iterator[tuple[Piece, tuple[Utterance, ...] | MediaError]]:
        for start, end in cut_pieces(samples, _HERE_PIECE_S):
            yield (start, end), self._transcriber.transcribe(samples[start:end])

    def _in_workers(self, path: Path, samples: Samples) -> Iterator[tuple[Piece, tuple[Utterance, ...] | MediaError]]:
        waiting: deque[tuple[Piece, Future[tuple[Utterance, ...]]]] = deque()
        for start, end in cut_pieces(samples, PIECE_S):
            if len(waiting) > self._workers:  # pieces that wait are held in memory
                yield _done(*waiting.popleft())
            timeout_s = self._timeout_s + _SLOWEST * (end - start) / SAMPLE_RATE
            task = self._pool.submit(_transcribe, path, self._transcriber, samples[start:end], timeout_s=timeout_s)
            waiting.append(((start, end), task))
        while waiting:
            yield _done(*waiting.popleft())


Piece = tuple[int, int]
"""Samples [first, end) of a sound."""


def cut_pieces(samples: Samples, length_s: float) -> Iterator[Piece]:
    """The sound in pieces of at most `length_s` seconds, each cut where it is quietest, one after the other."""
    longest, search = round(length_s * SAMPLE_RATE), round(_SEARCH_S * SAMPLE_RATE)
    start = 0
    while len(samples) - start > longest:
        end = quietest(samples, start + longest - search, start + longest)
        yield start, end
        start = end
    if start < len(samples):
        yield start, len(samples)


def _done(piece: Piece, task: Future[tuple[Utterance, ...]]) -> tuple[Piece, tuple[Utterance, ...] | MediaError]:
    try:
        return piece, task.result()
    except MediaError as error:  # the rest of the sound is worth having
        return piece, error


def _transcribe(_path: Path, transcriber: Transcriber, samples: Samples) -> tuple[Utterance, ...]:
    """What a worker process runs; the path is what its errors name."""
    return transcriber.transcribe(samples)


def _clock(place: int) -> str:
    minutes, seconds = divmod(place // SAMPLE_RATE, 60)
    return f"{minutes}:{seconds:02d}"
