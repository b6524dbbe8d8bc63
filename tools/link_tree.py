"""Lay `tools/tree/sensorium`, a tree of links in which the package looks as it does when installed.

`indexer/`, `search/` and `web/` at the root are imported as `sensorium.indexer` and so on; pip's editable finder
knows this, a type checker does not. The tree is git-ignored; run this after adding a folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "tools" / "tree"


def main() -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    package = TREE / "sensorium"
    package.mkdir(parents=True)
    for entry in (ROOT / "sensorium").iterdir():
        if entry.name != "__pycache__":
            (package / entry.name).symlink_to(entry)
    for folder in ("indexer", "search", "web"):
        (package / folder).symlink_to(ROOT / folder)


if __name__ == "__main__":
    main()
