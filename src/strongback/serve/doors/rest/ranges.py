"""The field `Range`, and the file name in `Content-Disposition`."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from strongback.plan.part import PartAsk

_ONE: Final = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*", re.IGNORECASE)


def read_range(field: str) -> PartAsk | None:
    """
    Read one range of bytes; None where the field is to be ignored: another unit, what is no range, and several ranges.

    A server may answer several ranges with the whole (RFC 9110, section 14.2): asked for in numbers they cost more than they are worth.

    Source: RFC 9110, sections 14.1.1, 14.1.2 and 14.2.

    >>> read_range("bytes=0-99"), read_range("bytes=-5")
    (PartAsk(first=0, last=99, length=0), PartAsk(first=None, last=None, length=5))
    >>> read_range("bytes=9-3"), read_range("bytes=0-1,4-5"), read_range("lines=1-2")
    (None, None, None)
    """
    found = _ONE.fullmatch(field)
    if found is None:
        return None
    first, last, length = found.groups()
    if length is not None:
        return PartAsk(length=int(length))
    if last and int(last) < int(first):
        return None
    return PartAsk(int(first), int(last) if last else None)


def disposition(name: str | None, *, inline: bool) -> str:
    r"""
    Say whether a file is shown or saved, and under which name: in ASCII, and in full for clients that know how (RFC 6266, section 4.3).

    >>> disposition("r\u00e9sum\u00e9 \"1\".pdf", inline=False)
    'attachment; filename="r_sum_ _1_.pdf"; filename*=UTF-8\'\'r%C3%A9sum%C3%A9%20%221%22.pdf'
    >>> disposition(None, inline=True), disposition("a.png", inline=False)
    ('inline', 'attachment; filename="a.png"')
    """
    how = "inline" if inline else "attachment"
    if name is None:
        return how
    plain = re.sub(r"[^A-Za-z0-9 ._()+,=@-]", "_", name)
    told = f'{how}; filename="{plain}"'
    return told if plain == name else f"{told}; filename*=UTF-8''{quote(name, safe='')}"
