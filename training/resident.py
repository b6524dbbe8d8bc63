"""Pictures held on the device and cut there, with the teacher in the loop: what keeps a GPU busy.

Every draw is a fresh crop that nobody saw before, and the teacher describes the very pixels that the student sees
(consistent teaching; Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", 2022).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from training.backbone import open_teachers
from training.batches import Batch, Pool, size_at
from training.config import TeachPlan
from training.device import ResidentTexts, normalise, resident_pictures


class ResidentFeed:
    """Batches drawn, cut, mixed and described on the device."""

    def __init__(self, pool: Pool, device: torch.device) -> None:
        settings = pool.settings
        self._plan, self._teach, self._seed = settings.distil, settings.teach, settings.seed
        self._pictures = resident_pictures(settings.paths.work, self._plan.resident_side)
        teachers = open_teachers(settings.backbones, device)
        self._teachers: Callable[[Tensor], Tensor] = torch.compile(teachers) if device.type == "cuda" else teachers
        self._half = next(teachers.parameters()).dtype
        self._numbers = torch.from_numpy(pool.pictures).to(device)
        self._chances = torch.from_numpy(pool.chances).float().to(device)
        self._weights = torch.from_numpy(pool.weights).to(device)
        self._texts = ResidentTexts.of(pool.texts, device)
        self._random = torch.Generator(device)

    def batches(self, first_step: int, last_step: int) -> Iterator[Batch]:
        """The batches of steps [first, last), the same ones however often training was interrupted."""
        for step in range(first_step, last_step):
            self._random.manual_seed(int(np.random.SeedSequence([self._seed, step]).generate_state(1)[0]))
            yield self._draw(step)

    @torch.no_grad()
    def _draw(self, step: int) -> Batch:
        plan = self._plan
        drawn = torch.multinomial(self._chances, plan.batch, generator=self._random)
        numbers = self._numbers[drawn]
        boxes = self._boxes(plan.batch)
        light = self._light(plan.batch)
        seen = [self._mixed(light(self._pictures.cut(numbers, boxes, size))) for size in self._sizes(step)]
        weights = self._weights[numbers]
        weights[self._first_mixed() :] = 0  # two pictures in one have no caption
        texts = self._texts.vectors
        rows = self._texts.sample(self._uniform(0, 1, len(numbers)), numbers)
        others = torch.randint(len(texts), (plan.similarity_texts,), generator=self._random, device=texts.device)
        return Batch(
            pixels=normalise(seen[0]).contiguous(memory_format=torch.channels_last),
            features=self._teachers(
                normalise(seen[1]).to(self._half).contiguous(memory_format=torch.channels_last)
            ).float(),
            text_rows=rows,
            texts=texts[rows].float(),
            weights=weights,
            random_texts=texts[others].float(),
        )

    def _sizes(self, step: int) -> tuple[int, int]:
        return size_at(self._plan.sizes, step), self._teach.size

    def _uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(*shape, generator=self._random, device=self._random.device)

    def _boxes(self, count: int) -> Tensor:
        return random_boxes(self._teach, self._uniform(0, 1, 6, count))

    def _light(self, count: int) -> Callable[[Tensor], Tensor]:
        """Another exposure and contrast for each picture, the same for teacher and student; hues stay true."""
        jitter = self._plan.light_jitter
        gain, contrast = self._uniform(1 - jitter, 1 + jitter, 2, count, 1, 1, 1)

        def relight(pixels: Tensor) -> Tensor:
            grey = pixels.mean(dim=(1, 2, 3), keepdim=True)
            return (grey + (pixels - grey) * contrast).mul(gain).clamp(0, 1)

        return relight

    def _first_mixed(self) -> int:
        return round(self._plan.batch * (1 - self._plan.mixed_share))

    def _mixed(self, pixels: Tensor) -> Tensor:
        """The last pictures of the batch blended with each other in turn (mixup; Zhang et al., 2018)."""
        first = self._first_mixed()
        tail = pixels[first:]
        share = torch.linspace(0.0, 0.5, max(len(tail), 1), device=pixels.device)[: len(tail), None, None, None]
        return torch.cat([pixels[:first], torch.lerp(tail, tail.roll(1, dims=0), share)])


def random_boxes(plan: TeachPlan, uniform: Tensor) -> Tensor:
    """Crops [count, 4] from uniform numbers [6, count]: area, shape, place, which are whole, which are mirrored."""
    area = plan.scale[0] + (plan.scale[1] - plan.scale[0]) * uniform[0]
    low, high = (math.log(edge) for edge in plan.ratio)
    stretch = torch.exp(low + (high - low) * uniform[1])
    whole = uniform[4] < plan.whole_share
    width = torch.where(whole, 1.0, (area * stretch).sqrt().clamp(max=1))
    height = torch.where(whole, 1.0, (area / stretch).sqrt().clamp(max=1))
    left, top = uniform[2] * (1 - width), uniform[3] * (1 - height)
    right = left + width
    mirrored = uniform[5] < 0.5
    return torch.stack(
        [torch.where(mirrored, right, left), top, torch.where(mirrored, left, right), top + height], dim=1
    )
