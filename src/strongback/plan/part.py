"""Which bytes of a file are asked for (RFC 9110, section 14), as values: no header field and no status."""

from __future__ import annotations

from dataclasses import dataclass

from strongback.errors import RangeNotThere


@dataclass(frozen=True, slots=True)
class PartAsk:
    """
    One range of bytes.

    Attributes:
        first: The first byte wanted, from 0; None for the last *length* bytes.
        last: The last byte wanted, itself included; None to the end.
        length: Of the last bytes.
    """

    first: int | None = None
    last: int | None = None
    length: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes that are answered: *length* of them from *start* on."""

    start: int
    length: int


def part_of(asked: PartAsk, size: int) -> Part:
    """
    The bytes of a file of *size* bytes that *asked* means; what goes beyond its end is left out.

    Raises:
        RangeNotThere: There are none.
    Source: RFC 9110, section 14.1.2.

    >>> part_of(PartAsk(0, 99), 10), part_of(PartAsk(4), 10), part_of(PartAsk(length=3), 10)
    (Part(start=0, length=10), Part(start=4, length=6), Part(start=7, length=3))
    """
    first = max(0, size - asked.length) if asked.first is None else asked.first
    if first >= size or (asked.first is None and asked.length == 0):
        raise RangeNotThere(size)
    last = size - 1 if asked.last is None else min(asked.last, size - 1)
    return Part(first, last - first + 1)
