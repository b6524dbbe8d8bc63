"""`python -m training <step>`."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from pathlib import Path

from training.config import Settings, load_settings

STEPS = ("prepare", "teach", "head", "train", "export", "look", "plot")  # what `all` runs, in this order
PHASES = ("distil", "decay")  # the two halves of `train`, for training that is stopped and resumed


def main() -> None:
    """Run one step, or all of them in order."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("step", choices=(*STEPS, *PHASES, "all"))
    parser.add_argument("--config", type=Path, default=Path("training/starter.toml"))
    parser.add_argument("--minutes", type=float, help="train, distil, decay: how long that takes")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = load_settings(asked.config)
    runs = _runs(asked.minutes)
    for step in STEPS if asked.step == "all" else [asked.step]:
        logging.info("step: %s", step)
        runs[step](settings)


def _runs(minutes: float | None) -> dict[str, Callable[[Settings], None]]:
    """Every step. Imported here: plotting needs no torch, preparing no ONNX Runtime."""
    from training.distil import decay, distil, train
    from training.export import export
    from training.head import train_head
    from training.look import look
    from training.plot import plot
    from training.prepare import prepare
    from training.teach import teach

    return {
        "prepare": prepare,
        "teach": teach,
        "head": train_head,
        "distil": lambda settings: distil(settings, minutes=minutes),
        "decay": lambda settings: decay(settings, minutes=minutes),
        "train": lambda settings: train(settings, minutes=minutes),
        "export": export,
        "look": look,
        "plot": plot,
    }


if __name__ == "__main__":
    main()
