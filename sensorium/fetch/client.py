"""One file from one address: redirects, limits, retries. Runs in an event loop, so that every wait has an end."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpcore2

from sensorium.errors import FetchError, NotAsked

from .address import Address, read_address, require_port
from .connecting import CheckedBackend, Refused, Resolve, by_system
from .outcome import Answered, Gone, Unchanged, Wanted
from .pace import Pace
from .policy import FetchPolicy
from .receiving import Shelf, receive

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_GONE = frozenset((404, 410))
_BUSY = frozenset((429, 503))
_PASSING = frozenset((500, 502, 504, *_BUSY))
"""What may be over in a moment."""
_NETWORK = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError)


class _Passing(Exception):
    """A failure that is worth another attempt. `wait_s` is how long the server asks to be left alone, if it does."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class Client:
    """Fetches into a folder. Lives in one event loop. Nothing of the environment is heeded: no proxy, no cookies, no
    passwords of a .netrc file."""

    def __init__(self, policy: FetchPolicy, folder: Path, resolve: Resolve | None = None) -> None:
        self._policy = policy
        self._folder = folder
        self._pace = Pace(policy)
        self._pool = httpcore2.AsyncConnectionPool(
            max_connections=None,  # the pace bounds them
            max_keepalive_connections=20,
            keepalive_expiry=30.0,
            network_backend=CheckedBackend(policy.reach, resolve or by_system),
        )

    async def close(self) -> None:
        await self._pool.aclose()

    async def fetch(self, wanted: Wanted) -> Answered:
        """Raises `FetchError`."""
        address = self._judged(wanted.url)
        for attempt in range(self._policy.tries):
            try:
                return await self._attempt(wanted, address)
            except _Passing as problem:
                wait_s = self._policy.backoff_s * 2**attempt if problem.wait_s is None else problem.wait_s
                if attempt + 1 == self._policy.tries or wait_s > self._policy.longest_wait_s:
                    asked = f" It asks to be left alone for {wait_s:.0f} s." if problem.wait_s else ""
                    raise FetchError(f"{wanted.url}: {problem}.{asked} It is tried again later.") from None
                await asyncio.sleep(wait_s)
        raise AssertionError("no attempt was made")

    def _judged(self, url: str) -> Address:
        address = read_address(url)
        require_port(address, self._policy.ports)
        return address

    async def _attempt(self, wanted: Wanted, address: Address) -> Answered:
        for _ in range(self._policy.redirects + 1):
            async with self._pace.turn(address.host):
                answer = await self._request(wanted, address)
            if not isinstance(answer, Address):
                return answer
            address = answer
        raise FetchError(f"{wanted.url} leads on more than {self._policy.redirects} times and was not followed.")

    async def _request(self, wanted: Wanted, address: Address) -> Answered | Address:
        """What a server answers; another address where it says to go there. Takes no longer than the limit."""
        try:
            async with asyncio.timeout(self._policy.whole_s), self._answer(wanted, address) as response:
                self._pace.answered(address.host, yes=True)
                return await self._taken(wanted, address, response)
        except Refused as error:
            raise NotAsked(f"{wanted.url} was not fetched: {error}.") from None
        except TimeoutError:  # another attempt would take as long
            self._pace.answered(address.host, yes=False)
            raise FetchError(
                f"{wanted.url} took longer than {self._policy.whole_s:g} s and was given up. Raise "
                "SENSORIUM_FETCH_TIMEOUT_S to give it more time."
            ) from None
        except _NETWORK as error:
            self._pace.answered(address.host, yes=False)
            raise _Passing(_in_words(error)) from None

    @asynccontextmanager
    async def _answer(self, wanted: Wanted, address: Address) -> AsyncIterator[httpcore2.Response]:
        policy = self._policy
        headers = [("Host", address.authority), ("User-Agent", policy.agent), ("Accept-Encoding", "identity")]
        headers += [("Accept", "image/*, audio/*, video/*, application/pdf, text/html, text/plain, */*;q=0.1")]
        headers += [("If-None-Match", wanted.etag)] if wanted.etag else []
        headers += [("If-Modified-Since", wanted.modified)] if wanted.modified else []
        limits = {"connect": policy.connect_s, "read": policy.read_s, "write": policy.read_s, "pool": policy.whole_s}
        url = httpcore2.URL(
            scheme=address.scheme.encode(), host=address.host.encode(), port=address.port,
            target=address.target.encode(),
        )  # fmt: skip
        async with self._pool.stream("GET", url, headers=headers, extensions={"timeout": limits}) as response:
            yield response

    async def _taken(self, wanted: Wanted, address: Address, response: httpcore2.Response) -> Answered | Address:
        headers = _plain(response)
        status = response.status
        if status in _REDIRECTS and "location" in headers:
            return self._judged(address.joined(headers["location"]))
        if status == 304 and (wanted.etag or wanted.modified):
            return Unchanged()
        if status in _GONE:
            return Gone(status)
        if status in _PASSING:
            wait_s = _retry_after(headers.get("retry-after", "")) if status in _BUSY else None
            if wait_s is not None and wait_s <= self._policy.longest_wait_s:
                self._pace.rest(address.host, wait_s)
            raise _Passing(f"its server answers {status}", wait_s)
        if status != 200:
            raise FetchError(f"{wanted.url}: its server answers {status}; 200 was expected.")
        shelf = Shelf(read_address(wanted.url), self._policy.max_bytes, self._folder)
        return await receive(response.aiter_stream(), headers, address, shelf)


def _plain(response: httpcore2.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}


def _retry_after(header: str) -> float | None:
    """Seconds, given as such or as a date."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _in_words(error: Exception) -> str:
    told = {
        httpcore2.ConnectTimeout: "its server cannot be reached in time",
        httpcore2.ReadTimeout: "its server fell silent",
        httpcore2.RemoteProtocolError: "its server broke off or does not speak HTTP",
    }
    detail = str(error)
    return told.get(type(error), "the connection failed") + (f" ({detail})" if detail else "")
