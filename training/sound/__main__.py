"""`python -m training.sound <step>`."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from training.sound.plan import RECIPE, SoundPlan, load_paths, load_plan

STEPS = ("pack", "train", "export", "plot")


def main() -> None:
    """Run one step of the sound tower's making."""
    parser = argparse.ArgumentParser(prog="python -m training.sound", description=__doc__)
    parser.add_argument("step", choices=STEPS, help="pack: gather the pool; train: head and student")
    parser.add_argument("--config", type=Path, default=RECIPE)
    parser.add_argument("--pack", type=Path, default=Path("training/work/sound-pack"), help="where the pool lies")
    parser.add_argument("--out", type=Path, default=Path("training/work/sound"), help="checkpoints and log")
    parser.add_argument("--minutes", type=float, help="train: how long the student learns (the plan says otherwise)")
    parser.add_argument("--batch", type=int, help="train: windows a step, on whatever device")
    parser.add_argument("--head-steps", type=int, help="train: steps of the teacher's head")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    plan = _plan(asked)
    if asked.step == "pack":
        from training.sound.pack import write_pack

        write_pack(load_paths(asked.config), asked.pack, plan.seed)
        return
    if asked.step == "train":
        from training.sound.train import train

        train(plan, asked.pack, asked.out)
        return
    if asked.step == "plot":
        from training.sound.plot import plot

        plot(asked.out)
        return
    from training.sound.export import export

    export(plan, asked.pack, asked.out, load_paths(asked.config).weights)


def _plan(asked: argparse.Namespace) -> SoundPlan:
    given = {
        "minutes": asked.minutes,
        "batch": asked.batch,
        "cpu_batch": asked.batch,
        "head_steps": asked.head_steps,
    }
    return replace(load_plan(asked.config), **{name: value for name, value in given.items() if value is not None})


if __name__ == "__main__":
    main()
