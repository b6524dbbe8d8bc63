"""Step 2: the frozen teacher's features of every view, a file per view."""

from __future__ import annotations

import logging
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.backbone import open_teachers
from training.config import Settings
from training.device import best_device, normalise, resident_pictures, uses_device
from training.pairs import Pair, read_pairs
from training.pictures import MEAN, STD, PictureStore, view_boxes

log = logging.getLogger(__name__)
DEVICE_BATCH = 256


def view_path(work: Path, view: int) -> Path:
    """Features [pictures, width] of one view, fp16."""
    return work / f"view-{view:02d}.npy"


def finished_views(work: Path, limit: int) -> list[int]:
    """The views whose features are complete."""
    return [view for view in range(limit) if view_path(work, view).exists()]


def teach(settings: Settings) -> None:
    """Write the missing view files; a view appears under its name only when it is complete."""
    pairs = read_pairs(settings.paths.pools)
    for view in range(settings.views):
        target = view_path(settings.paths.work, view)
        if target.exists():
            continue
        began = time.monotonic()
        part = target.with_suffix(".part")
        np.lib.format.open_memmap(part, mode="w+", dtype=np.float16, shape=(len(pairs), settings.width)).flush()
        numbers = _described(settings, pairs, view)
        describe = _describe_on_device if uses_device(settings.distil) else _describe_view
        describe(settings, view, numbers, part)
        part.rename(target)
        log.info("view %d: %.0f pictures/s", view, len(numbers) / (time.monotonic() - began))


def views_by_picture(settings: Settings, pairs: list[Pair]) -> NDArray[np.int64]:
    """How many views each picture has, [pictures]; validation pictures have the whole one only."""
    return np.array([settings.sets[pair.set].views if pair.split == "train" else 1 for pair in pairs])


def _described(settings: Settings, pairs: list[Pair], view: int) -> NDArray[np.int64]:
    """The pictures that have this view; the rows of others stay empty in its file."""
    return np.flatnonzero(views_by_picture(settings, pairs) > view)


def _describe_on_device(settings: Settings, view: int, numbers: NDArray[np.int64], part: Path) -> None:
    """The same crops, cut on the device from squares; a batch takes milliseconds."""
    store, device = PictureStore.open(settings.paths.work), best_device()
    pictures = resident_pictures(settings.paths.work, settings.distil.resident_side)
    teachers = open_teachers(settings.backbones, device)
    precision = next(teachers.parameters()).dtype
    boxes = torch.from_numpy(view_boxes(settings.teach, settings.seed, view, len(store))).to(device)
    features = np.lib.format.open_memmap(part, mode="r+")
    for batch in np.array_split(numbers, max(1, len(numbers) // DEVICE_BATCH)):
        chosen = torch.from_numpy(batch).to(device)
        pixels = normalise(pictures.cut(chosen, boxes[chosen], settings.teach.size)).to(precision)
        with torch.inference_mode():
            features[batch] = teachers(pixels.contiguous(memory_format=torch.channels_last)).cpu().numpy()
    features.flush()


def _describe_view(settings: Settings, view: int, numbers: NDArray[np.int64], part: Path) -> None:
    context = get_context("spawn")  # ONNX Runtime's threads do not survive a fork
    workers = [
        context.Process(target=_describe_share, args=(settings, view, numbers[share :: settings.teach.processes], part))
        for share in range(settings.teach.processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError(f"a teacher process failed at view {view}")


def _describe_share(settings: Settings, view: int, numbers: NDArray[np.int64], part: Path) -> None:
    """One process's pictures of a view."""
    store = PictureStore.open(settings.paths.work)
    boxes = view_boxes(settings.teach, settings.seed, view, len(store))
    teachers = [Teacher(graph) for graph in settings.backbones]
    features = np.lib.format.open_memmap(part, mode="r+")
    for start in range(0, len(numbers), settings.teach.batch):
        batch = numbers[start : start + settings.teach.batch]
        pixels = np.stack([store.cut(int(number), boxes[number], settings.teach.size) for number in batch])
        features[batch] = np.concatenate([teacher.describe(pixels) for teacher in teachers], axis=1)
    features.flush()


class Teacher:
    """The frozen backbone on one thread: two such processes are faster than one with two threads."""

    def __init__(self, graph: Path) -> None:
        import onnxruntime  # only this step needs it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def describe(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features [b, 1280] of RGB pixels [b, h, w, 3]."""
        scaled = (pixels.astype(np.float32) / 255 - MEAN) / STD
        outputs = self._session.run(None, {self._input: np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))})
        return np.asarray(outputs[0], dtype=np.float32)
