"""Which channels can answer a query: what is known of a channel beforehand, and what the query itself shows.

Words are asked of every channel. Documents, products and speech that answer them stand far above chance; a caption of
a picture finds nothing of the kind, only faint likenesses in many texts. So pictures are listened to the more, the less
the texts have to say: an attention over channels with one gate. The constants were chosen on judged queries;
docs/evaluation.md has the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sensorium.types import TEXT_CHANNELS, Channel, Modality

PRIORS: Mapping[Channel, float] = {Channel.NAME: -0.4, Channel.SPEECH: -0.2, Channel.FRAME: -0.5}
"""Decades by which a channel's matches with words are to be believed less than their calibration says: names are short
and alike, speech is misheard, and neighbouring frames repeat one another."""
GATED = Channel.PICTURE
MOST = 1.5
"""Decades by which pictures are believed more where no text answers the query at all."""
SILENCE = -0.4
"""The surplus of the best text match at which the gate stands half open: chance brings two or three such."""
STEEPNESS = 0.3
"""Decades of surplus over which the gate closes by nine tenths."""


def attend(modality: Modality, best: Iterable[tuple[Channel, float]]) -> dict[Channel, float]:
    """Decades to add to the surplus of each channel's matches, from the `best` surpluses of all channels."""
    if modality is not Modality.TEXT:
        return {}
    shifts = dict(PRIORS)
    loudest = max((s + PRIORS.get(c, 0.0) for c, s in best if c in TEXT_CHANNELS), default=-10.0)
    shifts[GATED] = MOST / (1 + 10 ** ((loudest - SILENCE) / STEEPNESS))
    return shifts
