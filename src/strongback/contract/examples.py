"""Example values: one of each type, the same every time, and valid."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import re2

from strongback.predicate.types import Type, id_of

UUID_EXAMPLE: Final = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
TIME_EXAMPLE: Final = "2026-01-02T03:04:05.000006Z"
# What a reader expects behind a common name; other texts say their own name.
SPOKEN: Final[Mapping[str, str]] = {
    "city": "Oslo",
    "country": "Norway",
    "currency": "NOK",
    "email": "ada@example.org",
    "name": "Ada Lovelace",
    "phone": "+4722123456",
    "title": "Backend engineer",
    "url": "https://example.org/",
}
# Tried in turn where a pattern has to match.
MATCHING: Final = (
    "a", "A", "1", "a1", "A1", "ab", "AB", "12", "no", "abc", "ABC", "NOK", "123", "1234", "0150", "12345", "AB-123", "ABC-123",
    "abc-123", "abc_123", "a-b", "en-GB", "2026", "2026-01", "#a1b2c3", "1.2.3", "v1.2.3", "10:30", "+4722123456", "ada@example.org",
    "https://example.org/", "abcdef", "ABCDEF", "123456", "12345678", "abcdefgh", "abcdefghij", "1234567890", "NO9386011117947",
)  # fmt: skip


class NoExample(Exception):
    """No valid value of a type is at hand; then no example is shown at all."""


def example_of(type_: Type, name: str = "") -> Any:
    """
    A valid value of *type_* in wire form.

    Args:
        name: Of the member it stands in, which a text then speaks of.
    Raises:
        NoExample: Of a pattern that none of ours matches.

    >>> example_of(Type("str", max=80), "city"), example_of(Type("decimal", precision=6, scale=2))
    ('Oslo', '12.50')
    """
    return _EXAMPLES[type_.kind](type_, name)


def _int(type_: Type, name: str) -> int:
    low = 0 if type_.min is None else int(type_.min)
    high = 42 if type_.max is None else int(type_.max)
    return min(max(42, low), high)


def _float(type_: Type, name: str) -> float:
    low = 0.0 if type_.min is None else float(type_.min)
    high = 1.5 if type_.max is None else float(type_.max)
    return min(max(1.5, low), high)


def _decimal(type_: Type, name: str) -> str:
    precision, scale = type_.precision or 38, type_.scale or 0
    if type_.min is not None or type_.max is not None:
        bound = str(type_.min if type_.min is not None else type_.max)
        whole, _, rest = bound.partition(".")
        return f"{whole}.{rest.ljust(scale, '0')[:scale]}" if scale else whole
    whole = "12"[: precision - scale] or "0"
    return f"{whole}.{'5'.ljust(scale, '0')}" if scale else whole


def _str(type_: Type, name: str) -> str:
    for text in _texts(type_, name):
        if _fits(type_, text):
            return text
    raise NoExample


def _texts(type_: Type, name: str) -> Iterator[str]:
    low = int(type_.min or 0)
    for spoken in (SPOKEN.get(name, ""), name.replace("_", " ").capitalize() or "Text"):
        yield spoken
        yield spoken[: None if type_.max is None else int(type_.max)].ljust(low, ".")
    if type_.pattern is not None:
        yield from MATCHING


def _fits(type_: Type, text: str) -> bool:
    if len(text) < max(1, int(type_.min or 0)) or (type_.max is not None and len(text) > int(type_.max)):
        return text == "" and type_.max == 0
    return type_.pattern is None or re2.fullmatch(type_.pattern, text) is not None


def _bytes(type_: Type, name: str) -> str:
    size = max(3, int(type_.min or 0)) if type_.max is None else min(max(3, int(type_.min or 0)), int(type_.max))
    whole, rest = divmod(size, 3)
    return "AQID" * whole + ("", "AQ==", "AQI=")[rest]


def _list(type_: Type, name: str) -> list[Any]:
    if type_.item is None or type_.max == 0:
        return []
    return [example_of(type_.item, name.removesuffix("s"))] * max(1, int(type_.min or 0))


def _object(type_: Type, name: str) -> dict[str, Any]:
    return {member.name: example_of(member.type, member.name) for member in type_.fields}


def _always(value: Any) -> Callable[[Type, str], Any]:
    return lambda type_, name: value


_EXAMPLES: Mapping[str, Callable[[Type, str], Any]] = {
    "bool": _always(True),
    "int": _int,
    "float": _float,
    "decimal": _decimal,
    "str": _str,
    "datetime": _always(TIME_EXAMPLE),
    "date": _always("2026-01-02"),
    "timedelta": _always("PT90S"),
    "uuid": _always(UUID_EXAMPLE),
    "bytes": _bytes,
    "enum": lambda type_, name: type_.members[0],
    "json": _always({"any": "value"}),
    "list": _list,
    "object": _object,
    "ref": lambda type_, name: example_of(id_of(type_), name),
}
