"""Get a small document from an address the operator set."""

from __future__ import annotations

import http.client
import ipaddress
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from strongback.errors import ConfigurationError

DOCUMENT_SIZE_BYTES = 524_288
FETCH_TIME_S = 5.0
_PIECE_BYTES = 65_536


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect leads where nobody set: it is an error."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def check_address(url: str) -> None:
    """
    Refuse an address from which keys must not be taken.

    Raises:
        ConfigurationError: It is not https, and not http on this machine.
    """
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        return
    raise ConfigurationError(
        "keys must come over https", hint="http is for addresses of this machine only (127.0.0.1, ::1, localhost)"
    )


def is_loopback(host: str) -> bool:
    """
    Whether *host* is this machine itself, by address or by its reserved name (RFC 6761, section 6.3).

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("127.0.0.1.example.org")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fetch(url: str) -> bytes:
    """
    Get *url*, in at most about FETCH_TIME_S seconds; blocks.

    Raises:
        OSError: It cannot be had: refused, too slow, too large, redirected, an error status.
    """
    check_address(url)
    deadline = time.monotonic() + FETCH_TIME_S
    request = urllib.request.Request(url, headers={"Accept": "application/json", "User-Agent": "strongback"})  # noqa: S310 - check_address
    try:
        with _opener(url).open(request, timeout=FETCH_TIME_S) as response:
            return _read(response, deadline)
    except http.client.HTTPException as error:
        raise OSError(f"the answer cannot be read: {type(error).__name__}") from error


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Through the proxy of the environment, except to this machine."""
    proxies = (
        urllib.request.ProxyHandler({}) if is_loopback(urlsplit(url).hostname or "") else urllib.request.ProxyHandler()
    )
    return urllib.request.build_opener(proxies, _NoRedirect())


def _read(response: Any, deadline: float) -> bytes:
    document = bytearray()
    while piece := response.read1(_PIECE_BYTES):
        document += piece
        if len(document) > DOCUMENT_SIZE_BYTES:
            raise OSError(f"the answer is larger than {DOCUMENT_SIZE_BYTES} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer comes too slowly")
    return bytes(document)
