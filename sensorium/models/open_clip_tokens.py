"""Words on their way into an open_clip text tower."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sensorium.errors import ModelUnavailable

from .open_clip_checkpoint import model_config

if TYPE_CHECKING:
    import torch

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


def load_tokenizer(model_name: str, checkpoint: Path, *, allow_download: bool) -> Any:
    """What turns texts into int64[n, context length], padded as the tower was trained: SigLIP's to all 64.

    SigLIP's and multilingual models' vocabularies are not part of open_clip: they are taken from beside the
    checkpoint, else from the hub's cache, else from the hub where that is allowed. Raises `ModelUnavailable`.
    """
    import open_clip
    from open_clip.tokenizer import HFTokenizer

    text = model_config(model_name)["text_cfg"]
    repository = text.get("hf_tokenizer_name", "")
    if not repository:
        return open_clip.get_tokenizer(model_name)
    folder = checkpoint.parent
    beside = all((folder / name).is_file() for name in _TOKENIZER_FILES)
    try:
        return HFTokenizer(
            str(folder) if beside else repository,
            context_length=text.get("context_length", 77),
            tokenizer_mode=text.get("tokenizer_mode"),
            local_files_only=beside or not allow_download,
            **text.get("tokenizer_kwargs", {}),
        )
    except (OSError, ValueError) as error:
        files = " and ".join(_TOKENIZER_FILES)
        raise ModelUnavailable(
            f"The tokenizer of {model_name} ({repository}) is not on this machine. Put its {files} beside the "
            f"weights in {folder}, or allow downloads with SENSORIUM_ALLOW_DOWNLOAD=true."
        ) from error


def is_causal(model: Any) -> bool:
    """Whether tokens after the end token cannot change a text's vector in this model."""
    import open_clip

    return type(model) is open_clip.CLIP and model.attn_mask is not None and model.text_pool_type in ("argmax", "eos")


def end_positions(model: Any, tokens: torch.Tensor) -> torch.Tensor:
    """Where each text ends: int64[n], the position of the token that its vector is read from."""
    if model.text_pool_type == "eos":
        tokens = (tokens == model.text_eos_id).int()
    return tokens.argmax(dim=-1)


def encode_causal(model: Any, tokens: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
    """What `model.encode_text(tokens)` gives, from the tokens up to the last end alone.

    Each token of a causal tower sees only those before it, and the vector is read at the end token, so the
    padding after it, most of the 77 positions, need not be computed.
    """
    import torch

    length = int(ends.max()) + 1
    kind = model.transformer.get_cast_dtype()
    states = model.token_embedding(tokens[:, :length]).to(kind) + model.positional_embedding[:length].to(kind)
    states = model.ln_final(model.transformer(states, attn_mask=model.attn_mask[:length, :length]))
    pooled: torch.Tensor = states[torch.arange(len(states), device=states.device), ends]
    projection = model.text_projection
    if projection is not None:
        pooled = projection(pooled) if isinstance(projection, torch.nn.Linear) else pooled @ projection
    return pooled
