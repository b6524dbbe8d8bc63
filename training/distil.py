"""Step 4: train the student. The stable phase runs until it is stopped; `decay` turns its checkpoint into a release."""

from __future__ import annotations

import csv
import logging
import math
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from training.batches import Pool, batches, size_at
from training.checkpoint import release_path, stable_path
from training.config import Settings
from training.device import uses_device
from training.evaluate import Exam, figures
from training.group import Group, run_group
from training.pairs import read_pairs
from training.resident import ResidentFeed
from training.schedule import decay_rate, stable_rate
from training.trainer import LOSS_NAMES, Trainer

log = logging.getLogger(__name__)
FIGURES = ("flickr_r1", "flickr_r5", "flickr_r10", "myntra_r1", "myntra_r5", "myntra_r10", "clothing")
COLUMNS = ("phase", "step", "minutes", "cpu_hours", "rate", "pictures_per_s", *LOSS_NAMES, *FIGURES)


def distil(settings: Settings, *, minutes: float | None = None) -> None:
    """The stable phase: start or resume, and stop cleanly after `minutes` or at SIGTERM."""
    run_group(_stable_process, (settings, minutes or math.inf), settings.distil.processes)


def decay(settings: Settings, *, minutes: float | None = None) -> None:
    """Branch off the stable checkpoint and let the learning rate fall to zero within `minutes`."""
    run_group(_decay_process, (settings, minutes or settings.distil.decay_minutes), settings.distil.processes)


def train(settings: Settings, *, minutes: float | None = None) -> None:
    """Both phases in one go, the decay the last `decay_minutes` of them: nothing is opened or compiled twice."""
    run_group(_whole_process, (settings, minutes or settings.distil.minutes), settings.distil.processes)


def _whole_process(group: Group, settings: Settings, minutes: float) -> None:
    run = _Run(settings, group)
    run.resume()
    run.stable(max(minutes - settings.distil.decay_minutes, 0))
    run.decay(min(minutes, settings.distil.decay_minutes))


def _stable_process(group: Group, settings: Settings, minutes: float) -> None:
    run = _Run(settings, group)
    run.resume()
    run.stable(minutes)


def _decay_process(group: Group, settings: Settings, minutes: float) -> None:
    run = _Run(settings, group)
    run.trainer.restore(stable_path(settings.paths.work))
    run.decay(minutes)


class _Run:
    """Steps, and a log line and a checkpoint every few minutes."""

    def __init__(self, settings: Settings, group: Group) -> None:
        torch.set_flush_denormal(True)  # weights near zero would otherwise cost many times the cycles
        torch.set_float32_matmul_precision("high")  # TF32 where a GPU has it
        self._settings, self._group = settings, group
        self._phase, self._target = "stable", stable_path(settings.paths.work)
        pairs = read_pairs(settings.paths.pools)
        self._pool = Pool.open(settings, pairs, slice(group.rank, None, group.size))
        self._exam = Exam.open(pairs, self._pool.texts) if group.leads else None
        self.trainer = Trainer(settings, group)
        device = self.trainer.device
        feed = ResidentFeed(self._pool, device) if uses_device(settings.distil) else None
        self._batches = feed.batches if feed else partial(batches, self._pool)
        self._stopped = False

    def resume(self) -> None:
        """Go on from the stable checkpoint, if there is one."""
        if stable_path(self._settings.paths.work).exists():
            self.trainer.restore(stable_path(self._settings.paths.work))

    def stable(self, minutes: float) -> None:
        """Train at the constant rate."""
        self._go(minutes, lambda _share: stable_rate(self._settings.distil, self.trainer.progress.step))

    def decay(self, minutes: float) -> None:
        """Let the rate fall to zero, and leave a release."""
        self._phase, self._target = "decay", release_path(self._settings.paths.work)
        self._go(minutes, lambda share: decay_rate(self._settings.distil, share))

    def _go(self, minutes: float, rate: Callable[[float], float]) -> None:
        """Train for so long, at `rate(share of the time that has passed)`, or until told to stop."""
        signal.signal(signal.SIGTERM, self._stop)
        trainer, plan, began = self.trainer, self._settings.distil, time.monotonic()
        spell, share = _Spell(trainer), 0.0
        for batch in self._batches(trainer.progress.step, plan.last_step):
            step_rate = rate(share)
            spell.add(trainer.step(batch, step_rate))
            share = (time.monotonic() - began) / (minutes * 60)
            stopped = self._stopped or share >= 1 or trainer.progress.step == plan.last_step
            due = stopped or spell.seconds() > plan.evaluate_minutes * 60
            # The leader decides for all: a process that stopped alone would leave the others waiting for it.
            share, told_stopped, told_due = self._group.leaders(share, stopped, due)
            if told_due:
                self._report(spell, step_rate)
                spell = _Spell(trainer)
            if told_stopped:
                return

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def _report(self, spell: _Spell, rate: float) -> None:
        """Checkpoint, then measure the averaged weights and add a row to the log."""
        trainer, settings = self.trainer, self._settings
        spell.finish()
        if self._exam is None:
            return
        trainer.save(self._target)
        size = size_at(settings.distil.sizes, trainer.progress.step)
        student = trainer.average.student
        found = figures(self._exam, lambda pixels: student(pixels.to(trainer.device)).vectors, self._pool.store, size)
        row: dict[str, object] = {
            "phase": self._phase,
            "step": trainer.progress.step,
            "minutes": trainer.progress.seconds / 60,
            "cpu_hours": trainer.progress.cpu_seconds / 3600,
            "rate": rate,
            "pictures_per_s": spell.steps * settings.distil.batch / spell.seconds(),
            **spell.means(),
            **found,
        }
        _add_row(settings.paths.work / "log.csv", row)
        log.info("%s", {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()})


class _Spell:
    """The steps between two reports."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._wall, self._cpu = time.monotonic(), time.process_time()
        self._sums = torch.zeros(len(LOSS_NAMES), device=trainer.device)
        self.steps = 0

    def add(self, losses: Tensor) -> None:
        """Count one step."""
        self.steps += 1
        self._sums += losses

    def seconds(self) -> float:
        """Wall clock so far."""
        return time.monotonic() - self._wall

    def means(self) -> dict[str, float]:
        """Each loss per step."""
        return dict(zip(LOSS_NAMES, (self._sums / self.steps).tolist(), strict=True))

    def finish(self) -> None:
        """Count the time into the run's progress; all processes are taken to be as busy as this one."""
        progress = self._trainer.progress
        progress.seconds += self.seconds()
        progress.cpu_seconds += (time.process_time() - self._cpu) * self._trainer.group.size


def _add_row(path: Path, row: dict[str, object]) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()})
