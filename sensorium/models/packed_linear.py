"""Linear layers on a CPU through oneDNN, with their weights packed once.

torch gives float32 products to MKL, which on processors of other makers than its own reaches less than half of what
oneDNN does, and lays the weights out anew for every product. torch's own compiler (Inductor, when it freezes a network
for a CPU) takes this way; compiling itself takes longer than a library of texts. What comes out of float32 weights is
the same up to the order of its sums.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, TypeGuard

import torch

from .device import product_precision

_jit: Any = torch.jit  # not typed


class PackedLinear(torch.nn.Module):
    """What `layer`, of float32 and on a CPU, computes; for inference only. Takes over its weights.

    They are kept in `precision`, which is also what comes out; sums are float32. What comes out goes through the
    function that `then` names, "gelu" or "none", before it is written.
    """

    def __init__(
        self,
        layer: torch.nn.Linear,
        *,
        precision: torch.dtype = torch.float32,
        then: Literal["none", "gelu"] = "none",
    ) -> None:
        super().__init__()
        self.then = then
        self.precision = precision
        self.in_features, self.out_features = layer.in_features, layer.out_features
        packed = _operators()._reorder_linear_weight(layer.weight.detach().to(precision), None)
        self.weight = torch.nn.Parameter(packed, requires_grad=False)
        self.bias = None if layer.bias is None else torch.nn.Parameter(layer.bias.to(precision), requires_grad=False)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """[..., out_features] of float[..., in_features]."""
        product = _scripted() if _jit.is_tracing() else _product
        found: torch.Tensor = product(rows.to(self.precision), self.weight, self.bias, self.then)
        return found


def pack_linear(network: torch.nn.Module) -> int:
    """Pack the linear layers of a network, where that can be done; returns how many.

    For networks that call their layers, as those of transformers do; torch's own attention reads the weights of its.
    """
    packed = 0
    for module in list(network.modules()):
        for name, layer in list(module.named_children()):
            if can_pack(layer):
                setattr(module, name, PackedLinear(layer))
                packed += 1
    return packed


def can_pack(layer: torch.nn.Module) -> TypeGuard[torch.nn.Linear]:
    """Whether it is a plain layer of float32 on a CPU, and torch can do it there."""
    if type(layer) is not torch.nn.Linear:
        return False
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
            wanted = torch.nn.functional.gelu(layer(rows))
            return all(
                torch.allclose(PackedLinear(layer, precision=precision, then="gelu")(rows).float(), wanted, atol=atol)
                for precision, atol in ((torch.float32, 1e-5), (product_precision(), 0.05))
            )
    except (AttributeError, RuntimeError):
        return False


def _operators() -> Any:
    return torch.ops.mkldnn


def _product(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, then: str) -> torch.Tensor:
    found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, then, [], "none")
    return found


@cache
def _scripted() -> Any:
    """What stands for `_product` in a trace, which cannot tell by itself what the empty list is a list of."""
    return _jit.script(_product)
