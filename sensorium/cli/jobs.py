"""The process that does what the page asks to be indexed."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .processes import NOT_NEEDED, kept_running
from .shared import LIBRARY, calibrate, models_of, open_to_write, read_settings

if TYPE_CHECKING:
    from sensorium.indexer.progress import Progress, Summary
    from sensorium.jobs import Job


@click.command()
@LIBRARY
@click.option("--parent", type=int, hidden=True, help="End with this process.")
def worker(library_path: Path, parent: int | None) -> None:
    """Do the jobs of indexing that the page or the API has queued, until Ctrl-C.

    `sensorium serve` starts one itself. A job that is under way when a worker ends, however it ends, is taken up by
    the next.
    """
    from sensorium.indexer.worker import Worker

    doing = Worker(library_path.resolve(), _Indexing(library_path).run)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: doing.end())
    if not doing.work(lambda: parent is None or os.getppid() == parent):
        click.echo(f"sensorium: Another worker does the jobs of {library_path}.", err=True)
        sys.exit(NOT_NEEDED)


class _Indexing:
    """Runs jobs. The models stay loaded between two of them, unless the library has been given others."""

    def __init__(self, library_path: Path) -> None:
        self._library_path = library_path
        self._loaded: tuple[tuple[str, str], object] | None = None

    def run(self, job: Job, progress: Progress) -> Summary:
        from sensorium.indexer import index
        from sensorium.models.model_set import ModelSet

        settings = read_settings()
        library = open_to_write(self._library_path, settings)
        try:
            named = (library.models, library.profile)
            if self._loaded is None or self._loaded[0] != named:
                self._loaded = named, models_of(library, settings)
            models = self._loaded[1]
            assert isinstance(models, ModelSet)
            summary = index(job.paths, library, models, settings=settings, progress=progress, retry=job.retry)
            calibrate(library, models)
            return summary
        finally:
            library.close()


def working(library_path: Path) -> AbstractContextManager[None]:
    """While open, a worker process does the library's jobs; one that dies is started again."""
    command = [sys.executable, "-m", "sensorium.cli", "worker", "--library", str(library_path)]
    return kept_running("worker", [*command, "--parent", str(os.getpid())])
