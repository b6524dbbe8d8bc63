"""How likely it is, from moment to moment, that somebody speaks: the network of Silero VAD, computed with NumPy.

Silero Team, "Silero VAD: pre-trained enterprise-grade Voice Activity Detector", https://github.com/snakers4/silero-vad,
MIT. The package `silero-vad` carries the weights; its own code needs torch, which a decoding process must not load.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sensorium.errors import ModelUnavailable

from .lazy import Lazy

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    import numpy.typing as npt

    from sensorium.types import Samples

    Floats = npt.NDArray[np.float32]

STEP = 512
"""Samples that one probability stands for: 32 ms."""
_CONTEXT = 64  # of the step before, which the network sees as well
_PAD = 64  # mirrored after the step
_WINDOW, _HOP = 256, 128  # of the short-time Fourier transform; a step has four
_BLOCK = 1024  # steps computed at once: half a minute, 20 MB


def speech_probabilities(samples: Samples) -> Floats:
    """Probability of speech in each step of `STEP` samples, the last one filled up with silence: float32[steps]."""
    import numpy as np

    network = _network()
    state = (np.zeros(128, np.float32), np.zeros(128, np.float32))
    before: Floats = np.zeros(_CONTEXT, np.float32)
    parts = []
    for first in range(0, len(samples), _BLOCK * STEP):
        block: Floats = samples[first : first + _BLOCK * STEP].astype(np.float32) / np.float32(32768)
        block = np.pad(block, (0, -len(block) % STEP)).reshape(-1, STEP)
        contexts = np.vstack([before, block[:-1, -_CONTEXT:]])
        before = block[-1, -_CONTEXT:]
        probabilities, state = network.run(np.hstack([contexts, block]), state)
        parts.append(probabilities)
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def weights_path() -> Path:
    """The file of weights. Raises `ModelUnavailable` where the package is missing or older than the file."""
    found = find_spec("silero_vad")  # finds it without running its code
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in folders:
        path = Path(folder, "data", "silero_vad_16k.safetensors")
        if path.is_file():
            return path
    raise ModelUnavailable("The weights of Silero VAD are not here. Install them with: pip install 'silero-vad>=6.2'")


@dataclass(frozen=True, slots=True)
class _Network:
    """Fourier transform as a convolution, four convolutions, a recurrent cell, and one weight for each of its cells."""

    weights: dict[str, Any]

    def run(self, steps: Floats, state: tuple[Floats, Floats]) -> tuple[Floats, tuple[Floats, Floats]]:
        """Probabilities float32[n] of steps float32[n, _CONTEXT + STEP], and the cell's state after them."""
        import numpy as np

        x = np.pad(steps, ((0, 0), (0, _PAD)), mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(x, _WINDOW, axis=1)[:, ::_HOP]
        spectrum = frames @ self.weights["stft_conv.weight"][:, 0].T
        real, imaginary = np.split(spectrum, 2, axis=2)
        x = np.sqrt(real**2 + imaginary**2)
        for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
            x = self._convolve(x, name, stride)
        return self._remember(x[:, 0], state)

    def _convolve(self, x: Floats, name: str, stride: int) -> Floats:
        """float32[n, times, channels] through a convolution over three times, and the positive part of it."""
        import numpy as np

        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
        threes = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)[:, ::stride]
        n, times = threes.shape[:2]
        flat = threes.reshape(n * times, -1) @ weight.reshape(len(weight), -1).T + bias
        found: Floats = np.maximum(flat, 0).reshape(n, times, -1)
        return found

    def _remember(self, x: Floats, state: tuple[Floats, Floats]) -> tuple[Floats, tuple[Floats, Floats]]:
        """The long short-term memory over the steps, and the probability from each of its outputs."""
        import numpy as np

        w = self.weights
        driven = x @ w["lstm_cell.weight_ih"].T + w["lstm_cell.bias_ih"] + w["lstm_cell.bias_hh"]
        recurrent = np.ascontiguousarray(w["lstm_cell.weight_hh"].T)
        hidden, cell = state
        outputs: Floats = np.empty((len(x), len(hidden)), np.float32)
        for step, drive in enumerate(driven):
            into, forget, new, out = np.split(drive + hidden @ recurrent, 4)
            cell = _sigmoid(forget) * cell + _sigmoid(into) * np.tanh(new)
            hidden = _sigmoid(out) * np.tanh(cell)
            outputs[step] = hidden
        final = np.maximum(outputs, 0) @ w["final_conv.weight"][0, :, 0] + w["final_conv.bias"][0]
        return _sigmoid(final), (hidden, cell)


def _sigmoid(x: Floats) -> Floats:
    import numpy as np

    half = np.float32(0.5)
    found: Floats = half + half * np.tanh(half * x)  # as the usual form, and no x is too large for it
    return found


def _load() -> _Network:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = weights_path()
    try:
        weights = load_file(path)
        if weights["stft_conv.weight"].shape != (258, 1, 256) or weights["conv4.weight"].shape != (128, 64, 3):
            raise KeyError("another network")
    except (OSError, KeyError, SafetensorError) as error:
        raise ModelUnavailable(f"{path} does not hold the weights of Silero VAD 6: {error}") from error
    return _Network(weights)


_network: Lazy[_Network] = Lazy(_load)
