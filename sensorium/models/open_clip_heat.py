"""Where an open_clip model sees what a query asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .heat import by_gradient

if TYPE_CHECKING:
    import torch

    from sensorium.types import Matrix


def network_heat(visual: Any, pixels: torch.Tensor, towards: torch.Tensor) -> Matrix | None:
    """float32[h, w] for one prepared picture [1, 3, s, s] and a unit vector; None where the network is of another kind.

    A CLIP vision transformer has its patches projected into the shared space and compared one by one, as in MaskCLIP
    (Zhou, Loy and Dai, 2022); a network of timm's, such as SigLIP's, is asked by gradients.
    """
    from open_clip.timm_model import TimmModel
    from open_clip.transformer import VisionTransformer

    if isinstance(visual, VisionTransformer) and visual.proj is not None:
        return _patch_likeness(visual, pixels, towards)
    if isinstance(visual, TimmModel) and hasattr(visual.trunk, "forward_head"):
        return _timm_gradient(visual, pixels, towards)
    return None


def _patch_likeness(visual: Any, pixels: torch.Tensor, towards: torch.Tensor) -> Matrix:
    import torch

    with torch.inference_mode():
        last = visual.forward_intermediates(pixels, indices=1, normalize_intermediates=True, intermediates_only=True)
        patches = last["image_intermediates"][0][0].permute(1, 2, 0) @ visual.proj
        likeness = torch.nn.functional.normalize(patches.float(), dim=-1) @ towards.float()
        # a transformer's patches are alike in much that is of no place: what counts is by how much they differ
        heat: Matrix = torch.relu(likeness - likeness.mean()).cpu().numpy()
    return heat


def _timm_gradient(visual: Any, pixels: torch.Tensor, towards: torch.Tensor) -> Matrix | None:
    import torch

    precision = pixels.dtype

    def score(features: torch.Tensor) -> torch.Tensor:
        pooled = visual.head(visual.trunk.forward_head(features.to(precision)))
        return torch.nn.functional.normalize(pooled.float(), dim=-1)[0] @ towards.float()

    with torch.inference_mode():
        features = visual.trunk.forward_features(pixels)
    if features.dim() not in (3, 4):
        return None
    heat = by_gradient(features.clone(), score, prefix_tokens=getattr(visual.trunk, "num_prefix_tokens", 0))
    return heat if heat.any() else None  # one that is read at its class token alone has no gradient at any place
