"""Step 6: the axes by which pictures are compared with pictures.

The tower's bridge says what the teachers would see. Its principal axes over training pictures, half whitened, are what
`sensorium.models.look_reading` tells about; the tower's own picture of the training pictures is all that is needed.
"""

from __future__ import annotations

import logging

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from sensorium.models.checksums import file_checksum
from sensorium.models.look_reading import LOOK_DIMENSION, LookReading, save_look_reading
from sensorium.models.picture_tower import load_picture_tower, preprocess
from training.checkpoint import load, release_path, stable_path
from training.config import Settings
from training.evaluate import CHUNK
from training.export import WEIGHTS_NAME
from training.pairs import read_pairs
from training.pictures import PictureStore

log = logging.getLogger(__name__)
LOOK_NAME = "starter-look.safetensors"
PICTURES = 6000  # training pictures that the axes are fitted to
WHITENING = 0.5  # 0: none, 1: every axis counts the same


def look(settings: Settings) -> None:
    """Fit the axes to the exported tower and write them beside it."""
    work = settings.paths.work
    path = release_path(work) if release_path(work).exists() else stable_path(work)
    average = load(path)["average"]
    bridge = average["bridge.weight"].double().numpy(), average["bridge.bias"].double().numpy()
    weights = settings.paths.weights / WEIGHTS_NAME
    reading = fit(_features(settings), bridge)
    save_look_reading(weights.with_name(LOOK_NAME), reading, file_checksum(weights))
    log.info("wrote %s", weights.with_name(LOOK_NAME))


def _features(settings: Settings) -> NDArray[np.float64]:
    """What the exported tower's trunk says of some training pictures: float64[n, width]."""
    tower, config = load_picture_tower(settings.paths.weights / WEIGHTS_NAME)
    store = PictureStore.open(settings.paths.work)
    known = [n for n, pair in enumerate(read_pairs(settings.paths.pools)) if pair.split == "train"]
    rng = np.random.default_rng(settings.seed)
    chosen = np.sort(rng.choice(known, min(PICTURES, len(known)), replace=False)).tolist()
    found = []
    with torch.inference_mode():
        for start in range(0, len(chosen), CHUNK):
            images = [Image.fromarray(store.picture(number)) for number in chosen[start : start + CHUNK]]
            found.append(tower.trunk(torch.stack([preprocess(image, config) for image in images])))
            log.info("%d of %d pictures", min(start + CHUNK, len(chosen)), len(chosen))
    return torch.cat(found).double().numpy()


def fit(features: NDArray[np.float64], bridge: tuple[NDArray[np.float64], NDArray[np.float64]]) -> LookReading:
    """The axes for features [n, width] through a bridge of weight [teachers' width, width] and bias."""
    weight, bias = bridge
    seen = features @ weight.T + bias
    mean = seen.mean(axis=0)
    _, deviations, axes = np.linalg.svd(seen - mean, full_matrices=False)
    deviations = deviations[:LOOK_DIMENSION] / np.sqrt(len(seen))
    turned = axes[:LOOK_DIMENSION] / deviations[:, None] ** WHITENING
    return LookReading(
        torch.from_numpy((turned @ weight).astype(np.float32)),
        torch.from_numpy((turned @ (bias - mean)).astype(np.float32)),
    )
