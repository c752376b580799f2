"""Row ids: UUIDs of version 7, in the order in which this process made them."""

from __future__ import annotations

import os
import struct
import threading
import time
import weakref
from collections.abc import Callable
from uuid import UUID, SafeUUID

_VERSION_AND_VARIANT = 7 << 76 | 0b10 << 62
_RANDOM_BITS = (1 << 62) - 1
_POOL = struct.Struct("512Q")

_set = object.__setattr__
_new = object.__new__
_unknown = SafeUUID.unknown


def stamp(now_ns: int) -> int:
    """
    Place a time on the 60 bit clock of the ids: 48 bits of milliseconds, then 12 bits of the fraction (244 ns a step).

    Args:
        now_ns: Nanoseconds since the Unix epoch.
    Source: RFC 9562, section 6.2, method 3.

    >>> hex(stamp(1_500_000))
    '0x1800'
    """
    milliseconds, rest_ns = divmod(now_ns, 1_000_000)
    return milliseconds << 12 | (rest_ns << 12) // 1_000_000


def layout(clock: int, random: int) -> int:
    """
    Lay out an id: 48 bits of time, version, 12 bits of finer time, variant, 62 random bits.

    Args:
        clock: A `stamp`, 60 bits.
        random: Any integer; its lowest 62 bits are used.
    Source: RFC 9562, section 5.7.

    >>> UUID(int=layout(0x0123456789AB_CDE, 0x3FFF_FFFF_FFFF_FFFF))
    UUID('01234567-89ab-7cde-bfff-ffffffffffff')
    """
    return clock >> 12 << 80 | (clock & 0xFFF) << 64 | _VERSION_AND_VARIANT | random & _RANDOM_BITS


class Uuid7Source:
    """
    Makes ids that only grow, whatever the wall clock does and whichever thread asks.

    The clock part is the time, or one step after the last id where time has not moved on (or has moved back): a counter of
    sub-millisecond steps, as RFC 9562, section 6.2 allows. The other 62 bits come from the operating system's generator,
    fetched for 512 ids at a time; a forked child throws the fetched ones away, so two processes never share them.

    Args:
        clock_ns: Where the time comes from, in nanoseconds since the Unix epoch.
    """

    __slots__ = ("__weakref__", "_clock_ns", "_last", "_lock", "_pool")

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_ns = clock_ns
        self._last = 0
        self._start()
        _sources.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._pool: list[int] = []

    def next_int(self) -> int:
        """Make the next id, as the 128 bit integer of a UUID."""
        with self._lock:
            now = stamp(self._clock_ns())
            last = self._last
            clock = self._last = now if now > last else last + 1
            if not self._pool:
                self._pool.extend(_POOL.unpack(os.urandom(_POOL.size)))
            return layout(clock, self._pool.pop())


_sources: weakref.WeakSet[Uuid7Source] = weakref.WeakSet()


def _after_fork() -> None:
    """Start anew in a child: a lock may be held by a thread that is not there, and the pools are the parent's."""
    for source in _sources:
        source._start()  # noqa: SLF001 - this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

_next_int = Uuid7Source().next_int


def uuid7() -> UUID:
    """
    Make a row id: greater than every id this process made before.

    Built without `UUID.__init__`, whose checks cost as much as all the rest; Python 3.14 does the same inside `uuid`.

    Source: RFC 9562, section 5.7.

    >>> first, second = uuid7(), uuid7()
    >>> first.version, first < second
    (7, True)
    """
    made = _new(UUID)
    _set(made, "int", _next_int())
    _set(made, "is_safe", _unknown)
    return made


def made_at_ms(row: UUID) -> int:
    """
    Read when an id of version 7 was made, in milliseconds since the Unix epoch.

    >>> made_at_ms(UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
    1645557742000
    """
    return row.int >> 80
