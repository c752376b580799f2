"""Request ids: the caller's own when it is sane, else a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from strongback.model.uuid7 import uuid7_text

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_SANE_BYTES = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def choose_request_id(inbound: str | bytes | None) -> str:
    """
    Take the inbound `X-Request-Id`, or make a new one (a UUID of version 7) when there is none or it is not sane.

    Sane is 1 to 128 of letters, digits, `.`, `_`, `-`: it goes into log lines, headers and problem bodies as it is.

    >>> choose_request_id(b"edge-1.42"), len(choose_request_id("two words")), len(choose_request_id(None))
    ('edge-1.42', 36, 36)
    """
    if not inbound:
        return uuid7_text()
    if isinstance(inbound, bytes):
        return inbound.decode("ascii") if _SANE_BYTES.fullmatch(inbound) else uuid7_text()
    return inbound if _SANE.fullmatch(inbound) else uuid7_text()


def find_request_id(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """
    The request id among raw header *fields*, their names in lower case: the caller's own when it is there once and is sane.

    >>> find_request_id([(b"host", b"a"), (b"x-request-id", b"edge-1.42")])
    'edge-1.42'
    """
    given = [value for name, value in fields if name == b"x-request-id"]
    return choose_request_id(given[0] if len(given) == 1 else None)
