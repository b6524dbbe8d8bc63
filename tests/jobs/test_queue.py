"""The queue outlives whoever asks and whoever works: what was asked is done once, in order, or said to have failed."""

import sqlite3
import threading

import pytest

from sensorium.errors import JobError, NotFound
from sensorium.jobs import JobQueue, JobState, allowed_paths, jobs_allowed, require_jobs
from sensorium.settings import Settings


@pytest.fixture
def queue(tmp_path):
    return JobQueue(tmp_path)


def test_jobs_are_taken_in_the_order_in_which_they_were_asked_for(queue, tmp_path):
    asked = [queue.ask([tmp_path / str(number)], retry=number == 1) for number in range(3)]
    other = JobQueue(tmp_path)  # as another process sees it
    taken = [other.take() for _ in range(4)]
    assert [job and (job.id, job.paths, job.retry) for job in taken] == [
        *((job.id, job.paths, job.retry) for job in asked), None,
    ]  # fmt: skip
    assert [job.state for job in queue.jobs()] == [JobState.QUEUED] * 3


def test_a_job_that_has_not_begun_is_cancelled_at_once_and_never_taken(queue, tmp_path):
    first, second = queue.ask([tmp_path]), queue.ask([tmp_path])
    queue.ask_to_stop(first.id)
    assert queue.job(first.id).state is JobState.CANCELLED
    assert queue.take().id == second.id


def test_a_running_job_is_only_asked_to_stop(queue, tmp_path):
    job = queue.ask([tmp_path])
    queue.take()
    queue.set_state(job.id, JobState.RUNNING)
    queue.ask_to_stop(job.id)
    found = queue.job(job.id)
    assert (found.state, found.stop) == (JobState.RUNNING, True)


def test_what_a_dead_worker_had_taken_is_put_back_and_what_waits_is_left_alone(queue, tmp_path):
    taken, stopping, waiting = (queue.ask([tmp_path / name]) for name in "abc")
    for job in (taken, stopping):
        assert queue.take().id == job.id
        queue.set_state(job.id, JobState.RUNNING)
    queue.ask_to_stop(stopping.id)
    assert [job.id for job in queue.recover()] == [taken.id, stopping.id]
    assert queue.job(stopping.id).state is JobState.CANCELLED
    assert [queue.take().id, queue.take().id, queue.take()] == [waiting.id, taken.id, None]


def test_a_job_that_was_noted_but_never_reached_the_queue_is_put_in(queue, tmp_path):
    queue.ask([tmp_path])
    queue.take()
    lost = queue.add([tmp_path], retry=False)
    assert lost in [job.id for job in queue.recover()]
    assert lost in (queue.take().id, queue.take().id)


def test_two_workers_never_take_the_same_job(tmp_path):
    queue = JobQueue(tmp_path)
    asked = [queue.ask([tmp_path]).id for _ in range(30)]
    taken = []

    def take_all():
        mine = JobQueue(tmp_path)
        while (job := mine.take()) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=take_all) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == asked


def test_nothing_in_the_file_can_run_code(queue, tmp_path):
    """A library may come from elsewhere: tasks are JSON, and what is none is refused."""
    queue.ask([tmp_path])
    with sqlite3.connect(queue.path) as database:
        (data,) = database.execute("SELECT data FROM task").fetchone()
        assert bytes(data).startswith(b"[")
        database.execute("UPDATE task SET data = ?", (b"cos\nsystem\n(S'touch pwned'\ntR.",))
    with pytest.raises(ValueError, match="Expecting value"):
        queue.take()


def test_an_unknown_job_is_not_found(queue):
    with pytest.raises(NotFound, match="no job 7"):
        queue.job(7)


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.168.1.7"}, False),
        ({"host": "0.0.0.0", "jobs": "on"}, True),
        ({"jobs": "off"}, False),
    ],
)
def test_jobs_are_taken_where_only_this_machine_can_ask(settings, allowed):
    assert jobs_allowed(Settings(**settings)) is allowed
    if not allowed:
        with pytest.raises(JobError, match="SENSORIUM_JOBS=on"):
            require_jobs(Settings(**settings))


def test_only_folders_of_the_settings_and_what_was_indexed_before_may_be_named(tmp_path):
    for name in ("open/deep", "closed", "indexed"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "open" / "way out").symlink_to(tmp_path / "closed")
    folders, known = [tmp_path / "open"], [tmp_path / "indexed"]

    def ask(*names):
        return allowed_paths([str(tmp_path / name) for name in names], folders, known)

    assert ask("open/deep", "indexed") == [tmp_path / "open" / "deep", tmp_path / "indexed"]
    for refused in ("closed", "open/../closed", "open/way out", "opening", "", "closed/nothing there"):
        with pytest.raises(JobError, match="may not be indexed from here"):
            ask(refused)
    with pytest.raises(JobError, match="does not exist"):
        ask("open/nothing there")
    with pytest.raises(JobError, match="Nothing was named"):
        allowed_paths([], folders, known)
