"""What fusion believes: one record of constants, the shipped ones or those that `sensorium tune` has found better."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from sensorium.types import Channel

FACT = "fusion"
"""The library's fact that holds tuned weights."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Priors are decades by which a channel's matches with words are believed more than their calibration says.

    Names are short and alike, speech is misheard, and neighbouring frames repeat one another: so theirs are negative.
    """

    name: float = -0.4
    text: float = 0.0
    speech: float = -0.2
    ocr: float = 0.0
    frame: float = -0.5
    sound: float = 0.0
    discount: float = 0.5
    """What each further channel of an item counts, against the one before it."""
    second_look: float = 1.0
    """What a further matcher of the same channel adds, of its surprise beyond `free`."""
    free: float = 1.5
    """The surprise that a further matcher is expected to have, given that the first one matched."""
    words: float = 0.11
    """Cosine that a text is worth more for every decade by which the words it shares with the query are unlikely."""
    lift: float = 1.0
    """Decades by which pictures are believed more where no text answers the query at all."""
    caption_lift: float = 1.0
    """Decades added to that for every decade of odds that the words describe a picture: odds are worths too."""
    still_lift: float = 0.8
    """What stills of films get of that: a caption may be of one, and a film has many that are alike."""
    written: float = 1.25
    """Decades by which text in pictures is believed less where texts answer the query, or a picture is asked with."""
    silence: float = -0.4
    """The surplus of the best text match at which the gate stands half open: chance brings two or three such."""
    caption: float = 2.0
    """Decades by which texts must answer better for every decade of odds that the words describe a picture."""
    steepness: float = 0.3
    """Decades of surplus over which the gate closes by nine tenths."""

    sound_alike: float = 1.0
    """Decades by which sounds are believed more where a sound is asked with: who asks so wants sounds, and a page about
    barking only after them."""

    def prior(self, channel: Channel) -> float:
        """Decades; 0 for channels that have none."""
        return float(getattr(self, channel, 0.0))

    def as_json(self) -> str:
        """What `from_json` reads."""
        return json.dumps(asdict(self))


SHIPPED = Weights()


def from_json(text: str | None) -> Weights:
    """Stored weights; the shipped ones where none are stored. What a later version added or dropped is passed over."""
    stored: dict[str, Any] = json.loads(text) if text else {}
    known = {field.name for field in fields(Weights)}
    return Weights(**{name: float(value) for name, value in stored.items() if name in known})
