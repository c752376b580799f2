"""Whose word on a client's address is believed. Without the setting: nobody's; `X-Forwarded-For` is then a field as any other."""

from __future__ import annotations

from ipaddress import ip_network

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
