"""
Read raw values into typed ones, by type: one reader a `Type`, made once.

A reader takes what JSON (or a query string) held and gives a Python value, or raises `ValueFault`. Text from a URL is read leniently
into numbers and booleans, nothing else differs. The values are those of values.md section 1.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import re2

from strongback.errors import did_you_mean
from strongback.model.text import text_fault
from strongback.predicate.types import INT_MAX, INT_MIN, Type

Reader = Callable[[object], Any]


class ValueFault(Exception):
    """
    A raw value is not of its type.

    Attributes:
        faults: (JSON pointer below the value, message, hint), all that were found.
    """

    def __init__(self, *faults: tuple[str, str, str]) -> None:
        super().__init__(faults[0][1])
        self.faults = faults


def fault(message: str, hint: str = "") -> ValueFault:
    return ValueFault(("", message, hint))


@lru_cache(maxsize=4096)
def reader_for(type_: Type, text: bool = False) -> Reader:
    """Make the reader of *type_*; with *text*, of values that came in a URL."""
    read = _READERS[type_.kind](type_, text)
    return _optional(read) if type_.optional else read


def _optional(read: Reader) -> Reader:
    def read_optional(raw: object) -> object:
        return None if raw is None else read(raw)

    return read_optional


def _name(raw: object) -> str:
    return {bool: "a boolean", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}.get(
        type(raw), "null"
    )


def _expected(what: str, raw: object) -> ValueFault:
    return fault(f"expected {what}, got {_name(raw)}")


def _bool(type_: Type, text: bool) -> Reader:
    def read(raw: object) -> bool:
        if text and raw in ("true", "false"):
            return raw == "true"
        if not isinstance(raw, bool):
            raise _expected("`true` or `false`", raw)
        return raw

    return read


def _int(type_: Type, text: bool) -> Reader:
    low = INT_MIN if type_.min is None else int(type_.min)
    high = INT_MAX if type_.max is None else int(type_.max)

    def read(raw: object) -> int:
        value = _whole(raw, text)
        if not low <= value <= high:
            raise fault(f"must be between {low} and {high}")
        return value

    return read


def _whole(raw: object, text: bool) -> int:
    if text and isinstance(raw, str):
        digits = raw[1:] if raw[:1] == "-" else raw
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
            raise fault("expected a whole number")
        return int(raw)
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)  # JSON has one kind of number: 1.0 is 1 (RFC 8259, section 6)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise _expected("a whole number", raw)
    return raw


def _float(type_: Type, text: bool) -> Reader:
    def read(raw: object) -> float:
        value = _number(raw, text)
        if not math.isfinite(value):
            raise fault("must be a finite number")
        _bounds(type_, value)
        return value + 0.0  # -0.0 becomes 0.0

    return read


def _number(raw: object, text: bool) -> float:
    if text and isinstance(raw, str) and len(raw) <= 64 and raw.isascii() and "_" not in raw:
        try:
            return float(raw)
        except ValueError:
            raise fault("expected a number") from None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _expected("a number", raw)
    try:
        return float(raw)
    except OverflowError:
        raise fault("must be a finite number") from None


def _bounds(type_: Type, value: Any) -> None:
    if type_.min is not None and value < type_.min:
        raise fault(f"must be at least {type_.min}")
    if type_.max is not None and value > type_.max:
        raise fault(f"must be at most {type_.max}")


_DECIMAL = re2.compile(r"-?[0-9]{1,38}(\.[0-9]{1,38})?")
# Wider than any of these: the usual context has 28 digits.
_EXACT = Context(prec=80)


def _decimal(type_: Type, text: bool) -> Reader:
    precision, scale = type_.precision or 38, type_.scale or 0
    low = None if type_.min is None else Decimal(str(type_.min))
    high = None if type_.max is None else Decimal(str(type_.max))
    quantum, whole = Decimal(1).scaleb(-scale), Decimal(10) ** (precision - scale)

    def read(raw: object) -> Decimal:
        if not isinstance(raw, str):
            raise fault(
                f"expected a decimal as text, got {_name(raw)}", 'write it as `"12.50"`, so that no digit is lost'
            )
        if not (raw.isascii() and _DECIMAL.fullmatch(raw)):  # a lone surrogate is no text to RE2
            raise fault("expected a decimal such as `12.50`")
        try:
            value = Decimal(raw).quantize(quantum, context=_EXACT)
        except InvalidOperation:
            raise fault(f"must have at most {precision} digits, {scale} of them after the point") from None
        if value != Decimal(raw) or value.copy_abs() >= whole:
            raise fault(f"must have at most {precision} digits, {scale} of them after the point")
        if low is not None and value < low:
            raise fault(f"must be at least {low}")
        if high is not None and value > high:
            raise fault(f"must be at most {high}")
        return value.copy_abs() if value == 0 else value

    return read


def _str(type_: Type, text: bool) -> Reader:
    low, high = int(type_.min or 0), None if type_.max is None else int(type_.max)
    pattern = re2.compile(type_.pattern) if type_.pattern else None

    def read(raw: object) -> str:
        if not isinstance(raw, str):
            raise _expected("text", raw)
        wrong = text_fault(raw)
        if wrong:
            raise fault(wrong)
        if len(raw) < low:
            raise fault(f"must have at least {low} character{'' if low == 1 else 's'}")
        if high is not None and len(raw) > high:
            raise fault(f"must have at most {high} characters, got {len(raw)}")
        if pattern is not None and not pattern.fullmatch(raw):
            raise fault(f"must match `{type_.pattern}`")
        return raw

    return read


def _enum(type_: Type, text: bool) -> Reader:
    members = frozenset(type_.members)
    listed = ", ".join(f"`{member}`" for member in type_.members)

    def read(raw: object) -> str:
        if not isinstance(raw, str) or raw not in members:
            raise fault(f"must be one of {listed}", did_you_mean(raw, members) if isinstance(raw, str) else "")
        return raw

    return read


def _by_msgspec(python: type, what: str) -> Callable[[Type, bool], Reader]:
    def make(type_: Type, text: bool) -> Reader:
        def read(raw: object) -> Any:
            if not isinstance(raw, str):
                raise _expected(what, raw)
            try:
                return msgspec.convert(raw, python)
            except (msgspec.ValidationError, UnicodeEncodeError):  # of a lone surrogate
                raise fault(f"expected {what}") from None

        return read

    return make


def _datetime(type_: Type, text: bool) -> Reader:
    read_text = _by_msgspec(datetime, "a time such as `2026-01-02T03:04:05Z`")(type_, text)

    def read(raw: object) -> datetime:
        value: datetime = read_text(raw)
        if value.tzinfo is None:
            raise fault("must say its offset", "end it in `Z`, or in an offset such as `+01:00`")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise fault("is outside the years 1 to 9999") from None

    return read


def _timedelta(type_: Type, text: bool) -> Reader:
    read_text = _by_msgspec(timedelta, "a duration such as `PT90S` or `P1DT2H`")(type_, text)

    def read(raw: object) -> timedelta:
        value: timedelta = read_text(raw)
        if abs(value // timedelta(microseconds=1)) > INT_MAX:
            raise fault("is too long a duration")
        return value

    return read


def _uuid(type_: Type, text: bool) -> Reader:
    def read(raw: object) -> UUID:
        if not isinstance(raw, str):
            raise _expected("a UUID", raw)
        try:
            value = UUID(raw)
        except ValueError:
            raise _no_uuid() from None
        if str(value) != raw.lower():  # Python reads more spellings than RFC 9562 writes
            raise _no_uuid()
        return value

    return read


def _no_uuid() -> ValueFault:
    return fault("expected a UUID such as `0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11`")


def _bytes(type_: Type, text: bool) -> Reader:
    low, high = int(type_.min or 0), None if type_.max is None else int(type_.max)

    def read(raw: object) -> bytes:
        if not isinstance(raw, str):
            raise _expected("base64 text", raw)
        try:
            value = base64.b64decode(raw, validate=True)
        except (binascii.Error, ValueError):
            raise fault("expected base64 text (RFC 4648, section 4)") from None
        if len(value) < low:
            raise fault(f"must have at least {low} bytes")
        if high is not None and len(value) > high:
            raise fault(f"must have at most {high} bytes, got {len(value)}")
        return value

    return read


def _list(type_: Type, text: bool) -> Reader:
    assert type_.item is not None  # checked when the model loaded
    low, high, read_item = int(type_.min or 0), 1000 if type_.max is None else int(type_.max), reader_for(type_.item)

    def read(raw: object) -> list[Any]:
        if not isinstance(raw, list):
            raise _expected("a list", raw)
        if not low <= len(raw) <= high:
            raise fault(f"must have {low} to {high} items, got {len(raw)}")
        return list(_each((str(i), read_item, item) for i, item in enumerate(raw)).values())

    return read


def _object(type_: Type, text: bool) -> Reader:
    readers = {member.name: reader_for(member.type) for member in type_.fields}
    defaults = {m.name: readers[m.name](m.default) for m in type_.fields if m.has_default}  # the IR holds wire text
    required = [m.name for m in type_.fields if not m.has_default and not m.type.optional]

    def read(raw: object) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise _expected("an object", raw)
        wrong = [(f"/{escape(k)}", "is not known here", did_you_mean(k, readers)) for k in raw if k not in readers]
        wrong += [(f"/{name}", "is required", "") for name in required if name not in raw]
        known = ((name, readers[name], value) for name, value in raw.items() if name in readers)
        try:
            given = _each(known)
        except ValueFault as more:
            raise ValueFault(*wrong, *more.faults) from None
        if wrong:
            raise ValueFault(*wrong)
        return {name: given.get(name, defaults.get(name)) for name in readers}

    return read


def _each(parts: Iterable[tuple[str, Reader, object]]) -> dict[str, Any]:
    """Read every part, and raise all their faults at once."""
    values: dict[str, Any] = {}
    wrong: list[tuple[str, str, str]] = []
    for name, read, raw in parts:
        try:
            values[name] = read(raw)
        except ValueFault as one:
            wrong += [(f"/{escape(name)}{below}", message, hint) for below, message, hint in one.faults]
    if wrong:
        raise ValueFault(*wrong)
    return values


def escape(name: str) -> str:
    """Write a name as a JSON pointer token (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def _json(type_: Type, text: bool) -> Reader:
    high = 65_536 if type_.max is None else int(type_.max)

    def read(raw: object) -> object:
        if text:
            raise fault("JSON is not read from a URL")
        if raw is None:
            raise fault("must not be null")
        _check_json(raw)
        size = len(msgspec.json.encode(raw))
        if size > high:
            raise fault(f"must have at most {high} bytes as JSON, got {size}")
        return raw

    return read


def _check_json(raw: object) -> None:
    """Texts that every store takes, numbers that every reader keeps, and nothing that JSON does not have."""
    match raw:
        case None | bool():
            return
        case str():
            wrong = text_fault(raw)
            if wrong:
                raise fault(wrong)
        case int() if not INT_MIN <= raw <= INT_MAX:
            raise fault("holds a number outside 64 bits")
        case float() if not math.isfinite(raw):
            raise fault("holds a number that is not finite")
        case int() | float():
            return
        case list():
            for item in raw:
                _check_json(item)
        case dict():
            for key, value in raw.items():
                if not isinstance(key, str):
                    raise fault("has a member whose name is no text")
                _check_json(key)
                _check_json(value)
        case _:
            raise fault(f"holds a {type(raw).__name__}, which JSON has not")


_READERS: dict[str, Callable[[Type, bool], Reader]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "decimal": _decimal,
    "str": _str,
    "enum": _enum,
    "datetime": _datetime,
    "date": _by_msgspec(date, "a date such as `2026-01-02`"),
    "timedelta": _timedelta,
    "uuid": _uuid,
    "ref": _uuid,
    "bytes": _bytes,
    "list": _list,
    "object": _object,
    "json": _json,
}
