"""What is tried again, when, and what is not."""

import email.utils
import time

import pytest

from sensorium.errors import FetchError
from tests.fetch.servers import Page, picture_bytes

RED = picture_bytes("red")


def test_what_may_pass_is_tried_again(server, fetch):
    answers = [Page(status=503), Page(status=500), Page(RED)]
    server.pages["/x"] = lambda _: answers.pop(0)
    assert fetch(server.url("/x")).size == len(RED)
    assert server.times("/x") == 3


def test_a_rest_that_is_asked_for_is_kept(server, fetch):
    answers = [Page(status=429, headers={"Retry-After": "1"}), Page(RED)]
    server.pages["/x"] = lambda _: answers.pop(0)
    began = time.monotonic()
    fetch(server.url("/x"))
    assert time.monotonic() - began >= 1


def test_a_rest_that_is_too_long_ends_the_attempt(server, fetch):
    later = email.utils.formatdate(time.time() + 3600, usegmt=True)
    for asked in ("3600", later):
        server.pages["/x"] = Page(status=503, headers={"Retry-After": asked})
        with pytest.raises(FetchError, match=r"left alone for 3[56]\d\d s"):
            fetch(server.url("/x"))
    assert server.times("/x") == 2


def test_what_does_not_pass_is_not_tried_again(server, fetch):
    server.pages["/x"] = Page(status=403)
    with pytest.raises(FetchError):
        fetch(server.url("/x"))
    assert server.times("/x") == 1
