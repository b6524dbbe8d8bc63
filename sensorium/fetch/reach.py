"""Which addresses of the network may be connected to: those of the public internet, and what the user adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Ip: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NEVER = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # public by number, and yet where a cloud's machines ask for their own set-up
        "192.0.0.0/24",  # protocols (RFC 6890); Python's tables let parts of it through, and a cloud answers in one
        "192.88.99.0/24",  # relays between IPv4 and IPv6, given up (RFC 7526)
        "::/96",  # IPv4 in IPv6, given up (RFC 4291)
        "64:ff9b:1::/48",  # translation within a site (RFC 8215)
        "2001::/23",  # protocols, Teredo among them: they lead through others to addresses that are not seen here
        "3fff::/20",  # documentation (RFC 9637), younger than some of Python's tables
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # private, the former way (RFC 3879)
    )
)
_TRANSLATED = ip_network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052)."""


@dataclass(frozen=True, slots=True)
class Reach:
    """`allowed` are networks that may be connected to although they are not public."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Sequence[str]) -> Reach:
        """Raises `ValueError` for what is no network."""
        return cls(tuple(ip_network(network) for network in networks))

    def admits(self, address: str) -> bool:
        """Whether to connect to an address, as a resolver or a socket gives it."""
        try:
            ip = ip_address(address.partition("%")[0])  # after the % stands the network card of a link-local one
        except ValueError:
            return False
        inner = _inner(ip)
        if any(each in network for each in (ip, inner) for network in self.allowed):
            return True
        return _is_public(inner)


def _inner(ip: Ip) -> Ip:
    """The IPv4 address that an IPv6 one stands for, else the address itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_public(ip: Ip) -> bool:
    never = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    return ip.is_global and not never and not any(ip in network for network in _NEVER)
