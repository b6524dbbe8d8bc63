"""What of a passage of speech answers a query: the utterance with most of its words, and when it was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sensorium.catalogue.fulltext import FUNCTION_WORDS
from sensorium.types import Evidence, Segment, Utterance
from sensorium.wording import words_of

from .fusion import Scored

_STEM = 4  # letters that two forms of a word share at least
_ENDING = 3  # letters in which they may differ


class Quoter:
    """Finds quotes for the words of one query."""

    def __init__(self, texts: Iterable[str]) -> None:
        words = {word for text in texts for word in words_of(text)}
        self._words = words - FUNCTION_WORDS or words

    def quote(self, segment: Segment) -> Utterance | None:
        """The utterance with most of the words, the first of equals; None where no utterance has any."""
        best, most = None, 0
        for said in segment.utterances() if self._words else ():
            spoken = set(words_of(said.text))
            count = sum(any(same_word(word, other) for other in spoken) for word in self._words)
            if count > most:
                best, most = said, count
        return best

    def quoted(self, scored: Iterable[Scored]) -> list[Scored]:
        """The same, their evidence with its quotes."""
        return [
            replace(one, evidence=tuple(map(self._quoted, one.evidence)))
            if any(proof.segment.times for proof in one.evidence)
            else one
            for one in scored
        ]

    def narrowed(self, segments: Mapping[int, Segment]) -> dict[int, Segment]:
        """The segments, those with a quote in its time: that is where to look."""
        return {id_: self._narrowed(segment) if segment.times else segment for id_, segment in segments.items()}

    def _quoted(self, evidence: Evidence) -> Evidence:
        found = self.quote(evidence.segment) if evidence.segment.times else None
        return evidence if found is None else replace(evidence, quote=found)

    def _narrowed(self, segment: Segment) -> Segment:
        found = self.quote(segment)
        return segment if found is None else replace(segment, start_s=found.start_s, end_s=found.end_s)


def same_word(one: str, other: str) -> bool:
    """Whether two words are alike but for their endings: `ship` and `ships`, `reading` and `reader`."""
    if one.removesuffix("s") == other.removesuffix("s"):
        return True
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return shared >= _STEM and max(len(one), len(other)) - shared <= _ENDING
