"""Linear layers on a CPU through oneDNN, with their weights packed once.

torch gives float32 products to MKL, which on processors of other makers than its own reaches less than half of what
oneDNN does, and lays the weights out anew for every product. torch's own compiler (Inductor, when it freezes a network
for a CPU) takes this way; compiling itself takes longer than a library of texts. What comes out is the same, in float32
throughout, up to the order of its sums.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch


class PackedLinear(torch.nn.Module):
    """What `layer`, of float32 and on a CPU, computes; for inference only. Takes over its weights."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        packed = _operators()._reorder_linear_weight(layer.weight.detach(), None)
        self.weight = torch.nn.Parameter(packed, requires_grad=False)
        self.bias = layer.bias

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """float32[..., out_features] of float32[..., in_features]."""
        found: torch.Tensor = _operators()._linear_pointwise(rows, self.weight, self.bias, "none", [], "")
        return found


def pack_linear(network: torch.nn.Module) -> int:
    """Pack the linear layers of a network, where that can be done; returns how many.

    For networks that call their layers, as those of transformers do; torch's own attention reads the weights of its.
    """
    packed = 0
    for module in list(network.modules()):
        for name, layer in list(module.named_children()):
            if type(layer) is torch.nn.Linear and _fits(layer):
                setattr(module, name, PackedLinear(layer))
                packed += 1
    return packed


def _fits(layer: torch.nn.Linear) -> bool:
    return layer.weight.device.type == "cpu" and layer.weight.dtype == torch.float32 and _works()


@cache
def _works() -> bool:
    """Whether this build of torch can do it: not every processor's has the operators, so a small layer is tried."""
    mkldnn: Any = torch.backends.mkldnn  # not typed
    if not (mkldnn.is_available() and hasattr(_operators(), "_linear_pointwise")):
        return False
    layer, rows = torch.nn.Linear(16, 16), torch.ones(2, 16)
    try:
        with torch.no_grad():
            return torch.allclose(PackedLinear(layer)(rows), layer(rows), atol=1e-5)
    except (AttributeError, RuntimeError):
        return False


def _operators() -> Any:
    return torch.ops.mkldnn
