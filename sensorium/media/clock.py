"""Time in a film whose time stamps may be missing or start over."""

from __future__ import annotations

_JITTER_S = 1.0
"""Frames come in order of display, packets in order of decoding: a step back by less than this is no new start."""


class Clock:
    """Turns time stamps into seconds since the film's start.

    MPEG streams that were cut or joined start over in the middle, or jump far ahead; there the clock goes on by one
    frame, as players do. `offset_s` is what to add to the stamps of the packet seen last.
    """

    def __init__(self, *, start_s: float, spacing_s: float, header_duration_s: float | None) -> None:
        self.offset_s = -start_s
        self._spacing_s = spacing_s
        self._ceiling_s = float("inf") if header_duration_s is None else 2 * header_duration_s + 60
        self._last_s = -spacing_s
        self.end_s = 0.0

    def see(self, stamp_s: float | None, duration_s: float = 0.0, *, decoded_s: float | None = None) -> float:
        """The time of the packet with this stamp. To be asked for every packet, in the order of the file.

        `decoded_s` is the stamp of its decoding, where it has one: those rise in every stream that goes on, while the
        stamps of display step back and forth, at a varying rate of frames by any length.
        """
        order_s = stamp_s if decoded_s is None else decoded_s
        place_s = self._last_s + self._spacing_s if order_s is None else order_s + self.offset_s
        if place_s < self._last_s - _JITTER_S or place_s > self._ceiling_s:
            glued_s = self._last_s + self._spacing_s
            self.offset_s += glued_s - place_s
            place_s = glued_s
        self._last_s = max(self._last_s, place_s)
        time_s = place_s if stamp_s is None else stamp_s + self.offset_s
        self.end_s = max(self.end_s, time_s + (duration_s or self._spacing_s))
        return time_s
