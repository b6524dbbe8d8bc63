"""Hosts are spared, and many files come at a time all the same."""

import time
from itertools import pairwise

import pytest

from sensorium.errors import FetchError
from sensorium.fetch import Fetched, Fetcher, FetchPolicy, Wanted
from sensorium.fetch.reach import Reach
from tests.fetch.servers import Page, picture_bytes

RED = picture_bytes("red")


def fetcher(tmp_path, server, **limits):
    known = {"connect_s": 1.0, "read_s": 2.0, "whole_s": 10.0, "delay_s": 0.0, "backoff_s": 0.01, **limits}
    policy = FetchPolicy(reach=Reach.of(["127.0.0.0/8"]), ports=frozenset([server.port]), **known)
    return Fetcher(policy, tmp_path / "fetched")


def slow(headers):
    time.sleep(0.1)
    return Page(RED)


def test_of_one_host_only_so_many_come_at_a_time(tmp_path, server):
    server.pages |= {f"/{n}": slow for n in range(8)}
    with fetcher(tmp_path, server, per_host=2) as fetching:
        tasks = [fetching.submit(Wanted(server.url(f"/{n}"))) for n in range(8)]
        assert all(isinstance(task.result(10), Fetched) for task in tasks)
    assert server.most_at_once == 2


def test_several_hosts_are_asked_at_a_time(tmp_path, server):
    server.pages["/x"] = slow
    with fetcher(tmp_path, server, per_host=1) as fetching:
        tasks = [fetching.submit(Wanted(server.url("/x", f"127.0.0.{n}"))) for n in (1, 1, 1)]
        assert all(isinstance(task.result(10), Fetched) for task in tasks)
    assert server.most_at_once == 1


def test_requests_to_one_host_lie_apart(tmp_path, server):
    moments = []

    def noted(headers):
        moments.append(time.monotonic())
        return Page(RED)

    server.pages["/x"] = noted
    with fetcher(tmp_path, server, delay_s=0.15) as fetching:
        for task in [fetching.submit(Wanted(server.url("/x"))) for _ in range(4)]:
            task.result(10)
    assert min(after - before for before, after in pairwise(moments)) > 0.1


def test_a_dead_host_is_given_up(tmp_path, server):
    dead = f"http://127.0.0.9:{server.port}/x"  # nobody listens there
    with fetcher(tmp_path, server, tries=1, give_up_after=3, per_host=1) as fetching:
        told = []
        for _ in range(5):
            with pytest.raises(FetchError) as failed:
                fetching.submit(Wanted(dead)).result(10)
            told.append("left alone" in str(failed.value))
    assert told == [False, False, False, True, True]


def test_closing_breaks_off_what_is_under_way(tmp_path, server):
    server.pages["/x"] = lambda _: time.sleep(5) or Page()
    fetching = fetcher(tmp_path, server, read_s=20.0)
    task = fetching.submit(Wanted(server.url("/x")))
    time.sleep(0.2)
    began = time.monotonic()
    fetching.close()
    assert time.monotonic() - began < 4
    assert task.cancelled()
    with pytest.raises(FetchError, match="has ended"):
        fetching.submit(Wanted(server.url("/x")))
