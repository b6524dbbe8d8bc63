"""Which channels can answer a query: what is known of a channel beforehand, and what the query itself shows.

Words are asked of every channel. Documents, products and speech that answer them stand far above chance; a caption of
a picture finds nothing of the kind, only faint likenesses in many texts. So pictures are listened to the more, the less
the texts have to say beyond what the pictures say themselves, and the more the words sound like a caption
(`sensorium.models.depiction`): an attention over channels with one gate. What is written in a picture is no such text:
it is the picture that speaks, and what it says must not silence it; so it is believed as pictures are, the less the
more texts have to say. Any number in a question stands on some label. The constants are in weights.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sensorium.types import TEXT_CHANNELS, Channel, Modality

from ..matches import Calibrated
from .weights import Weights

GATED = Channel.PICTURE
LOUD = tuple(channel for channel in TEXT_CHANNELS if channel is not Channel.OCR)
"""Channels whose answers close the gate."""
FAR = 300.0
"""A power of ten that a number can still hold: the gate is shut long before."""


def depicts_of(found: Iterable[Calibrated]) -> float:
    """What the sources of one part tell of its words: decades of odds that they describe something to be seen."""
    return max((one.source.depicts for one in found), key=abs, default=0.0)


def attend(
    modality: Modality, best: Mapping[Channel, float], weights: Weights, *, depicts: float = 0.0
) -> dict[Channel, float]:
    """Decades to add to the surplus of each channel's matches, from the `best` surplus of every channel."""
    if modality is Modality.SOUND:
        return {Channel.SOUND: weights.sound_alike}
    if modality is Modality.PICTURE:  # to which what is written in another is hardly alike
        return {Channel.OCR: -weights.written}
    if modality is not Modality.TEXT:
        return {}
    shifts = {channel: weights.prior(channel) for channel in Channel}
    caption, openness_ = weights.caption_lift * max(0.0, depicts), openness(best, weights, depicts=depicts)
    shifts[GATED] = (weights.lift + caption) * openness_
    shifts[Channel.FRAME] += weights.still_lift * caption * openness_
    shifts[Channel.OCR] -= weights.written * (1 - openness_)
    return shifts


def openness(best: Mapping[Channel, float], weights: Weights, *, depicts: float = 0.0) -> float:
    """How far the gate stands open for pictures, 0 to 1."""
    loudest = max((best[channel] + weights.prior(channel) for channel in LOUD if channel in best), default=-10.0)
    outspoken = loudest - max(0.0, best.get(GATED, 0.0)) - weights.silence - weights.caption * depicts
    return 1 / (1 + 10 ** min(FAR, outspoken / weights.steepness))
