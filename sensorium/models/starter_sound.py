"""The starter profile's sound encoder: a small tower of our own that writes into MiniLM's space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import ModelUnavailable
from sensorium.types import SAMPLE_RATE, Space

from .device import choose_device
from .lazy import Lazy
from .starter import REINSTALL, STARTER_SOUND_WEIGHTS, starter_space

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch
    from torch import Tensor

    from sensorium.types import Matrix, Samples

    from .log_mel import LogMel
    from .sound_tower import SoundRows, SoundTower

WINDOW = 15_600
"""Samples that the network hears at once, 0.975 s; the tests hold this against its front end."""
HOP = WINDOW // 2
SPEECH_CLASSES = ("Speech", "Child speech, kid speaking", "Conversation", "Narration, monologue", "Speech synthesizer")
"""The classes of AudioSet that are words said aloud; whispers, shouts and crowds are not to be transcribed."""


@dataclass(frozen=True, slots=True)
class _Ear:
    tower: SoundTower
    log_mel: LogMel
    device: torch.device
    speech: tuple[int, ...]  # the speech classes' places among the scores


class StarterSoundEncoder:
    """A `SoundEncoder` over the starter's sound tower. The network is loaded at the first sound."""

    def __init__(self, weights: Path = STARTER_SOUND_WEIGHTS, *, device: str = "auto", batch_size: int = 64) -> None:
        self._weights = weights
        self._device = device
        self._batch_size = batch_size
        self._space = Lazy(lambda: starter_space(sounds=weights))
        self._ear = Lazy(self._load)

    @property
    def space(self) -> Space:
        return self._space()

    @property
    def window_s(self) -> float:
        return WINDOW / SAMPLE_RATE

    def encode_sounds(self, sounds: Sequence[Samples]) -> Matrix:
        """float32[n, 384] of unit rows: the mean of each sound's windows, which overlap by half."""
        import numpy as np

        vectors = np.zeros((len(sounds), self.space.dimension), np.float32)
        for rows, owners in self._hear(sounds):
            np.add.at(vectors, owners, rows.vectors.cpu().numpy())
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        unit: Matrix = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit

    def speech_probability(self, sounds: Sequence[Samples]) -> npt.NDArray[np.float32]:
        """float32[n]: how likely somebody speaks in each sound, by the window that says so most."""
        import numpy as np

        found = np.zeros(len(sounds), np.float32)
        speech = list(self._ear().speech)
        for rows, owners in self._hear(sounds):
            scores = rows.logits[:, speech].sigmoid().amax(dim=1).cpu().numpy()
            np.maximum.at(found, owners, scores)
        return found

    def _hear(self, sounds: Sequence[Samples]) -> Iterator[tuple[SoundRows, npt.NDArray[np.intp]]]:
        """What the network says of all windows, batch by batch, and the sounds that they are of."""
        import numpy as np
        import torch

        cut = [windows_of(sound) for sound in sounds]
        owners = np.repeat(np.arange(len(cut)), [len(windows) for windows in cut])
        windows = [window for found in cut for window in found]
        ear = self._ear()
        for first in range(0, len(owners), self._batch_size):
            batch = slice(first, first + self._batch_size)
            with torch.inference_mode():
                rows = ear.tower(ear.log_mel(_waves(windows[batch]).to(ear.device)))
            yield rows, owners[batch]

    def _load(self) -> _Ear:
        from .log_mel import LogMel
        from .sound_tower import load_sound_tower

        _ = self.space  # weights that are not what they should be are refused before they are read
        try:
            tower, config = load_sound_tower(self._weights)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"{error} {REINSTALL}") from error
        if lacking := set(SPEECH_CLASSES).difference(config.classes):
            raise ModelUnavailable(f"{self._weights} gives no score for {', '.join(sorted(lacking))}. {REINSTALL}")
        speech = tuple(config.classes.index(name) for name in SPEECH_CLASSES)
        device = choose_device(self._device)
        return _Ear(tower.to(device), LogMel().to(device), device, speech)


def windows_of(samples: Samples) -> list[Samples]:
    """The sound's windows, which overlap by half, the last one filled up with silence.

    Silent ones are left out, unless there are no others: they say nothing of what the sound is of.
    """
    count = 1 + max(0, -(-(len(samples) - WINDOW) // HOP))
    windows = [samples[start : start + WINDOW] for start in range(0, count * HOP, HOP)]
    return [window for window in windows if window.any()] or windows[:1]


def _waves(windows: Sequence[Samples]) -> Tensor:
    """A batch of windows as float32[b, WINDOW] in [-1, 1]."""
    import numpy as np
    import torch

    waves = np.zeros((len(windows), WINDOW), np.float32)
    for row, window in zip(waves, windows, strict=True):
        row[: len(window)] = window
    return torch.from_numpy(waves / 32768)
