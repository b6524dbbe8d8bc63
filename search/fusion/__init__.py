"""Ways to join what the channels found into one list, by name.

`make_fusion` makes the one that a name stands for; `register_fusion` adds one.
"""

from .registry import DEFAULT, fusion_names, make_fusion, register_fusion
from .scored import Fusion, Scored

__all__ = ["DEFAULT", "Fusion", "Scored", "fusion_names", "make_fusion", "register_fusion"]
