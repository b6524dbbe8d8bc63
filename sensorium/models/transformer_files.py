"""Networks of the sentence-transformers family from a folder of files: safetensors alone, and nothing from a hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable

from .device import precision_for

if TYPE_CHECKING:
    import torch


def load_network(make: Callable[..., Any], folder: Path, device: torch.device, *, called: str) -> Any:
    """The network that a class of that library, `make`, reads from the folder, on the device, without a word printed.

    Raises `ModelUnavailable` for a folder that holds no such network; `called` is what it should have been.
    """
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging  # half of it is typed
    progress = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # a library prints nothing, and loading takes less than a second
    try:
        network = make(
            str(folder),
            device=str(device),
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(f"{folder} is not a usable {called}: {error}") from error
    finally:
        if progress:
            logging.enable_progress_bar()
    return network.to(precision_for(device)).eval()
