"""`python -m training <step>`."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from pathlib import Path

from training.config import Settings, load_settings

STEPS = ("prepare", "teach", "head", "distil", "decay", "export", "plot", "all")


def main() -> None:
    """Run one step, or all of them in order."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--config", type=Path, default=Path("training/starter.toml"))
    parser.add_argument("--minutes", type=float, help="distil, decay: how long the phase lasts")
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = load_settings(asked.config)
    runs = _runs(asked.minutes, None if asked.step == "all" else asked.minutes)
    for step in runs if asked.step == "all" else [asked.step]:
        logging.info("step: %s", step)
        runs[step](settings)


def _runs(stable_minutes: float | None, decay_minutes: float | None) -> dict[str, Callable[[Settings], None]]:
    """The steps in their order. Imported here: plotting needs no torch, preparing no ONNX Runtime."""
    from training.distil import decay, distil
    from training.export import export
    from training.head import train_head
    from training.plot import plot
    from training.prepare import prepare
    from training.teach import teach

    return {
        "prepare": prepare,
        "teach": teach,
        "head": train_head,
        "distil": lambda settings: distil(settings, minutes=stable_minutes),
        "decay": lambda settings: decay(settings, minutes=decay_minutes),
        "export": export,
        "plot": plot,
    }


if __name__ == "__main__":
    main()
