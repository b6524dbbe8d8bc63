"""Where models run, and how precisely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium.errors import BadSetting

if TYPE_CHECKING:
    import torch

_DEVICES = ("cuda", "mps", "cpu")


def choose_device(setting: str) -> torch.device:
    """The device of that name, or with `auto` the fastest there is. Raises `BadSetting` for one that is not there."""
    import torch

    if setting not in ("auto", *_DEVICES):
        raise BadSetting(f"device = {setting!r}: expected one of auto, {', '.join(_DEVICES)}.")
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if setting == "auto":
        return torch.device(next(name for name in _DEVICES if there[name]))
    if not there[setting]:
        usable = ", ".join(name for name in _DEVICES if there[name])
        raise BadSetting(f"device = {setting!r}: torch finds no such device on this machine. Use auto, or: {usable}.")
    return torch.device(setting)


def precision_for(device: torch.device) -> torch.dtype:
    """Half precision on a GPU, where it is twice as fast and changes cosines by less than 0.001; float32 on a CPU."""
    import torch

    return torch.float32 if device.type == "cpu" else torch.float16


def product_precision() -> torch.dtype:
    """Of the products of a transformer on this machine's CPU: bfloat16, added up in float32, where the CPU has
    instructions for it, which takes half the memory and some .6 of the time and moves cosines by less than 0.0001."""
    import torch

    there = torch.cpu.get_capabilities()
    return torch.bfloat16 if there.get("avx512_bf16") or there.get("amx_bf16") else torch.float32
