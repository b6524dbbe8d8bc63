"""A pack of a few tones and hisses, small enough to learn from in a second, and what training makes of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sensorium.models.log_mel import RATE
from training.sound.clips import Clip, clip_wordings
from training.sound.pack import Pack
from training.sound.plan import RECIPE, load_plan
from training.sound.pool import open_pool


def tone(seconds, hertz, loudness=9000):
    return (np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE) * loudness).astype(np.int16)


@pytest.fixture(autouse=True)
def one_thread():
    """What these tests compute is too little to share."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def plan():
    """The shipped recipe, in small."""
    return replace(load_plan(RECIPE), features=24, hidden=16, teacher_hidden=16, cpu_batch=6, head_steps=2)


@pytest.fixture(scope="session")
def pack():
    """Six clips of three labels, the last of each held out."""
    random = np.random.default_rng(0)
    hiss = random.integers(-9000, 9000, 3 * RATE).astype(np.int16)
    waves = [tone(2, 200), tone(0.4, 220), hiss[:RATE], hiss[RATE:], tone(5, 4000), tone(1, 4200)]
    labels = ["hum", "hum", "hiss", "hiss", "whistle", "whistle"]
    clips = [
        Clip(f"{n}.ogg", "own", ("train", "val")[n % 2], label, (f"a {label}",), "own")
        for n, label in enumerate(labels)
    ]
    row_of: dict[str, int] = {}
    rows = [[row_of.setdefault(text, len(row_of)) for text in clip_wordings(clip)] for clip in clips]
    vectors = random.normal(size=(len(row_of) + 521, 384))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return Pack(
        clips=clips,
        waves=np.concatenate(waves),
        starts=np.cumsum([0, *map(len, waves)]),
        texts=vectors[: len(row_of)],
        text_rows=np.concatenate(rows),
        text_starts=np.cumsum([0, *map(len, rows)]),
        class_names=[f"class {n}" for n in range(521)],
        class_texts=vectors[len(row_of) :],
    )


@pytest.fixture(scope="session")
def pool(pack, plan):
    return open_pool(pack, plan, torch.device("cpu"))
