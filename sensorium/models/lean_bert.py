"""BERT on a CPU in as few operations as it takes (Devlin et al., 2019).

A query is some ten tokens long: its products take no longer than what a general library does around them. Here the
three products of attention are one, GELU is part of the product before it, and nothing looks at options that an encoder
does not have. What comes out is the same up to the order of its sums, and to bfloat16 products where the processor has
instructions for them; what layers add up and normalise stays float32.

All layers are one call of the interpreter (TorchScript, traced). Python lets go of its interpreter at each of a hundred
operations, and where other threads want it, waits a hundred times to have it back: beside two of them a pass took ten
times as long.
"""

from __future__ import annotations

import logging
import warnings
from functools import partial
from typing import Any

import torch
from torch.nn import functional

from .device import product_precision
from .packed_linear import PackedLinear, can_pack

log = logging.getLogger(__name__)


class LeanBert(torch.nn.Module):
    """What `bert`, a `transformers.BertModel` that `fits`, computes, its products in `precision`; for inference only.

    Takes over its weights.
    """

    def __init__(self, bert: Any, precision: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config = bert.config
        self.embeddings = bert.embeddings
        layers = _Layers(_Layer(layer, bert.config, precision) for layer in bert.encoder.layer)
        self.unpadded, self.padded = in_one_call(layers, bert.config.hidden_size)
        self.pooler = bert.pooler

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        token_type_ids: torch.Tensor | None = None,
        **others: Any,
    ) -> Any:
        """`last_hidden_state` float32[b, tokens, width] of int64[b, tokens], and `pooler_output` float32[b, width].

        `attention_mask` is 1 where there is a token and 0 where a row is padded. Networks that hold a BERT hand on all
        its `others`; raises `TypeError` for one that would change what comes out.
        """
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        if asked := {name for name, value in others.items() if value is not None} - {"return_dict"}:
            raise TypeError(f"LeanBert knows nothing of {', '.join(sorted(asked))}.")
        rows = self.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        padded = attention_mask is not None and not bool(attention_mask.all())
        if attention_mask is not None and padded:
            rows = self.padded(rows, attention_mask[:, None, None, :].bool())
        else:
            rows = self.unpadded(rows)
        pooled = None if self.pooler is None else self.pooler(rows)
        return BaseModelOutputWithPooling(last_hidden_state=rows, pooler_output=pooled)


class _Layers(torch.nn.ModuleList):
    """One after the other."""

    def forward(self, rows: torch.Tensor, seen: torch.Tensor | None = None) -> torch.Tensor:
        """float32[b, tokens, width] of the same; `seen` as for each."""
        for layer in self:
            rows = layer(rows, seen)
        return rows


def in_one_call(layers: _Layers, width: int) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The layers without and with `seen`, each traced for any shape; as they are where this torch cannot trace them."""
    rows, seen = torch.zeros(2, 3, width), torch.ones(2, 1, 1, 3, dtype=torch.bool)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it is to go; what torch offers instead compiles for minutes
        try:
            trace: Any = torch.jit.trace  # not typed
            return trace(layers, (rows,)), trace(layers, (rows, seen))
        except (RuntimeError, OSError, AttributeError) as error:  # no source to be read, or no TorchScript any more
            log.info("The text encoder is not traced, and waits where many ask at once: %s", error)
    return layers, layers


class _Layer(torch.nn.Module):
    """Attention and what follows it, each added to what it was given and then normalised."""

    def __init__(self, layer: Any, config: Any, precision: torch.dtype) -> None:
        super().__init__()
        attention = layer.attention
        own = attention.self
        pack = partial(PackedLinear, precision=precision)
        self.heads = config.num_attention_heads
        self.projection = pack(_joined(own.query, own.key, own.value))
        self.attended = pack(attention.output.dense)
        self.attention_norm = attention.output.LayerNorm
        self.widened = pack(layer.intermediate.dense, then="gelu")
        self.narrowed = pack(layer.output.dense)
        self.norm = layer.output.LayerNorm

    def forward(self, rows: torch.Tensor, seen: torch.Tensor | None) -> torch.Tensor:
        """float32[b, tokens, width] of the same; `seen` bool[b, 1, 1, tokens]: which tokens may be attended to."""
        batch, tokens, width = rows.shape
        apart = self.projection(rows).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        asked, held, told = apart.unbind(0)
        heads = functional.scaled_dot_product_attention(asked, held, told, attn_mask=seen)
        attended = self.attended(heads.transpose(1, 2).reshape(batch, tokens, width))
        rows = self.attention_norm(attended + rows)
        found: torch.Tensor = self.norm(self.narrowed(self.widened(rows)) + rows)
        return found


def make_lean(network: torch.nn.Module) -> int:
    """Put a `LeanBert` in the place of every BERT in a network that fits; returns how many."""
    from transformers import BertModel

    found = 0
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if type(child) is BertModel and fits(child):
                setattr(module, name, LeanBert(child, product_precision()))
                found += 1
    return found


def fits(bert: Any) -> bool:
    """Whether a `transformers.BertModel` is a plain encoder of float32 on a CPU, and this torch has what it takes."""
    config = bert.config
    plain = not config.is_decoder and config.hidden_act == "gelu"
    asked = not (config.output_hidden_states or config.output_attentions)
    return plain and asked and all(map(can_pack, _linears(bert)))


def _linears(bert: Any) -> list[torch.nn.Module]:
    return [module for module in bert.encoder.modules() if isinstance(module, torch.nn.Linear)]


def _joined(*layers: torch.nn.Linear) -> torch.nn.Linear:
    """One layer for several with the same input, their outputs side by side."""
    joined = torch.nn.Linear(layers[0].in_features, sum(layer.out_features for layer in layers))
    with torch.no_grad():
        joined.weight.copy_(torch.cat([layer.weight for layer in layers]))
        joined.bias.copy_(torch.cat([layer.bias for layer in layers]))
    return joined
