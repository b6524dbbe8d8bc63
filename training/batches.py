"""The student's batches: the same crops that the teacher saw, prepared in a thread ahead of the network."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.config import Settings
from training.device import normalise
from training.head import draw_chances
from training.pairs import Pair
from training.pictures import PictureStore, view_boxes
from training.teach import finished_views, view_path, views_by_picture
from training.textspace import TextSpace

AHEAD = 4  # batches


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's material."""

    pixels: Tensor  # normalised [b, 3, size, size]
    features: Tensor  # float [b, 1280], the teacher's, not standardised
    text_rows: Tensor  # [b]
    texts: Tensor  # [b, 384]
    weights: Tensor  # [b]
    random_texts: Tensor  # [t, 384]


@dataclass(frozen=True, slots=True)
class Pool:
    """Everything that batches are drawn from."""

    settings: Settings
    store: PictureStore
    texts: TextSpace
    pictures: NDArray[np.int64]  # the training pictures' numbers
    chances: NDArray[np.float64]
    weights: NDArray[np.float32]  # [all pictures]
    views: NDArray[np.int64]  # [all pictures]: how many views each has
    share: slice  # this process's part of each batch

    @classmethod
    def open(cls, settings: Settings, pairs: list[Pair], share: slice) -> Pool:
        """The training split."""
        pictures = np.array([number for number, pair in enumerate(pairs) if pair.split == "train"])
        return cls(
            settings=settings,
            store=PictureStore.open(settings.paths.work),
            texts=TextSpace.open(settings.paths.work),
            pictures=pictures,
            chances=draw_chances(settings, pairs, pictures),
            weights=np.array([settings.sets[pair.set].weight for pair in pairs], dtype=np.float32),
            views=views_by_picture(settings, pairs),
            share=share,
        )

    def steps_per_pass(self) -> int:
        """Batches that make one pass over the pool."""
        return len(self.pictures) // self.settings.distil.batch


@dataclass(frozen=True, slots=True)
class Views:
    """The teacher's views that exist."""

    boxes: list[NDArray[np.float32]]  # each [pictures, 4]
    features: list[NDArray[np.float16]]  # each [pictures, 1280]

    @classmethod
    def open(cls, settings: Settings, count: int) -> Views:
        """Whatever `teach` has finished by now."""
        found = finished_views(settings.paths.work, settings.views)
        boxes = [view_boxes(settings.teach, settings.seed, view, count) for view in found]
        return cls(boxes, [np.load(view_path(settings.paths.work, view), mmap_mode="r") for view in found])


def size_at(sizes: tuple[tuple[int, int], ...], step: int) -> int:
    """The input's side at a step of the schedule."""
    return [size for start, size in sizes if start <= step][-1]


def batches(pool: Pool, first_step: int, last_step: int) -> Iterator[Batch]:
    """The batches of steps [first, last), the same ones however often training was interrupted."""
    ready: queue.Queue[Batch | Exception] = queue.Queue(AHEAD)
    stop = threading.Event()
    worker = threading.Thread(target=_fill, args=(pool, range(first_step, last_step), ready, stop), daemon=True)
    worker.start()
    try:
        for _ in range(first_step, last_step):
            batch = ready.get()
            if isinstance(batch, Exception):
                raise batch
            yield batch
    finally:
        stop.set()


def _fill(pool: Pool, steps: range, ready: queue.Queue[Batch | Exception], stop: threading.Event) -> None:
    views = Views.open(pool.settings, len(pool.store))
    for step in steps:
        if step % pool.steps_per_pass() == 0:
            views = Views.open(pool.settings, len(pool.store))  # more may have been taught since the last pass
        try:
            made: Batch | Exception = _draw(pool, views, step)
        except Exception as error:  # carried over to the training thread, which raises it
            made = error
        while not stop.is_set():
            try:
                ready.put(made, timeout=1)
                break
            except queue.Full:
                continue
        if stop.is_set() or isinstance(made, Exception):
            return


def _draw(pool: Pool, views: Views, step: int) -> Batch:
    plan = pool.settings.distil
    rng = np.random.default_rng([pool.settings.seed, step])
    numbers = rng.choice(pool.pictures, plan.batch, replace=False, p=pool.chances)
    chosen = rng.integers(np.minimum(pool.views[numbers], len(views.boxes)))
    flips = rng.random(plan.batch) < 0.5  # the teacher hardly minds a flip; for the student it doubles the pictures
    # All processes draw the same batch and keep their own part, so that together they train on it once.
    numbers, chosen, flips = numbers[pool.share], chosen[pool.share], flips[pool.share]
    side = size_at(plan.sizes, step)
    drawn = list(zip(numbers, chosen, strict=True))
    pixels = [pool.store.cut(number, views.boxes[view][number], side) for number, view in drawn]
    rows = pool.texts.sample(rng, numbers)
    others = rng.integers(len(pool.texts.vectors), size=plan.similarity_texts)
    return Batch(
        pixels=normalised(
            torch.from_numpy(np.stack([p[:, ::-1] if flip else p for p, flip in zip(pixels, flips, strict=True)]))
        ),
        features=torch.from_numpy(np.stack([views.features[view][n] for n, view in drawn]).astype(np.float32)),
        text_rows=torch.from_numpy(rows),
        texts=torch.from_numpy(pool.texts.vectors[rows].astype(np.float32)),
        weights=torch.from_numpy(pool.weights[numbers]),
        random_texts=torch.from_numpy(pool.texts.vectors[others].astype(np.float32)),
    )


def normalised(pixels: Tensor) -> Tensor:
    """uint8 [b, h, w, 3] to normalised [b, 3, h, w], stored channels last, which convolutions on a CPU prefer."""
    return normalise((pixels.float() / 255).permute(0, 3, 1, 2))
