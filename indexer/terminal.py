"""An indexing run as the terminal shows it: one line of progress while it runs, a summary at its end."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from .progress import Summary

SHOWN = 20
"""Failures printed in full; `sensorium status` lists them all."""


class TerminalProgress:
    """A bar with rate and time left, on stderr, so that stdout stays for results."""

    def __init__(self) -> None:
        self._bars = Bars(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
            TextColumn("[red]{task.fields[failed]}"), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bars.add_task("Looking for files", total=None, rate="", failed="")
        self._failed = 0

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def scanned(self, to_do: int) -> None:
        self._bars.reset(self._task, total=to_do, description="Indexing", rate="", failed="")

    def committed(self, units: int, failed: int) -> None:
        self._failed += failed
        self._bars.advance(self._task, units)
        task = self._bars.tasks[0]
        rate = f"{task.completed / task.elapsed:.1f}/s" if task.elapsed else ""
        self._bars.update(self._task, rate=rate, failed=f"{self._failed} failed" if self._failed else "")


def print_summary(summary: Summary) -> None:
    """What was done and what was not, on stdout."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{summary.indexed} indexed, {summary.unchanged} unchanged, {summary.removed} removed, "
        f"{summary.encoded} contents encoded, {len(summary.failures)} failed."
    )
    for note in summary.notes:
        console.print(f"  note: {note}", markup=False)
    for failure in summary.failures[:SHOWN]:
        console.print(f"  failed: {failure.path}: {failure.reason}", markup=False)
    if len(summary.failures) > SHOWN:
        console.print(f"  … and {len(summary.failures) - SHOWN} more; `sensorium status` lists them all.", markup=False)
    if summary.interrupted:
        console.print("Interrupted. What is done is kept: run the same command again to go on.")
