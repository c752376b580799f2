"""Values that the team's own code gives to fields: Python values already, checked against the field's type all the same."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from strongback.plan.value_fault import ValueFault, fault
from strongback.plan.values import reader_for
from strongback.predicate.types import INT_MAX, INT_MIN, Type, id_of


def check_typed(type_: Type, value: object) -> Any:
    """
    Check a Python value against *type_* and give it in the form in which it is stored.

    Raises:
        ValueFault: It is not of the type, or outside its bounds.
    """
    if value is None:
        if type_.optional:
            return None
        raise fault("must not be null")
    return _CHECKS.get(type_.kind, _by_reader)(type_, value)


def _by_reader(type_: Type, value: object) -> Any:
    return reader_for(type_)(value)


def _text(type_: Type, value: object) -> Any:
    return reader_for(type_)(str(value) if isinstance(value, str) else value)  # a StrEnum member is its text


def _decimal(type_: Type, value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise fault("expected a Decimal")
    return reader_for(type_)(format(Decimal(value), "f"))


def _datetime(type_: Type, value: object) -> Any:
    if not isinstance(value, datetime):
        raise fault("expected a datetime")
    if value.tzinfo is None:
        raise fault("must say its offset", "use an aware datetime, as `clock.now()` gives")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise fault("is outside the years 1 to 9999") from None


def _timedelta(type_: Type, value: object) -> Any:
    if not isinstance(value, timedelta):
        raise fault("expected a timedelta")
    if not INT_MIN <= value // timedelta(microseconds=1) <= INT_MAX:
        raise fault("is too long a duration")
    return value


def _of(kind: type) -> Callable[[Type, object], Any]:
    def check(type_: Type, value: object) -> Any:
        if not isinstance(value, kind) or isinstance(value, datetime):
            raise fault(f"expected a {kind.__name__}")
        return value

    return check


def _ref(type_: Type, value: object) -> Any:
    return check_typed(id_of(type_), value)


def _bytes(type_: Type, value: object) -> Any:
    if not isinstance(value, bytes):
        raise fault("expected bytes")
    return reader_for(type_)(base64.b64encode(value).decode())


def _list(type_: Type, value: object) -> Any:
    if not isinstance(value, list | tuple):
        raise fault("expected a list")
    assert type_.item is not None
    item, wrong, checked = type_.item, [], []
    for i, each in enumerate(value):
        try:
            checked.append(check_typed(item, each))
        except ValueFault as one:
            wrong += [(f"/{i}{below}", message, hint) for below, message, hint in one.faults]
    if wrong:
        raise ValueFault(*wrong)
    if not int(type_.min or 0) <= len(checked) <= (1000 if type_.max is None else int(type_.max)):
        raise fault(f"has {len(checked)} items, which is not within its bounds")
    return checked


def _object(type_: Type, value: object) -> Any:
    held = value if isinstance(value, Mapping) else getattr(value, "__dict__", None)
    if held is None:
        raise fault("expected a value object")
    wrong, checked = [], {}
    for member in type_.fields:
        try:
            checked[member.name] = check_typed(member.type, held.get(member.name))
        except ValueFault as one:
            wrong += [(f"/{member.name}{below}", message, hint) for below, message, hint in one.faults]
    if wrong:
        raise ValueFault(*wrong)
    return checked


_CHECKS: Mapping[str, Callable[[Type, object], Any]] = {
    "str": _text,
    "enum": _text,
    "decimal": _decimal,
    "datetime": _datetime,
    "date": _of(date),
    "timedelta": _timedelta,
    "uuid": _of(UUID),
    "ref": _ref,
    "bytes": _bytes,
    "list": _list,
    "object": _object,
}
