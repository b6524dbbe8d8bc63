"""Windows without end: clips cut, sped up, mixed, coloured, echoed, buried in noise, all on the device.

The teacher hears exactly what the student hears, so that any window is a lesson, whatever was done to it. Only the
captions need a window that still sounds like its clip: `Windows.trust` says which do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sensorium.models.log_mel import RATE, WINDOW
from training.sound.plan import SoundPlan
from training.sound.pool import Pool

TRANSFORM = 24_576  # points: a window and the longest echo, without wrapping round
ECHO = 8_192  # samples, about half a second
ECHOES = 64  # rooms per batch
CURVE_POINTS = 10
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Windows:
    """One batch."""

    waves: Tensor  # [b, 15600]
    clips: Tensor  # [b], numbers in the pool
    trust: Tensor  # [b], 1 where the window still sounds like its clip's label, else 0


class Augmenter:
    """Draws batches; every random number comes from one generator on the device."""

    def __init__(self, pool: Pool, plan: SoundPlan, generator: torch.Generator) -> None:
        self._pool, self._plan, self._random = pool, plan, generator
        self._frequencies = torch.fft.rfftfreq(TRANSFORM, 1 / RATE).to(pool.device).clamp_min(20.0)
        self._ramp = torch.arange(WINDOW, device=pool.device, dtype=torch.float32)
        self._bins = torch.log(self._frequencies / 20) / math.log(RATE / 2 / 20) * (CURVE_POINTS - 1)

    def draw(self, count: int) -> Windows:
        """A batch of `count` windows."""
        plan = self._plan
        clips = torch.multinomial(self._pool.chances, count, replacement=True, generator=self._random)
        first = self._cut(clips)
        loud = self._level(first)
        trust = loud > 0.06 * self._pool.loudness[clips]  # within 24 dB of the clip's loudest second
        mixed, quiet_second = self._mix(first, loud)
        spectra = torch.fft.rfft(mixed, TRANSFORM) * self._colours(count) * self._rooms(count)
        noise, quiet_noise = self._noise(spectra)
        silent = self._chance(count, plan.silence)
        spectra = torch.where(silent[:, None], 0.0, spectra) + noise
        waves = torch.fft.irfft(spectra, TRANSFORM)[:, :WINDOW]
        waves = (waves * self._gains(waves)).clamp(-1.0, 1.0)
        return Windows(waves, clips, (trust & quiet_second & quiet_noise & ~silent).float())

    def _uniform(self, count: int, low: float, high: float) -> Tensor:
        return torch.empty(count, device=self._pool.device).uniform_(low, high, generator=self._random)

    def _chance(self, count: int, share: float) -> Tensor:
        return self._uniform(count, 0.0, 1.0) < share

    def _cut(self, clips: Tensor) -> Tensor:
        """A window from anywhere in each clip; around short ones it is silent."""
        pool, count = self._pool, len(clips)
        rate = torch.exp(self._uniform(count, math.log(0.8), math.log(1.25)))
        rate = torch.where(self._chance(count, self._plan.speed), rate, 1.0)
        reach = rate * WINDOW
        spare = pool.lengths[clips] - reach
        # A tenth of a window may stick out at either end; a short clip may lie anywhere in its window.
        low, high = torch.minimum(spare, -0.1 * reach), torch.maximum(spare + 0.1 * reach, torch.zeros_like(spare))
        low = torch.where(spare < 0, spare, low)
        high = torch.where(spare < 0, torch.zeros_like(high), high)
        begin = (low + (high - low) * self._uniform(count, 0.0, 1.0)).floor()
        places = self._ramp * rate[:, None]
        whole = places.floor()
        share = places - whole
        index = whole.long() + begin.long()[:, None]
        return torch.lerp(self._samples(clips, index), self._samples(clips, index + 1), share)

    def _samples(self, clips: Tensor, index: Tensor) -> Tensor:
        pool = self._pool
        inside = (index >= 0) & (index < pool.lengths[clips][:, None])
        places = torch.where(inside, index + pool.starts[clips][:, None], 0)
        return torch.where(inside, pool.waves[places].float() / 32768, 0.0)

    def _level(self, waves: Tensor) -> Tensor:
        return waves.square().mean(dim=1).sqrt()

    def _mix(self, first: Tensor, loud: Tensor) -> tuple[Tensor, Tensor]:
        """Some windows get a second clip under (or over) the first; where it is well below, captions still hold."""
        count = len(first)
        other = torch.roll(first, 1, dims=0)
        decibels = self._uniform(count, -30.0, 6.0)
        factor = 10 ** (decibels / 20) * loud / self._level(other).clamp_min(TINY)
        chosen = self._chance(count, self._plan.mix)
        factor = torch.where(chosen, factor.clamp(max=20.0), 0.0)
        return first + factor[:, None] * other, ~chosen | (decibels < -6.0)

    def _colours(self, count: int) -> Tensor:
        """Frequency responses [b, f] drawn as a few points over the logarithm of frequency, some cut off above."""
        device = self._pool.device
        points = torch.randn(count, CURVE_POINTS, device=device, generator=self._random) * 6.0
        chosen = self._chance(count, self._plan.colour)
        points = torch.where(chosen[:, None], points, 0.0)
        lower = self._bins.floor().long().clamp(max=CURVE_POINTS - 2)
        decibels = torch.lerp(points[:, lower], points[:, lower + 1], self._bins - lower)
        edge = torch.exp(self._uniform(count, math.log(1500.0), math.log(8000.0)))
        edge = torch.where(self._chance(count, self._plan.colour / 3), edge, 1e5)
        fall = 24 * torch.log2(self._frequencies / edge[:, None]).clamp_min(0.0)
        return torch.as_tensor(10 ** ((decibels - fall) / 20))

    def _rooms(self, count: int) -> Tensor:
        """Responses of a few random rooms: the sound itself, then noise that dies away."""
        device = self._pool.device
        times = torch.exp(self._uniform(ECHOES, math.log(0.02), math.log(0.15))) * RATE
        tails = torch.randn(ECHOES, ECHO, device=device, generator=self._random)
        tails = tails * torch.exp(-self._ramp[:ECHO] / times[:, None]) * self._uniform(ECHOES, 0.02, 0.12)[:, None]
        tails[:, 0] = 1.0
        rooms = torch.fft.rfft(tails, TRANSFORM)
        rooms = torch.cat([rooms, torch.ones_like(rooms[:1])])
        chosen = torch.randint(ECHOES, (count,), device=device, generator=self._random)
        return rooms[torch.where(self._chance(count, self._plan.echo), chosen, ECHOES)]

    def _noise(self, spectra: Tensor) -> tuple[Tensor, Tensor]:
        """Coloured noise [b, f], white to red, between 40 dB below and 5 dB above what it is added to."""
        count = len(spectra)
        slope = self._uniform(count, 0.0, 1.0)[:, None]
        parts = torch.randn(2, *spectra.shape, device=spectra.device, generator=self._random)
        noise = torch.complex(parts[0], parts[1]) * (self._frequencies / 1000) ** -slope
        decibels = self._uniform(count, -40.0, 5.0)
        # A silent window gets faint noise of its own.
        loud = spectra.abs().square().mean(dim=1).sqrt().clamp_min(0.05)
        factor = loud / noise.abs().square().mean(dim=1).sqrt() * 10 ** (decibels / 20)
        chosen = self._chance(count, self._plan.noise)
        return noise * torch.where(chosen, factor, 0.0)[:, None], ~chosen | (decibels < -8.0)

    def _gains(self, waves: Tensor) -> Tensor:
        """Some windows as loud as they came, most at any peak between -30 dB and just clipping."""
        count = len(waves)
        peaks = waves.abs().amax(dim=1).clamp_min(1e-4)
        wanted = 10 ** (self._uniform(count, -30.0, 2.0) / 20)
        return torch.where(self._chance(count, 0.7), wanted / peaks, 1.0)[:, None]
