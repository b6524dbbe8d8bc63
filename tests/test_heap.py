"""Freed memory is kept for what comes next: seen by how often the system has to map pages anew."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

WORK = """
import resource
from sensorium import heap
{first}
def fill():
    for _ in range(100):
        bytearray(b"x" * {megabytes} * (1 << 20))
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
PAGES_A_MB = 256

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")


def pages_mapped(first: str, *, megabytes: int) -> int:
    """By filling a hundred blocks one after the other, for the second time, in a process of its own."""
    script = WORK.format(first=first, megabytes=megabytes)
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return int(told.stdout)


def test_blocks_that_are_kept_need_no_new_pages() -> None:
    plain = pages_mapped("", megabytes=40)  # glibc keeps nothing above 32 MB by itself
    kept = pages_mapped("heap.keep_freed(block_mb=64, most_mb=256)", megabytes=40)
    assert plain > 100 * 40 * PAGES_A_MB / 2
    assert kept < plain / 50


def test_blocks_above_the_limit_go_back_at_once() -> None:
    assert pages_mapped("heap.keep_freed(block_mb=8, most_mb=256)", megabytes=10) > 100 * 10 * PAGES_A_MB / 2


def test_at_the_end_of_the_work_what_is_free_is_given_back() -> None:
    within = "context = heap.reused(); context.__enter__()"
    resident = "int(open('/proc/self/statm').read().split()[1])"
    script = (
        f"from sensorium import heap\n{within}\nkept = [b'x' * (1 << 20) for _ in range(100)]\nheld = {resident}\n"
        f"kept.clear()\nfree = {resident}\ncontext.__exit__(None, None, None)\nprint(held, free, {resident})"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    held, free, after = map(int, told.stdout.split())
    assert free > held - 10 * PAGES_A_MB
    assert after < held - 90 * PAGES_A_MB
