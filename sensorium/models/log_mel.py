"""The sound tower's ear: log-mel patches of mono 16 kHz sound, as YAMNet defines them.

Frames of 25 ms every 10 ms under a periodic Hann window, the magnitudes of a 512-point Fourier transform, 64 triangular
bands that are equally wide on the mel scale between 125 and 7,500 Hz, and log(band + 0.001). The scale is HTK's,
mel = 1127 · ln(1 + Hz / 700) (S. Young et al., The HTK Book); the triangles are linear in mel, as in TensorFlow's
`linear_to_mel_weight_matrix`. Source: Plakal and Ellis, YAMNet, github.com/tensorflow/models, research/audioset/yamnet,
`params.py` and `features.py`; the tests hold this module against a published YAMNet's own front end.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

RATE = 16_000
FRAME = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
TRANSFORM = 512  # points
BANDS = 64
LOWEST_HZ, HIGHEST_HZ = 125.0, 7500.0
FLOOR = 0.001
PATCH = 96  # frames in a window
WINDOW = FRAME + (PATCH - 1) * HOP  # samples, 0.975 s


def mel_matrix() -> NDArray[np.float32]:
    """float32[257, 64]: how much each frequency of the transform counts in each band."""
    frequencies = np.linspace(0.0, RATE / 2, TRANSFORM // 2 + 1)
    edges = np.linspace(_mel(np.array(LOWEST_HZ)), _mel(np.array(HIGHEST_HZ)), BANDS + 2)
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    heights = _mel(frequencies)[:, None]
    rising, falling = (heights - lower) / (centre - lower), (upper - heights) / (upper - centre)
    weights = np.maximum(0.0, np.minimum(rising, falling))
    weights[0] = 0.0  # the constant part is no sound
    return weights.astype(np.float32)


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(hertz / 700.0))


class LogMel(nn.Module):
    """Waves in [-1, 1] to log-mel patches; has no weights and nothing to learn."""

    hann: Tensor
    mel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("hann", torch.hann_window(FRAME, periodic=True), persistent=False)
        self.register_buffer("mel", torch.from_numpy(mel_matrix()), persistent=False)

    def forward(self, waves: Tensor) -> Tensor:
        """float32[b, samples] to float32[b, 1 + (samples - 400) // 160, 64]."""
        # torch centres a short window in its transform; the padding puts each frame where it would stand alone.
        margin = (TRANSFORM - FRAME) // 2
        spectra = torch.stft(
            functional.pad(waves, (margin, margin)),
            TRANSFORM,
            hop_length=HOP,
            win_length=FRAME,
            window=self.hann,
            center=False,
            return_complex=True,
        )
        return torch.log(spectra.abs().transpose(1, 2) @ self.mel + FLOOR)
