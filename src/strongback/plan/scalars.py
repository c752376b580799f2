"""Readers of scalar values, a maker of readers for each kind of type. The values are those of values.md section 1."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec
import re2
from msgspec import ValidationError, convert

from strongback.errors import did_you_mean
from strongback.model.text import text_fault
from strongback.plan.value_fault import ValueFault, expected, fault, json_kind
from strongback.predicate.types import INT_MAX, INT_MIN, Type, id_of

Reader = Callable[[object], Any]
UUID_LENGTH = 36


def _bool(type_: Type, text: bool) -> Reader:
    def read(raw: object) -> bool:
        if text and raw in ("true", "false"):
            return raw == "true"
        if not isinstance(raw, bool):
            raise expected("`true` or `false`", raw)
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
        raise expected("a whole number", raw)
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
        raise expected("a number", raw)
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
                f"expected a decimal as text, got {json_kind(raw)}", 'write it as `"12.50"`, so that no digit is lost'
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
            raise expected("text", raw)
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
                raise expected(what, raw)
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
            raise expected("a UUID", raw)
        # msgspec reads one further spelling, without dashes, than RFC 9562 writes; and a row's id four times as fast as Python's own.
        if len(raw) != UUID_LENGTH:
            raise _no_uuid()
        try:
            return convert(raw, UUID)
        except ValidationError:
            raise _no_uuid() from None

    return read


def _ref(type_: Type, text: bool) -> Reader:
    key = id_of(type_)
    return SCALARS[key.kind](key, text)


def _no_uuid() -> ValueFault:
    return fault("expected a UUID such as `0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11`")


def _bytes(type_: Type, text: bool) -> Reader:
    low, high = int(type_.min or 0), None if type_.max is None else int(type_.max)

    def read(raw: object) -> bytes:
        if not isinstance(raw, str):
            raise expected("base64 text", raw)
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


SCALARS: dict[str, Callable[[Type, bool], Reader]] = {
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
    "ref": _ref,
    "bytes": _bytes,
}
