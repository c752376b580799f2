"""Whose word on a client's address is believed. Without the setting: nobody's; `X-Forwarded-For` is then a field as any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from strongback.errors import ConfigurationError

TRUSTED_PROXIES = "STRONGBACK_TRUSTED_PROXIES"


def read_proxies(text: str) -> tuple[str, ...]:
    """
    Read addresses and networks of reverse proxies, separated by commas.

    Raises:
        ConfigurationError: One is no address. `*` is none: whoever can reach the port could then name any address as theirs, and
            with it escape a rate.

    >>> read_proxies("10.0.0.0/8, ::1")
    ('10.0.0.0/8', '::1')
    """
    named = tuple(each.strip() for each in text.split(",") if each.strip())
    for each in named:
        try:
            ip_network(each)
        except ValueError:
            hint = "list the addresses or networks of your reverse proxies: 10.0.0.0/8"
            raise ConfigurationError(f"`{each}` is no address", where=TRUSTED_PROXIES, hint=hint) from None
    return named


def behind(trusted: Sequence[str]) -> Callable[[str, str | None], str]:
    """
    What says who asks, of the address that a request came from and its `X-Forwarded-For`.

    Proxies add the address they were asked from at the end, so the last one that is not itself a trusted proxy's is the caller's; what
    stands before it anybody may have written.

    >>> client = behind(("10.0.0.0/8",))
    >>> client("10.0.0.1", "192.0.2.9, 192.0.2.7, 10.0.0.2"), client("192.0.2.1", "192.0.2.7"), client("10.0.0.1", None)
    ('192.0.2.7', '192.0.2.1', '10.0.0.1')
    """
    networks = [ip_network(each) for each in trusted]

    def client(peer: str, forwarded: str | None) -> str:
        if forwarded is None or not networks:
            return peer
        found = peer
        for each in reversed(forwarded.split(",")):
            if not _is_in(found, networks) or not each.strip():
                break
            found = each.strip()
        return found if found == peer or _is_address(found) else peer

    return client


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(text: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)
