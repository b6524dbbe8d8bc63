"""Indexing that is asked for and done elsewhere: a durable queue, and what has become of each job."""

from .allowed import allowed_paths, jobs_allowed, require_jobs
from .queue import JobQueue
from .store import Job, JobState

__all__ = ["Job", "JobQueue", "JobState", "allowed_paths", "jobs_allowed", "require_jobs"]
