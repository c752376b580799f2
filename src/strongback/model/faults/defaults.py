"""Whether a default is a value of its type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
import re2

from strongback.model.text import text_fault
from strongback.predicate.types import Kind, Type

WIRE: Mapping[Kind, Any] = {
    "bool": bool,
    "int": int,
    "float": float,
    "decimal": Decimal,
    "str": str,
    "enum": str,
    "datetime": Annotated[datetime, msgspec.Meta(tz=True)],
    "date": date,
    "timedelta": timedelta,
    "uuid": UUID,
    "ref": UUID,
    "bytes": bytes,
    "json": Any,
    "list": list[Any],
    "object": dict[str, Any],
}


def default_fault(type_: Type, text: str) -> str:
    """Say why the JSON *text* is no value of *type_*, or nothing."""
    try:
        return _fault(type_, msgspec.json.decode(text))
    except msgspec.MsgspecError as error:
        return str(error)


def _fault(type_: Type, raw: object) -> str:
    if raw is None:
        return "" if type_.optional or type_.kind == "json" else "it is None, which the type does not allow"
    if type_.kind == "decimal" and not isinstance(raw, str):
        return "a Decimal stands as text"
    value = msgspec.convert(raw, WIRE[type_.kind])
    return _constrained(type_, value)


def _constrained(type_: Type, value: Any) -> str:
    match type_.kind:
        case "int" | "float" | "decimal":
            return _in_bounds(type_, Decimal(str(value)), "it is") or _digits(type_, value)
        case "str":
            return (
                text_fault(value) or _in_bounds(type_, Decimal(len(value)), "its length is") or _matches(type_, value)
            )
        case "bytes":
            return _in_bounds(type_, Decimal(len(value)), "its length is")
        case "enum":
            return "" if value in type_.members else f'"{value}" is none of its values'
        case "list":
            inner = [_fault(type_.item, item) for item in value] if type_.item is not None else []
            return _in_bounds(type_, Decimal(len(value)), "its length is") or next(filter(None, inner), "")
        case "object":
            return _object(type_, value)
        case _:
            return ""


def _in_bounds(type_: Type, size: Decimal, what: str) -> str:
    if type_.min is not None and size < Decimal(str(type_.min)):
        return f"{what} {size}, less than {type_.min}"
    if type_.max is not None and size > Decimal(str(type_.max)):
        return f"{what} {size}, more than {type_.max}"
    return ""


def _digits(type_: Type, value: Any) -> str:
    if type_.kind != "decimal" or type_.scale is None or type_.precision is None:
        return ""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > type_.scale or value.adjusted() >= type_.precision - type_.scale:
        return f"{value} does not fit Decimal({type_.precision}, {type_.scale})"
    return ""


def _matches(type_: Type, value: str) -> str:
    fits = type_.pattern is None or re2.fullmatch(type_.pattern, value) is not None
    return "" if fits else f"it does not match `{type_.pattern}`"


def _object(type_: Type, value: dict[str, Any]) -> str:
    members = {member.name: member for member in type_.fields}
    unknown = [name for name in value if name not in members]
    missing = [m.name for m in type_.fields if m.name not in value and not m.has_default and not m.type.optional]
    if unknown or missing:
        return f"the member `{(unknown or missing)[0]}` is {'unknown' if unknown else 'missing'}"
    return next(filter(None, (_fault(members[name].type, item) for name, item in value.items())), "")
