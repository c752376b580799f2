"""Constants of the tree as Python values, and back: wire text is what crosses JSON, a Python value is what is compared."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from msgspec import convert, to_builtins

from strongback.predicate.tree import Const
from strongback.predicate.types import Kind, Scalar, Type


def _datetime(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _timedelta(text: str) -> timedelta:
    return convert(text, timedelta)


READ: Mapping[Kind, Callable[[str], object]] = {
    "decimal": Decimal,
    "datetime": _datetime,
    "date": date.fromisoformat,
    "timedelta": _timedelta,
    "uuid": UUID,
    "ref": UUID,
    "bytes": b64decode,
}


def python_value(constant: Const) -> object:
    """
    The Python value of *constant*.

    >>> python_value(Const("12.50", Type("decimal", precision=4, scale=2)))
    Decimal('12.50')
    """
    read = READ.get(constant.type.kind) if constant.type is not None else None
    if constant.type is not None and constant.type.kind == "float" and isinstance(constant.value, int):
        return float(constant.value)
    return read(constant.value) if read is not None and isinstance(constant.value, str) else constant.value


def constant_of(value: object) -> Const:
    """
    The constant that stands for a Python value.

    Raises:
        TypeError: No constant can; a naive datetime among them.

    >>> constant_of(Decimal("1.5")).value, constant_of(None).value
    ('1.5', None)
    """
    if value is None:
        return Const(None)
    wire, type_ = _wire(value)
    return Const(wire, type_)


def _wire(value: object) -> tuple[Scalar, Type]:
    match value:
        case bool():
            return value, Type("bool")
        case str():
            return str(value), Type("str")
        case int():
            return value, Type("int")
        case float():
            return value, Type("float")
        case Decimal():
            return str(value), Type("decimal")
        case datetime() if value.tzinfo is not None:
            return wire_datetime(value), Type("datetime")
        case date() if not isinstance(value, datetime):
            return value.isoformat(), Type("date")
        case timedelta():
            return str(to_builtins(value)), Type("timedelta")
        case UUID():
            return str(value), Type("uuid")
        case bytes():
            return b64encode(value).decode("ascii"), Type("bytes")
        case _:
            raise TypeError(f"{value!r} is not a constant")


def wire_datetime(moment: datetime) -> str:
    """
    Spell an aware datetime as on the wire: UTC, six digits, Z.

    >>> wire_datetime(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05.000000Z'
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
