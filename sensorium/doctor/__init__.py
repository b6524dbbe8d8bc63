"""Checks a library: the catalogue against the indexes against the files. Mends what can be mended without guessing.

Looking changes nothing. Mending makes anew what follows from the catalogue (indexes, full text, the log), sweeps what
belongs to nothing, and marks for reading again what only the files can tell.
"""

from .examining import examine, rebuild, repair
from .report import Finding, Grade, Report

__all__ = ["Finding", "Grade", "Report", "examine", "rebuild", "repair"]
