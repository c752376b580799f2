"""Python values of a declaration as they stand in the model: what JSON can hold. Bounds are judged on the finished model."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from strongback.declare.value import Value
from strongback.predicate.constant import wire_datetime
from strongback.predicate.types import INT_MAX, INT_MIN, Type


class NotThis(ValueError):
    """A value is not of its type; the message says why."""


def to_wire(value: Any, type_: Type) -> Any:
    """
    Spell *value* as JSON holds it.

    Raises:
        NotThis: It is not of *type_*.

    >>> to_wire(Decimal("1.5"), Type("decimal", precision=6, scale=2))
    '1.50'
    """
    if value is None:
        if type_.optional:
            return None
        raise NotThis("None is not a value of it: write `| None` in its type")
    return _WRITERS[type_.kind](value, type_)


def _want(value: object, *types: type) -> None:
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise NotThis(f"it is not {' or '.join(each.__name__ for each in types)}")


def _bool(value: Any, type_: Type) -> bool:
    _want(value, bool)
    return bool(value)


def _int(value: Any, type_: Type) -> int:
    _want(value, int)
    if not INT_MIN <= value <= INT_MAX:
        raise NotThis("it has more than 64 bits")
    return int(value)


def _float(value: Any, type_: Type) -> float:
    _want(value, float, int)
    if not math.isfinite(value):
        raise NotThis("it is not finite")
    return float(value) + 0.0


def _decimal(value: Any, type_: Type) -> str:
    _want(value, Decimal, int)
    exact = Decimal(value)
    try:
        shown = exact.quantize(Decimal(1).scaleb(-(type_.scale or 0)))
    except InvalidOperation:
        raise NotThis("it is not finite, or has too many digits") from None
    if shown != exact:
        raise NotThis(f"it has more than {type_.scale} digits after the point")
    return str(abs(shown) if shown == 0 else shown)


def _str(value: Any, type_: Type) -> str:
    _want(value, str)
    return str(value)


def _enum(value: Any, type_: Type) -> str:
    found = value.value if isinstance(value, Enum) else value
    if found not in type_.members:
        raise NotThis(f"it is none of {', '.join(type_.members)}")
    return str(found)


def _datetime(value: Any, type_: Type) -> str:
    _want(value, datetime)
    if value.tzinfo is None:
        raise NotThis("it has no time zone")
    return wire_datetime(value)


def _date(value: Any, type_: Type) -> str:
    _want(value, date)
    if isinstance(value, datetime):
        raise NotThis("it is a datetime")
    return str(value.isoformat())


def _timedelta(value: Any, type_: Type) -> str:
    _want(value, timedelta)
    return str(msgspec.to_builtins(value))


def _uuid(value: Any, type_: Type) -> str:
    _want(value, UUID)
    return str(value)


def _bytes(value: Any, type_: Type) -> str:
    _want(value, bytes)
    return b64encode(value).decode("ascii")


def _list(value: Any, type_: Type) -> list[Any]:
    _want(value, list)
    item = type_.item or Type("str")
    return [to_wire(each, item) for each in value]


def _object(value: Any, type_: Type) -> dict[str, Any]:
    _want(value, Value)
    return {member.name: to_wire(getattr(value, member.name), member.type) for member in type_.fields}


def _json(value: Any, type_: Type) -> Any:
    try:
        return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_no_json))
    except (TypeError, OverflowError, msgspec.MsgspecError) as wrong:
        raise NotThis(f"it is not JSON: {wrong}") from None


def _no_json(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not JSON")


_WRITERS: Mapping[str, Callable[[Any, Type], Any]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "decimal": _decimal,
    "str": _str,
    "enum": _enum,
    "datetime": _datetime,
    "date": _date,
    "timedelta": _timedelta,
    "uuid": _uuid,
    "bytes": _bytes,
    "list": _list,
    "object": _object,
    "json": _json,
}
