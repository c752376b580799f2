"""A file of a row: what a field says of it, and what the row holds of it. The bytes are never in the row."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from strongback.predicate.types import Member, Type

MAX_BYTES_DEFAULT: Final = 10_000_000
# What one object of S3 takes in parts of a size that fits into memory (10,000 parts of 8 MiB), and a backup still moves.
MAX_BYTES_MAX: Final = 50_000_000_000
NAME_MAX: Final = 255
# One segment of a path on any system: no separator, no control character, no dot or space at the end. In RE2 and in ECMA-262.
NAME_PATTERN: Final = r"[^/\\\x00-\x1f\x7f]*[^/\\\x00-\x1f\x7f. ]"
UNITS: Final = {
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
}
# RFC 6838, section 4.2.
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([a-zA-Z]{1,3})")

# What stands in the row, and is answered as it stands: the id of these bytes (new with every upload), and what is known of them.
FILE: Final = Type(
    "object",
    optional=True,
    fields=(
        Member("id", Type("uuid")),
        Member("size", Type("int", min=1)),
        Member("media_type", Type("str", max=127)),
        Member("sha256", Type("str", min=64, max=64)),
        Member("name", Type("str", max=NAME_MAX, optional=True)),
    ),
)


class Blob(Struct, frozen=True, omit_defaults=True):
    """
    The field holds a file.

    Attributes:
        max_bytes: The largest file that is taken.
        types: Media types that are taken, in lower case and without parameters; empty for any.
        erase: When the file is to be erased, as declared (`365d after created_at`).
    """

    max_bytes: int = MAX_BYTES_DEFAULT
    types: tuple[str, ...] = ()
    erase: str | None = None


def size_of(text: str) -> int | None:
    """
    Read a size; None when *text* is none.

    >>> size_of("5 MB"), size_of("1.5KiB"), size_of("5 megs")
    (5000000, 1536, None)
    """
    found = _SIZE.fullmatch(text.strip())
    unit = UNITS.get(found[2].lower()) if found is not None else None
    return int(float(found[1]) * unit) if found is not None and unit is not None else None


def spell_size(size_bytes: int) -> str:
    """
    Write a size as it is said.

    >>> spell_size(5_000_000), spell_size(1_500), spell_size(1_048_577)
    ('5 MB', '1.5 kB', '1048577 bytes')
    """
    for unit, factor in (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000)):
        if size_bytes >= factor and size_bytes * 10 % factor == 0:
            return f"{size_bytes / factor:g} {unit}"
    return f"{size_bytes} byte{'s' if size_bytes != 1 else ''}"


def is_media_type(text: str) -> bool:
    """
    Whether *text* is a media type in lower case, without parameters.

    >>> is_media_type("image/svg+xml"), is_media_type("image/*"), is_media_type("Image/PNG")
    (True, False, False)
    """
    return _MEDIA_TYPE.fullmatch(text) is not None
