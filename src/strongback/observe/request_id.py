"""Request ids: the caller's own when it is sane, else a new one."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable

_VARIANT = 0x8000000000000000


class RequestIds:
    """
    Makes ids of requests: UUIDs of version 7 that are new, and no more than that.

    A row's id has to be hard to guess, and in order within the process; a request's only has to be another one. So its random part is drawn
    once a millisecond at most, and a number counts within it: a tenth of the cost.

    Source: RFC 9562, sections 5.7 and 6.2 (method 1, a counter of fixed bit length).
    """

    __slots__ = ("_count", "_millisecond", "_start", "_tail")

    def __init__(self) -> None:
        self._millisecond = self._count = 0
        self._start = self._tail = ""

    def next(self) -> str:
        """
        Make an id, as lower case text (36 characters).

        >>> ids = RequestIds()
        >>> len({ids.next() for _ in range(10_000)}), len(ids.next())
        (10000, 36)
        """
        millisecond = time.time_ns() // 1_000_000
        if millisecond != self._millisecond or self._count == 0xFFF:
            self._begin(millisecond)
        self._count += 1
        return f"{self._start}{self._count:03x}{self._tail}"

    def _begin(self, millisecond: int) -> None:
        digits = f"{millisecond:012x}"
        drawn = f"{random.getrandbits(62) | _VARIANT:016x}"
        self._millisecond, self._count = millisecond, 0
        self._start, self._tail = f"{digits[:8]}-{digits[8:]}-7", f"-{drawn[:4]}-{drawn[4:]}"


_new = RequestIds().next

_SANE = re.compile(r"[A-Za-z0-9._-]{1,128}")
_SANE_BYTES = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def choose_request_id(inbound: str | bytes | None) -> str:
    """
    Take the inbound `X-Request-Id`, or make a new one when there is none or it is not sane.

    Sane is 1 to 128 of letters, digits, `.`, `_`, `-`: it goes into log lines, headers and problem bodies as it is.

    >>> choose_request_id(b"edge-1.42"), len(choose_request_id("two words")), len(choose_request_id(None))
    ('edge-1.42', 36, 36)
    """
    if not inbound:
        return _new()
    if isinstance(inbound, bytes):
        return inbound.decode("ascii") if _SANE_BYTES.fullmatch(inbound) else _new()
    return inbound if _SANE.fullmatch(inbound) else _new()


def find_request_id(fields: Iterable[tuple[bytes, bytes]]) -> str:
    """
    The request id among raw header *fields*, their names in lower case: the caller's own when it is there once and is sane.

    >>> find_request_id([(b"host", b"a"), (b"x-request-id", b"edge-1.42")])
    'edge-1.42'
    """
    given = [value for name, value in fields if name == b"x-request-id"]
    return choose_request_id(given[0] if len(given) == 1 else None)
