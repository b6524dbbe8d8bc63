"""What a doctor says of a library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from .patient import Patient

SHOWN = 5
"""Examples of one finding that are named."""


class Grade(StrEnum):
    """How bad it is."""

    NOTE = "note"
    """Searching is right all the same: a leftover, or something that has changed outside."""
    FAULT = "fault"
    """Something is not found, found wrongly, or would not survive."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `says` is a sentence with the count in it.

    `mend` puts it right; without one, `cure` says what the user can do.
    """

    check: str
    grade: Grade
    count: int
    says: str
    examples: tuple[str, ...] = ()
    cure: str = ""
    mend: Callable[[Patient], None] | None = field(default=None, repr=False, compare=False)
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what was found. `proofs` are what was shown to be equal after rebuilding."""

    folder: Path
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    proofs: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether no fault is left."""
        return not any(finding.grade is Grade.FAULT and not finding.mended for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        shown = ("check", "grade", "count", "says", "cure", "mended")
        return {
            "library": str(self.folder),
            "sound": self.sound,
            "checks": list(self.checks),
            "findings": [
                {name: getattr(f, name) for name in shown}
                | {"examples": list(f.examples), "mendable": f.mend is not None}
                for f in self.findings
            ],
            "proofs": list(self.proofs),
        }


def examples(names: list[str]) -> tuple[str, ...]:
    return tuple(names[:SHOWN])
