"""
Read raw values into typed ones, by type: one reader a `Type`, made once.

A reader takes what JSON (or a query string) held and gives a Python value, or raises `ValueFault`. Text from a URL is read leniently
into numbers and booleans, nothing else differs. The values are those of values.md section 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import msgspec

from strongback.errors import did_you_mean
from strongback.model.text import text_fault
from strongback.plan.scalars import SCALARS, Reader
from strongback.plan.value_fault import ValueFault, escape, expected, fault
from strongback.predicate.types import INT_MAX, INT_MIN, Type


@lru_cache(maxsize=4096)
def reader_for(type_: Type, text: bool = False) -> Reader:
    """Make the reader of *type_*; with *text*, of values that came in a URL."""
    read = _READERS[type_.kind](type_, text)
    return _optional(read) if type_.optional else read


def _optional(read: Reader) -> Reader:
    def read_optional(raw: object) -> object:
        return None if raw is None else read(raw)

    return read_optional


def _list(type_: Type, text: bool) -> Reader:
    assert type_.item is not None  # checked when the model loaded
    low, high, read_item = int(type_.min or 0), 1000 if type_.max is None else int(type_.max), reader_for(type_.item)

    def read(raw: object) -> list[Any]:
        if not isinstance(raw, list):
            raise expected("a list", raw)
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
            raise expected("an object", raw)
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
    **SCALARS,
    "list": _list,
    "object": _object,
    "json": _json,
}
