"""Addresses on the web: read strictly, and written in one way only, so that equal ones are equal texts."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from sensorium.errors import FetchError, NotAsked

LONGEST = 4096
PORTS = {"http": 80, "https": 443}
_NEVER_IN_URLS = re.compile(r"[\x00-\x20\x7f\\]")
_LITERAL = "/:?[]@!$&'()*+,;=%~|"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect, and what to ask for there. `host` is in ASCII, an IPv6 one without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host, with its port where that is not the scheme's own: what the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def name(self) -> str:
        """The last part of its path in words that people read; the host where there is none."""
        path = self.target.partition("?")[0]
        return unquote(path.rstrip("/").rpartition("/")[2]) or self.host

    def joined(self, location: str) -> str:
        """Where a redirect from here leads."""
        return urljoin(self.url, location)


def read_address(text: str) -> Address:
    """Raises `FetchError` for what is no address of the web, or holds a password."""
    text = text.strip()
    if len(text) > LONGEST:
        raise FetchError(f"{text[:60]}… is longer than {LONGEST} characters. Check the address.")
    if _NEVER_IN_URLS.search(text):
        raise FetchError(f"{text!r} has blanks or backslashes in it; in an address they are written as %20 and %5C.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise FetchError(f"{text} is not a well-formed address: {error}.") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise FetchError(f"{text} does not begin with http:// or https://; nothing else is fetched.")
    if "@" in parts.netloc:
        shown = f"{scheme}://…@{parts.netloc.rpartition('@')[2]}"  # a password must not end up in a list of failures
        raise FetchError(f"{shown} holds a user's name or password; addresses with one are not fetched.")
    if port == 0:
        raise FetchError(f"{text} names port 0, which does not exist.")
    path = quote(parts.path or "/", safe=_LITERAL)
    query = f"?{quote(parts.query, safe=_LITERAL)}" if parts.query else ""
    return Address(scheme, _ascii(parts.hostname or "", text), port or PORTS[scheme], path + query)


def require_port(address: Address, ports: Collection[int]) -> None:
    """Raises `FetchError` for a port that is not fetched from."""
    if address.port not in ports:
        raise NotAsked(
            f"{address.url} names port {address.port}; only {', '.join(map(str, sorted(ports)))} are used. "
            "Name it in SENSORIUM_FETCH_PORTS to allow it."
        )


def _ascii(host: str, text: str) -> str:
    import idna  # tables of all scripts, for addresses that are not in ASCII

    if host.isascii():
        if not host or len(host) > 253 or not re.fullmatch(r"[a-z0-9._:\-]+", host):
            raise FetchError(f"{text} names no host, or one that cannot be. Check the address.")
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise FetchError(f"{text} names a host that cannot be: {error}.") from None
