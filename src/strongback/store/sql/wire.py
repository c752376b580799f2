"""Scalars between the store and the wire, where the two differ (values.md section 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from strongback.predicate.types import Type

_MICROSECOND = timedelta(microseconds=1)


def time_text(value: datetime) -> str:
    """
    Write a UTC time with six digits and `Z` (RFC 3339).

    >>> time_text(datetime(2026, 1, 2, 3, 4, 5, 6, UTC))
    '2026-01-02T03:04:05.000006Z'
    """
    return value.isoformat(timespec="microseconds")[:26] + "Z"


def time_or_text(value: datetime | None) -> datetime | str | None:
    """
    Leave a UTC time to the encoder, which writes it as `time_text` does in a tenth of the time: but for whole seconds, which it writes
    without their six zeros.
    """
    return value if value is None or value.microsecond else time_text(value)


def utc_text(value: datetime) -> str:
    """Write any aware time as SQLite stores it: `time_text` of the same instant, so that text order is time order."""
    return time_text(value if value.tzinfo is UTC else value.astimezone(UTC))


def parse_time(text: str) -> datetime:
    """Read what `time_text` wrote."""
    return datetime.fromisoformat(text)


def microseconds(value: timedelta) -> int:
    return value // _MICROSECOND


def duration_of(value: int) -> timedelta:
    return timedelta(microseconds=value)


def duration(value: int) -> str:
    """
    Write microseconds as an ISO 8601 duration in seconds and days, canonical.

    >>> duration(90_000_000), duration(-86_400_000_001)
    ('PT90S', '-P1DT0.000001S')
    """
    text: str = msgspec.to_builtins(timedelta(microseconds=abs(value)))
    return f"-{text}" if value < 0 else text


def decimal_text(value: Decimal) -> str:
    """
    Write a decimal with all its digits, never with an exponent.

    >>> decimal_text(Decimal("0E-9")), decimal_text(Decimal("1.0E+3"))
    ('0.000000000', '1000')
    """
    return f"{value:f}"


def scaled(scale: int, value: Decimal) -> int:
    """A decimal as the integer SQLite stores."""
    return int(value.scaleb(scale))


def unscaled(scale: int, value: int) -> Decimal:
    """The decimal that `scaled` stored."""
    return Decimal(value).scaleb(-scale)


def scaled_text(value: int, scale: int) -> str:
    """
    Write a scaled integer as a decimal with exactly *scale* digits after the point.

    >>> scaled_text(-1205, 2), scaled_text(7, 0)
    ('-12.05', '7')
    """
    if scale == 0:
        return str(value)
    digits = f"{abs(value):0{scale + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def raw_json(text: str) -> msgspec.Raw:
    """Pass stored JSON on as it is: it was made canonical when it was written."""
    return msgspec.Raw(text.encode())


def json_text(value: Any) -> str:
    """Write JSON canonically: members sorted, no white space, one form a number."""
    return msgspec.json.encode(value, order="sorted").decode()


def to_wire(type_: Type, value: Any) -> Any:
    """A typed Python value as it stands in JSON."""
    if value is None:
        return None
    match type_.kind:
        case "list":
            assert type_.item is not None
            return [to_wire(type_.item, each) for each in value]
        case "object":
            return {member.name: to_wire(member.type, value[member.name]) for member in type_.fields}
        case "datetime":
            return utc_text(value)
        case "timedelta":
            return duration(microseconds(value))
        case "decimal":
            return decimal_text(value)
        case "uuid" | "date":
            return str(value)
        case "ref":
            return value if isinstance(value, int) else str(value)
        case _:
            return value


def canonical_text(type_: Type) -> Callable[[Any], str]:
    """What writes a list, object or JSON value of *type_* as its one text, the same on every store."""
    if type_.kind == "json":
        return json_text
    if type_.kind == "object":
        return lambda value: msgspec.json.encode(to_wire(type_, value)).decode()
    return lambda value: json_text(to_wire(type_, value))


def sealed_text(type_: Type, value: Any) -> bytes:
    """What of a value is encrypted: text as it is, anything else as the JSON it is answered as."""
    if type_.kind == "str":
        return bytes(value, "utf-8")
    return canonical_text(type_)(value).encode()


TO_TEXT: Mapping[str, Callable[[Any], Any]] = {
    "datetime": utc_text,
    "date": date.isoformat,
    "timedelta": microseconds,
}
STRUCTURED = frozenset({"json", "list", "object"})

FROM_TEXT: Mapping[str, Callable[[Any], Any]] = {
    "datetime": parse_time,
    "date": date.fromisoformat,
    "timedelta": duration_of,
    "uuid": UUID,
    "ref": UUID,
}
