"""Ways to join what the channels found into one list, by name.

`make_fusion` makes the one that a name stands for; `register_fusion` adds one.
"""

from .registry import DEFAULT, fusion_names, make_fusion, register_fusion
from .scored import Fused, Fusion, Scored

__all__ = ["DEFAULT", "Fused", "Fusion", "Scored", "fusion_names", "make_fusion", "register_fusion"]
