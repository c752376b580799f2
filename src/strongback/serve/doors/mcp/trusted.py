"""Which hosts and origins a request may name: what keeps a page that a name was rebound for from calling tools."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from strongback.errors import ConfigurationError, OriginRefused

HOSTS = "STRONGBACK_MCP_HOSTS"
LOCAL = frozenset({"localhost"})
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Trusted:
    """
    The names by which the service is known.

    An address is trusted as a host: only a name can be rebound, and the page that was loaded by an address came from there.

    Attributes:
        hosts: Names besides `localhost`, in small letters, without ports.
        origins: Origins of other hosts, whole.
    Source: Model Context Protocol, "Transports", security warning; RFC 9110, section 7.2; RFC 6454, section 7.
    """

    hosts: frozenset[str] = LOCAL
    origins: frozenset[str] = frozenset()

    @classmethod
    def of(cls, hosts: Iterable[str], origins: Iterable[str] = ()) -> Trusted:
        return cls(LOCAL | frozenset(hosts), frozenset(origins))

    def check(self, host: str, origin: str | None) -> None:
        """
        Raises:
            OriginRefused: The request is meant for a host that the service is not, or comes from a page of one.
        """
        if not self._is_host(_host_of(f"//{host}")):
            raise OriginRefused("this service is not known by the host that the request names")
        if origin is not None and origin not in self.origins and not self._is_origin(origin):
            raise OriginRefused("pages of this origin may not call tools here")

    def _is_host(self, name: str) -> bool:
        return name in self.hosts or _is_address(name)

    def _is_origin(self, origin: str) -> bool:
        """Of addresses only this machine's: a page of any other is one of somebody else."""
        name = _host_of(origin)
        return name in self.hosts or (_is_address(name) and ip_address(name).is_loopback)


def read_hosts(text: str) -> tuple[str, ...]:
    """
    Read the listed hosts, separated by commas.

    Raises:
        ConfigurationError: One of them is not a host as requests name it.

    >>> read_hosts("jobs.example.com, jobs.internal")
    ('jobs.example.com', 'jobs.internal')
    """
    hosts = tuple(host.strip() for host in text.split(",") if host.strip())
    for host in hosts:
        if not _NAME.fullmatch(host):
            hint = "a name in lower case, without scheme, port and path: jobs.example.com"
            raise ConfigurationError(f"`{host}` is not a host", where=HOSTS, hint=hint)
    return hosts


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
