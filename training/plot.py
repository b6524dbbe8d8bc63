"""The training curves as a PNG, from log.csv."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib as mpl

from training.config import Settings

mpl.use("Agg")  # no display needed
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

TARGET = Path("docs/models/starter-curves.png")
LOSSES = ("feature", "embedding", "similarity", "caption")
FIGURES = {"flickr_r10": "Flickr8k R@10", "myntra_r10": "Myntra R@10", "clothing": "clothing zero-shot"}
Rows = list[dict[str, str]]


def plot(settings: Settings) -> None:
    """Losses, validation figures and the learning rate over the pictures seen."""
    with (settings.paths.work / "log.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen = [int(row["step"]) * settings.distil.batch / 1000 for row in rows]
    figure, axes = plt.subplots(1, 3, figsize=(13, 4), constrained_layout=True)
    for name in LOSSES:
        # Each loss as a share of its first value: they differ tenfold in size, and it is the fall that tells.
        axes[0].plot(seen, _shares(rows, name), marker=".", label=f"{name} (first: {float(rows[0][name]):.2f})")
    for name, label in FIGURES.items():
        axes[1].plot(seen, [float(row[name]) for row in rows], marker=".", label=label)
    axes[2].plot(seen, [float(row["rate"]) for row in rows], marker=".", label="learning rate")
    _finish(axes, ("training losses, relative", "validation, averaged weights", "schedule"))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(TARGET, dpi=110)


def _shares(rows: Rows, name: str) -> list[float]:
    first = float(rows[0][name])
    return [float(row[name]) / first for row in rows]


def _finish(axes: list[Axes], titles: tuple[str, ...]) -> None:
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title)
        axis.set_xlabel("thousand pictures seen")
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
