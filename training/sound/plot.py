"""Step 5: the training curves as a PNG, from log.csv."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # no display needed
import matplotlib.pyplot as plt

TARGET = Path("docs/models/starter-sound-curves.png")
LOSSES = ("feature", "score", "embedding", "similarity", "caption")
FIGURES = {
    "text_r10": "words → sound, R@10",
    "text_r1": "words → sound, R@1",
    "sound_r10": "sound → sound, R@10",
    "sound_r1": "sound → sound, R@1",
}


def plot(out: Path, target: Path = TARGET) -> None:
    """Losses, validation figures and the learning rate over the windows heard."""
    with (out / "log.csv").open(encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    heard = [row["windows"] / 1e6 for row in rows]
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), constrained_layout=True)
    for name in LOSSES:
        # Each loss as a share of its first value: they differ tenfold in size, and it is the fall that tells.
        shares = [row[name] / rows[0][name] for row in rows]
        axes[0].plot(heard, shares, marker=".", label=f"{name} (first: {rows[0][name]:.2f})")
    for name, label in FIGURES.items():
        axes[1].plot(heard, [row[name] for row in rows], marker=".", label=label)
    axes[2].plot(heard, [row["rate"] for row in rows], marker=".", label="learning rate")
    titles = ("training losses, relative", "validation, averaged weights", "schedule")
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title)
        axis.set_xlabel("million windows heard")
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=110)
