"""Connections to the very addresses that were judged: a name is resolved once, and nothing asks for it again.

Were a name judged and then handed to a library that resolves it a second time, its owner could answer with a public
address first and with one inside this network then (DNS rebinding). The names in the header Host and in the TLS
handshake stay those of the URL, since they are the pool's business, not the connection's.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

from .reach import Reach

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port → its addresses, the best first. Raises `OSError`."""
MOST_ADDRESSES = 4


class Refused(Exception):
    """A connection that is not made. Not an error of the network: trying again would not help."""


async def by_system(host: str, port: int) -> Sequence[str]:
    """As the system does."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(AsyncNetworkBackend):
    """Connects to hosts within reach, and to no others."""

    def __init__(self, reach: Reach, resolve: Resolve) -> None:
        self._reach = reach
        self._resolve = resolve
        self._real = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Raises `Refused` where the host, or one of its addresses, is out of reach."""
        failed: Exception | None = None
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host, port)
        except TimeoutError as error:
            raise ConnectTimeout(f"the name {host} was not answered") from error
        for address in addresses[:MOST_ADDRESSES]:
            try:
                stream = await self._real.connect_tcp(address, port, timeout, local_address, socket_options)
            except Exception as error:
                failed = error
                continue
            peer = stream.get_extra_info("server_addr")
            if not (peer and self._reach.admits(str(peer[0]))):  # what the socket itself says has the last word
                await stream.aclose()
                raise Refused(f"{host} leads to {peer}, which is not on the public internet")
            return stream
        raise failed or ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectError(f"the name {host} is not known") from error
        # A name with a private address among public ones is nobody's honest shop
        for address in found:
            if not self._reach.admits(address):
                led = host if address == host else f"{host} leads to {address}, which"
                raise Refused(
                    f"{led} is not on the public internet. If it is meant, allow its network with SENSORIUM_FETCH_ALLOW"
                )
        return found

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
