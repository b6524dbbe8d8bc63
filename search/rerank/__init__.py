"""Second looks at the best of what was found: stages in a row, each within a budget of time.

`Reranker` runs them; `make_reranker` makes the one that the settings ask for; `register_stage` adds a stage.
"""

from .chain import Reranker
from .fold import Fold
from .registry import make_reranker, register_stage, stage_names
from .variety import Variety

__all__ = ["Fold", "Reranker", "Variety", "make_reranker", "register_stage", "stage_names"]
