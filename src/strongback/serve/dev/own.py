"""
Whether a request comes from whoever sits at this machine: from its own addresses, asked for under its own names.

The name matters as much as the address: a page of a stranger's reaches this machine by DNS (rebinding), under the stranger's name.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from strongback.engine.request import Request

NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "testserver"})


def is_own(request: Request) -> bool:
    """Whether *request* is of this machine, under a name of its own."""
    host = request.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name in NAMES and (not request.client or _is_loopback(request.client))


def _is_loopback(client: str) -> bool:
    try:
        return ip_address(client.partition("%")[0]).is_loopback
    except ValueError:
        return False
