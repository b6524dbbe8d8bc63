"""Fetching media from the web: only from public addresses, only so much, only what can be read, and politely."""

from __future__ import annotations

from .fetcher import Fetcher
from .outcome import Answered, Fetched, Gone, Unchanged, Wanted
from .policy import FetchPolicy

__all__ = ["Answered", "FetchPolicy", "Fetched", "Fetcher", "Gone", "Unchanged", "Wanted"]
