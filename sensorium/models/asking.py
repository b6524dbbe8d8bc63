"""Encodes what is asked, as opposed to what is indexed: queries come one at a time, from many threads at once.

What arrives while an encoder works is encoded together when it is done, so that waiting queries share one pass and a
lone one never waits for company. Vectors of words are remembered: people page, refine and ask again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from sensorium.types import Space

from .in_parts import one_core_threads
from .looks import encode_whole
from .protocols import PictureEncoder, SoundEncoder, TextEncoder

if TYPE_CHECKING:
    from sensorium.types import Matrix, Pixels, Samples

T = TypeVar("T")

AT_ONCE = 64
"""Values that one pass takes at most, beyond those of a single query."""
REMEMBERED = 4096
"""Texts whose vectors are remembered, of all encoders together: some 6 MB at 384 dimensions."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting(Generic[T]):
    """The values of one query that wait to be encoded, and where their vectors are awaited."""

    values: Sequence[T]
    vectors: Future[Matrix] = field(default_factory=Future)


class Together(Generic[T]):
    """One encoder, shared by threads: a thread of its own encodes, and takes along whatever waits."""

    def __init__(self, encode: Callable[[Sequence[T]], Matrix], thread: Executor | None = None) -> None:
        self._encode = encode
        self._queue: deque[_Waiting[T]] = deque()
        self._lock = threading.Lock()
        self._thread = thread or ThreadPoolExecutor(1, thread_name_prefix="asking")

    def __call__(self, values: Sequence[T]) -> Matrix:
        """float32[n, dimension]: a row for each value. Raises what the encoder raises."""
        return self.begin(values).result()

    def begin(self, values: Sequence[T]) -> Future[Matrix]:
        """The same, to be waited for later."""
        mine = _Waiting(values)
        with self._lock:
            self._queue.append(mine)
        self._thread.submit(self._pass)  # there may be nothing left to do by then
        return mine.vectors

    def _pass(self) -> None:
        batch = self._taken()
        if batch:
            self._work(batch)

    def _taken(self) -> list[_Waiting[T]]:
        """What the next pass encodes, the oldest first."""
        batch: list[_Waiting[T]] = []
        size = 0
        with self._lock:
            while self._queue and (not batch or size + len(self._queue[0].values) <= AT_ONCE):
                batch.append(self._queue.popleft())
                size += len(batch[-1].values)
        return batch

    def _work(self, batch: Sequence[_Waiting[T]]) -> None:
        ends = accumulate((len(one.values) for one in batch), initial=0)
        try:
            rows = self._encode([value for one in batch for value in one.values])
            parts = [rows[first:last] for first, last in pairwise(ends)]
        except BaseException as error:  # whatever it is, who waits must hear of it
            if len(batch) == 1:
                batch[0].vectors.set_exception(error)
                return
            for one in batch:  # a value that cannot be encoded is its own query's trouble
                self._work([one])
            return
        for one, part in zip(batch, parts, strict=True):
            one.vectors.set_result(part)


@dataclass(slots=True)
class _Memory:
    """The vectors of the texts asked last, by the checksum of the weights and the text."""

    most: int
    held: OrderedDict[tuple[Space, str], Matrix] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: tuple[Space, str]) -> Matrix | None:
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
            return self.held.get(key)

    def put(self, key: tuple[Space, str], vectors: Matrix) -> None:
        vectors.flags.writeable = False  # every query that asks the same gets this very array
        with self.lock:
            self.held[key] = vectors
            self.held.move_to_end(key)
            while len(self.held) > self.most:
                self.held.popitem(last=False)


class Asking:
    """Encodes the parts of queries. Threads may share one. Holds its encoders for as long as it lives."""

    def __init__(self, *, remembered: int = REMEMBERED) -> None:
        self._memory = _Memory(remembered)
        self._texts: dict[Space, Together[str]] = {}
        self._pictures: dict[Space, Together[Pixels]] = {}
        self._sounds: dict[Space, Together[Samples]] = {}
        self._making = threading.Lock()

    def text(self, encoder: TextEncoder, text: str) -> Matrix:
        """float32[1, dimension], read-only, by one core: a few words are encoded before others have come to help.

        White space between words does not count, letters' case does: it tells some models names from words.
        """
        return self.text_soon(encoder, text)()

    def text_soon(self, encoder: TextEncoder, text: str) -> Callable[[], Matrix]:
        """Begins to encode, and gives what waits for the vector: there is other work to do meanwhile."""
        key = encoder.space, " ".join(text.split())
        held = self._memory.get(key)
        if held is not None:
            return partial(_itself, held)
        together = self._of(self._texts, encoder.space, encoder.encode_texts, one_core_threads)
        return partial(self._kept, key, together.begin([key[1]]))

    def _kept(self, key: tuple[Space, str], coming: Future[Matrix]) -> Matrix:
        held = coming.result().copy()
        self._memory.put(key, held)
        return held

    def pictures(self, encoder: PictureEncoder, pictures: Sequence[Pixels]) -> Matrix:
        """float32[n, d]: what `looks.encode_whole` gives."""
        return self._of(self._pictures, encoder.space, partial(encode_whole, encoder))(pictures)

    def sounds(self, encoder: SoundEncoder, sounds: Sequence[Samples]) -> Matrix:
        """float32[n, dimension]."""
        return self._of(self._sounds, encoder.space, encoder.encode_sounds)(sounds)

    def _of(
        self,
        made: dict[Space, Together[T]],
        space: Space,
        encode: Callable[[Sequence[T]], Matrix],
        threads: Callable[[int, str], Executor] = ThreadPoolExecutor,
    ) -> Together[T]:
        with self._making:
            if space not in made:
                made[space] = Together(encode, threads(1, "asking"))
            return made[space]


def _itself(vectors: Matrix) -> Matrix:
    return vectors
