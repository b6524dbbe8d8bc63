"""A worker does what was asked, tells how far it is, and leaves nothing undone when it ends, however it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from sensorium.errors import StorageFull
from sensorium.indexer.worker import Worker
from sensorium.jobs import JobQueue, JobState
from sensorium.library import Library
from sensorium.models.model_set import ModelSet
from sensorium.settings import Settings
from tests.fakes import FakePictureEncoder, fake_recipe

ROOT = Path(__file__).parent.parent.parent
PATH = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
PATIENCE_S = 60
MANY = 120


def many(folder, number=40):
    folder.mkdir(exist_ok=True)
    for n in range(number):
        Image.new("RGB", (30, 20), (n, 255 - n, 99)).save(folder / f"{n}.png")
    return folder


class SlowPictures(FakePictureEncoder):
    """So slow that there is time to interrupt it."""

    def encode_pictures(self, pictures):
        time.sleep(0.03)
        return super().encode_pictures(pictures)


def slow_models():
    return ModelSet("fake", replace(fake_recipe(), pictures=SlowPictures))


def run_with(folder):
    def run(job, progress):
        from sensorium.indexer import index

        library = Library.open_or_create(folder, "fake")
        try:
            settings = Settings(workers=1, batch_size=2)
            return index(job.paths, library, slow_models(), settings=settings, progress=progress, retry=job.retry)
        finally:
            library.close()

    return run


def until(asked):
    ends = time.monotonic() + PATIENCE_S
    while not (answer := asked()):
        assert time.monotonic() < ends
        time.sleep(0.05)
    return answer


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    Library.open_or_create(folder, "fake").close()
    return folder


@pytest.fixture
def at_work(library):
    """Starts workers in this process, and ends them."""
    started = []

    def start(run=None):
        worker = Worker(library, run or run_with(library))
        thread = threading.Thread(target=worker.work)
        thread.start()
        started.append((worker, thread))
        return worker

    yield start
    for worker, _ in started:
        worker.end()
    for _, thread in started:
        thread.join(PATIENCE_S)


def count(library):
    opened = Library.open(library)
    try:
        return sum(opened.status().items.values())
    finally:
        opened.close()


def test_a_job_is_done_and_tells_what_it_did(library, at_work, tmp_path):
    photos = many(tmp_path / "photos", 5)
    (photos / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    queue = JobQueue(library)
    job = queue.ask([photos])
    at_work()
    done = until(lambda: (found := queue.job(job.id)).state.over and found)
    assert (done.state, done.problem) == (JobState.DONE, "")
    assert (done.summary["indexed"], done.summary["failed"]) == (5, 1)
    assert done.summary["failures"][0]["path"].endswith("torn.jpg")
    assert done.progress["stages"][0]["stage"] == "scan"
    assert done.began_at <= done.ended_at
    (photos / "torn.jpg").write_bytes((photos / "1.png").read_bytes())
    again = queue.ask([photos], retry=True)
    until(lambda: queue.job(again.id).state.over)
    assert queue.job(again.id).summary["failed"] == 0


def test_a_running_job_is_cancelled_and_keeps_what_it_has_read(library, at_work, tmp_path):
    queue = JobQueue(library)
    job = queue.ask([many(tmp_path / "photos", MANY)])
    at_work()
    until(lambda: count(library))
    queue.ask_to_stop(job.id)
    done = until(lambda: (found := queue.job(job.id)).state.over and found)
    assert done.state is JobState.CANCELLED
    assert 0 < done.summary["indexed"] < MANY
    assert count(library) == done.summary["indexed"]


def test_a_worker_that_is_told_to_end_leaves_its_job_to_the_next(library, at_work, tmp_path):
    queue = JobQueue(library)
    job = queue.ask([many(tmp_path / "photos", MANY)])
    first = at_work()
    until(lambda: count(library))
    first.end()
    until(lambda: queue.job(job.id).state is JobState.QUEUED)
    kept = count(library)
    assert kept < MANY
    at_work()
    assert until(lambda: (found := queue.job(job.id)).state.over and found).summary["unchanged"] == kept
    assert count(library) == MANY


def test_a_job_waits_while_another_process_writes(library, at_work, tmp_path):
    queue = JobQueue(library)
    opened = Library.open(library)
    with opened.writing():
        job = queue.ask([many(tmp_path / "photos", 2)])
        at_work()
        until(lambda: queue.job(job.id).state is JobState.WAITING)
    until(lambda: queue.job(job.id).state is JobState.DONE)
    opened.close()


def test_a_job_that_fails_says_why_and_the_next_is_done(library, at_work, tmp_path):
    done = run_with(library)

    def run(job, progress):
        if job.paths[0].name == "full":
            raise StorageFull("No room left.")
        if job.paths[0].name == "odd":
            raise ZeroDivisionError
        return done(job, progress)

    queue = JobQueue(library)
    jobs = [queue.ask([tmp_path / name]) for name in ("full", "odd")] + [queue.ask([many(tmp_path / "photos", 2)])]
    at_work(run)
    until(lambda: queue.job(jobs[-1].id).state is JobState.DONE)
    assert [(queue.job(job.id).state, queue.job(job.id).problem) for job in jobs[:2]] == [
        (JobState.FAILED, "No room left."),
        (JobState.FAILED, "Something went wrong: ZeroDivisionError."),
    ]


def test_a_library_has_one_worker(library, at_work):
    at_work()
    until(lambda: (library / "jobs.db").exists())
    time.sleep(0.2)
    assert Worker(library, run_with(library)).work() is False


def test_a_worker_that_is_killed_leaves_its_job_to_the_next(library, at_work, tmp_path):
    queue = JobQueue(library)
    photos = many(tmp_path / "photos", MANY)
    job = queue.ask([photos])
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.indexer.test_worker import run_with\n"
        "from sensorium.indexer.worker import Worker\n"
        "if __name__ == '__main__':\n    Worker(Path(sys.argv[1]), run_with(Path(sys.argv[1]))).work()\n"
    )
    script = tmp_path / "work.py"
    script.write_text(code)
    process = subprocess.Popen(
        [sys.executable, str(script), str(library)], cwd=ROOT, env={**os.environ, "PYTHONPATH": PATH},
        start_new_session=True,
    )  # fmt: skip
    until(lambda: count(library))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    assert queue.job(job.id).state is JobState.RUNNING
    kept = count(library)
    at_work()
    done = until(lambda: (found := queue.job(job.id)).state.over and found)
    assert (done.state, done.summary["unchanged"], count(library)) == (JobState.DONE, kept, MANY)


def test_a_worker_ends_when_whoever_started_it_is_no_more(library):
    worker = Worker(library, run_with(library))
    alive = iter([True, True, False])
    assert worker.work(lambda: next(alive)) is True
