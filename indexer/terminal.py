"""An indexing run as the terminal shows it: a line for each stage while it runs, a summary at its end."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Progress as Bars

from .progress import Stage, State, Summary

SHOWN = 20
"""Failures printed in full; `sensorium status` lists them all."""
NAMES = {
    Stage.SCAN: ("Looking", "files found"),
    Stage.FETCH: ("Fetching", "addresses"),
    Stage.READ: ("Reading", "files"),
    Stage.ENCODE: ("Encoding", "pictures, texts and sounds"),
    Stage.COMMIT: ("Writing", "items"),
    Stage.OCR: ("Text", "pictures, films and documents looked through"),
}
NOT_ALWAYS = (Stage.FETCH, Stage.OCR)


class TerminalProgress:
    """A line with rate for each stage, the time left on the last, on stderr, so that stdout stays for results.

    The first Ctrl-C asks the run to end after what has been read; the second ends it at once.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Bars(
            SpinnerColumn(), TextColumn("{task.description:<9}"), BarColumn(), TextColumn("{task.fields[told]}"),
            console=self._console, transient=True,
        )  # fmt: skip
        self._tasks: dict[Stage, TaskID] = {
            stage: self._bars.add_task(name, total=None, told="", visible=stage not in NOT_ALWAYS)
            for stage, (name, _) in NAMES.items()
        }
        self._stopped = threading.Event()
        self._handler: object = None

    def __enter__(self) -> TerminalProgress:
        if threading.current_thread() is threading.main_thread():
            self._handler = signal.signal(signal.SIGINT, self._interrupted)
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)  # type: ignore[arg-type]  # it is what `signal` gave

    def report(self, state: State) -> None:
        last = max((each.stage for each in state.stages if each.total is not None), key=list(Stage).index, default=None)
        for each in state.stages:
            told = f"{each.done:,}" + (f" of {each.total:,}" if each.total is not None else "")
            told += f" {NAMES[each.stage][1]}" + (f", {each.per_s:,.1f}/s" if each.done else "")
            if each.stage is Stage.READ:
                told += "".join(f"; {escape(one.path.name)} {one.done_s / one.length_s:.0%}" for one in state.long[:2])
            if each.stage is last:
                told += f", {clock(state.left_s)} left" if state.left_s is not None and each.done else ""
                told += f", [red]{state.failed} failed[/]" if state.failed else ""
            total = each.total if each.total is not None or each.stage is not Stage.SCAN else each.done or None
            task = self._tasks[each.stage]
            self._bars.update(task, completed=each.done, total=total, told=told)
            if each.stage in NOT_ALWAYS and total:
                self._bars.update(task, visible=True)

    def stopped(self) -> bool:
        return self._stopped.is_set()

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stopped.is_set():
            raise KeyboardInterrupt
        self._stopped.set()
        self._console.print("Stopping: what has been read is still written. Ctrl-C again stops at once.")


def clock(seconds: float) -> str:
    """`0:07`, `12:30` or `3:05:00`."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def print_summary(summary: Summary) -> None:
    """What was done and what was not, on stdout."""
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{summary.indexed} indexed, {summary.unchanged} unchanged, {summary.removed} removed, "
        f"{_some(summary.moved, 'moved')}{_some(summary.restored, 'restored')}"
        f"{summary.encoded} contents encoded, {len(summary.failures)} failed."
    )
    if summary.read:
        console.print(f"Text was looked for in {summary.read} files and found in {summary.inscribed}.")
    for note in summary.notes:
        console.print(f"  note: {note}", markup=False)
    for failure in summary.failures[:SHOWN]:
        console.print(f"  failed: {failure}", markup=False)
    if len(summary.failures) > SHOWN:
        console.print(f"  … and {len(summary.failures) - SHOWN} more; `sensorium status` lists them all.", markup=False)
    if summary.interrupted:
        console.print("Interrupted. What is done is kept: run the same command again to go on.")


def _some(number: int, what: str) -> str:
    return f"{number} {what}, " if number else ""
