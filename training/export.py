"""Step 5: the averaged weights, folded and in half precision, into the package."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sensorium.models.picture_tower import PictureTower, PictureTowerConfig, load_picture_tower, save_picture_tower
from training.checkpoint import load, release_path, stable_path
from training.config import Settings
from training.evaluate import Exam, figures
from training.head import TEXT_WIDTH
from training.pairs import read_pairs
from training.pictures import MEAN, STD, PictureStore
from training.student import Student
from training.textspace import TEXT_MODEL, TEXT_MODEL_SHA256, TextSpace

log = logging.getLogger(__name__)
WEIGHTS_NAME = "starter-picture.safetensors"
INPUT_SIZES = (128, 160, 192, 224)  # crops magnify, so whole pictures may want more pixels than training had


def export(settings: Settings) -> None:
    """Write the release, or failing that a snapshot of the stable phase, at the input size that suits it best."""
    released = release_path(settings.paths.work).exists()
    state = load(release_path(settings.paths.work) if released else stable_path(settings.paths.work))
    student = Student(settings.distil, settings.head, settings.width)
    student.load_state_dict(state["average"])
    exam = Exam.open(read_pairs(settings.paths.pools), TextSpace.open(settings.paths.work))
    store = PictureStore.open(settings.paths.work)
    tower = student.folded(_config(settings, INPUT_SIZES[0], {})).eval()
    by_size = {size: figures(exam, tower, store, size) for size in INPUT_SIZES}
    best = max(by_size, key=lambda size: _worth(by_size[size]))
    training = {
        "phase": "release" if released else "snapshot of the stable phase",
        "steps": state["step"],
        "batch": settings.distil.batch,
        "minutes": round(state["seconds"] / 60, 1),
        "cpu_hours": round(state["cpu_seconds"] / 3600, 2),
        "validation": {name: round(value, 3) for name, value in by_size[best].items()},
    }
    path = settings.paths.weights / WEIGHTS_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture_tower(path, tower, _config(settings, best, training))
    _check(path, tower)
    for size, found in by_size.items():
        log.info("%d px: %s", size, {name: round(value, 3) for name, value in found.items()})
    log.info("exported %s, %d bytes, input %d px", path, path.stat().st_size, best)


def _worth(found: dict[str, float]) -> float:
    """One number to choose the input size by: photos, products and classes count alike."""
    return found["flickr_r10"] + found["myntra_r10"] + found["clothing"]


def _config(settings: Settings, input_px: int, training: dict[str, object]) -> PictureTowerConfig:
    return PictureTowerConfig(
        architecture=settings.distil.architecture,
        input_px=input_px,
        mean=_triple(MEAN),
        std=_triple(STD),
        hidden=settings.head.hidden,
        output_size=TEXT_WIDTH,
        text_model=TEXT_MODEL,
        text_model_sha256=TEXT_MODEL_SHA256,
        training=training,
    )


def _triple(values: NDArray[np.float32]) -> tuple[float, float, float]:
    red, green, blue = (round(float(value), 3) for value in values)
    return red, green, blue


def _check(path: Path, tower: PictureTower) -> None:
    """Half precision must not have moved the vectors."""
    loaded, config = load_picture_tower(path)
    pixels = torch.randn(4, 3, config.input_px, config.input_px)
    with torch.inference_mode():
        cosine = (loaded(pixels) * tower(pixels)).sum(dim=1).min().item()
    if cosine < 0.999:
        raise ValueError(f"{path} does not reproduce the student's vectors: cosine {cosine:.4f}")
