"""Which channels can answer a query: what is known of a channel beforehand, and what the query itself shows.

Words are asked of every channel. Documents, products and speech that answer them stand far above chance; a caption of
a picture finds nothing of the kind, only faint likenesses in many texts. So pictures are listened to the more, the less
the texts have to say: an attention over channels with one gate. What is written in a picture is no such text: it is the
picture that speaks, and what it says must not silence it. The constants are in weights.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from sensorium.types import TEXT_CHANNELS, Channel, Modality

from .weights import Weights

GATED = Channel.PICTURE
LOUD = tuple(channel for channel in TEXT_CHANNELS if channel is not Channel.OCR)
"""Channels whose answers close the gate."""


def attend(modality: Modality, best: Mapping[Channel, float], weights: Weights) -> dict[Channel, float]:
    """Decades to add to the surplus of each channel's matches, from the `best` surplus of every channel."""
    if modality is Modality.SOUND:
        return {Channel.SOUND: weights.sound_alike}
    if modality is not Modality.TEXT:
        return {}
    shifts = {channel: weights.prior(channel) for channel in Channel}
    loudest = max((best[channel] + shifts[channel] for channel in LOUD if channel in best), default=-10.0)
    shifts[GATED] = weights.lift / (1 + 10 ** ((loudest - weights.silence) / weights.steepness))
    return shifts
