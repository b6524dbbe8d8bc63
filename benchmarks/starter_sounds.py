"""The starter sound tower on sounds it never learnt from: `python -m benchmarks.starter_sounds`.

Beside it stand its teacher with the trained head, where the folder of that training is there, and the teacher's own
features, which know no words. The pools are the validation sounds of the training pool, and, where it is there, a
corpus with judged queries, on which the tower is asked alone: no names, no calibration.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from sensorium.media.decoded import Limits
from sensorium.media.sounds import decode_sound
from sensorium.models.log_mel import LogMel
from sensorium.models.starter_sound import StarterSoundEncoder
from training import checkpoint
from training.measures import ranks
from training.sound.clips import read_clips, read_waves
from training.sound.exam import clip_windows
from training.sound.head import SoundHead
from training.sound.plan import RECIPE, load_paths, load_plan
from training.sound.yamnet import load_yamnet
from training.textspace import encode

if TYPE_CHECKING:
    from sensorium.types import Samples

RESAMPLES = 2000
# Least figures of the tower on the corpus; below them it is not worth shipping.
LIMITS = {"corpus text→sound R@10": ".50", "corpus sound→sound R@10": ".90"}
Rows = NDArray[np.float32]
Listen = Callable[[Sequence["Samples"]], Rows]


@dataclass(frozen=True, slots=True)
class Trial:
    """Sounds, and the queries that some of them answer."""

    name: str
    sounds: list[Samples]
    texts: list[str]
    offered: NDArray[np.int64]  # the sounds that texts may find
    by_text: NDArray[np.bool_]  # [texts, offered]
    asked: NDArray[np.int64]  # the sounds that are queries
    by_sound: NDArray[np.bool_]  # [asked, sounds]

    def hits(self, listen: Listen) -> dict[str, NDArray[np.bool_]]:
        """By figure, which queries were answered."""
        rows = listen(self.sounds)
        found: dict[str, NDArray[np.bool_]] = {}
        if rows.shape[1] == 384:  # other vectors lie beside no words
            placed = ranks(encode(self.texts) @ rows[self.offered].T, self.by_text)
            found |= {f"{self.name} text→sound R@{k}": placed < k for k in (1, 5, 10)}
        likeness = rows[self.asked] @ rows.T
        likeness[np.arange(len(self.asked)), self.asked] = -np.inf
        placed = ranks(likeness, self.by_sound)
        return found | {f"{self.name} sound→sound R@{k}": placed < k for k in (1, 10)}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, default=Path("training/work/sound-pack"))
    parser.add_argument("--run", type=Path, default=Path("training/work/sound"), help="the training's folder")
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    asked = parser.parse_args()
    torch.set_num_threads(2)
    trials = [_validation(load_paths(RECIPE).pools)]
    if (asked.corpus / "queries.jsonl").exists():
        trials.append(_judged(asked.corpus))
    encoder = StarterSoundEncoder(device="cpu")
    columns: dict[str, Listen] = {"tower": encoder.encode_sounds}
    if (asked.run / "head.pt").exists() and (asked.pack / "yamnet.npz").exists():
        head = SoundHead(load_plan(RECIPE).teacher_hidden, 0.0).eval()
        head.load_state_dict(checkpoint.load(asked.run / "head.pt"))
        columns["YAMNet + head"] = _teacher(asked.pack / "yamnet.npz", head)
        columns["YAMNet's features"] = _teacher(asked.pack / "yamnet.npz", None)
    _print_table(trials, columns)
    _print_speed(trials[0].sounds, encoder)


def _validation(pools: Path) -> Trial:
    """Labels as words; for a sound, the others with its label, those it was trained on included."""
    clips = read_clips(pools)
    labels = np.array([clip.label for clip in clips])
    valid = np.array([number for number, clip in enumerate(clips) if clip.split == "val"])
    texts = sorted(set(labels[valid]))
    kept = np.flatnonzero(np.isin(labels, texts))
    place = np.searchsorted(kept, valid)
    alike = labels[valid][:, None] == labels[kept]
    alike[np.arange(len(valid)), place] = False
    answered = alike.any(axis=1)
    by_text = np.array(texts)[:, None] == labels[valid]
    waves = read_waves(pools, [clips[number] for number in kept])
    return Trial("validation", waves, texts, place, by_text, place[answered], alike[answered])


def _judged(corpus: Path) -> Trial:
    with (corpus / "manifest.jsonl").open(encoding="utf-8") as lines:
        sounds = [row for line in lines if (row := json.loads(line))["kind"] == "sound"]
    with (corpus / "queries.jsonl").open(encoding="utf-8") as lines:
        queries = [json.loads(line) for line in lines]
    by_text = [query for query in queries if query["task"] == "text-to-sound"]
    by_sound = [query for query in queries if query["task"] == "sound-to-sound"]
    ids, files = [row["id"] for row in sounds], [row["file"] for row in sounds]
    limits = Limits(1 << 30, 1, 3600.0)
    return Trial(
        "corpus",
        [decode_sound(corpus / file, limits).samples for file in files],
        [query["text"] for query in by_text],
        np.arange(len(files)),
        np.array([[one in query["relevant"] for one in ids] for query in by_text]),
        np.array([files.index(query["audio"]) for query in by_sound]),
        np.array([[one in query["relevant"] for one in ids] for query in by_sound]),
    )


def _teacher(weights: Path, head: SoundHead | None) -> Listen:
    yamnet, log_mel = load_yamnet(weights), LogMel()

    def listen(sounds: Sequence[Samples]) -> Rows:
        rows = []
        with torch.inference_mode():
            for sound in sounds:
                waves = torch.from_numpy(clip_windows(sound).astype(np.float32) / 32768)
                features = yamnet(log_mel(waves)).features
                vectors = features if head is None else head(features)
                rows.append(functional.normalize(functional.normalize(vectors, dim=1).mean(dim=0), dim=0).numpy())
        return np.stack(rows)

    return listen


def _print_table(trials: Sequence[Trial], columns: dict[str, Listen]) -> None:
    print("In brackets: 95 % by bootstrap over queries. text→sound on validation: a label finds the sounds held out.")
    print("sound→sound: a sound finds another with its label.\n")
    print("| figure | pool | queries | " + " | ".join(columns) + " | at least |")
    print("|---|---|---|" + "---|" * len(columns) + "---|")
    for trial in trials:
        found = [trial.hits(listen) for listen in columns.values()]
        for figure, first in found[0].items():
            cells = " | ".join(_share(hits[figure]) if figure in hits else "" for hits in found)
            pool = len(trial.offered) if "text" in figure else len(trial.sounds)
            print(f"| {figure} | {pool} | {len(first)} | {cells} | {LIMITS.get(figure, '')} |")


def _share(hits: NDArray[np.bool_]) -> str:
    drawn = np.random.default_rng(0).integers(len(hits), size=(RESAMPLES, len(hits)))
    low, high = np.percentile(hits[drawn].mean(axis=1), [2.5, 97.5])
    return f"{hits.mean():.3f} [{low:.3f}, {high:.3f}]"


def _print_speed(sounds: Sequence[Samples], encoder: StarterSoundEncoder) -> None:
    encoder.encode_sounds(sounds[:1])
    began = time.perf_counter()
    encoder.encode_sounds(sounds)
    seconds = time.perf_counter() - began
    heard_s = sum(map(len, sounds)) / 16_000
    print(f"\n{len(sounds)} clips, {heard_s:.0f} s of sound, in {seconds:.1f} s on two threads: ", end="")
    print(f"{len(sounds) / seconds:.0f} clips/s, {heard_s / seconds:.0f} times as fast as they sound.")


if __name__ == "__main__":
    main()
