"""Between the JSON of a value (values.md section 1) and what a message holds of it: one pair of functions a type, made once."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from strongback.contract.proto.types import LIST_ITEM
from strongback.errors import MalformedRequest
from strongback.model.numbers import Numbers
from strongback.plan.value_fault import ValueFault, escape
from strongback.predicate.types import Type, id_of
from strongback.serve.guard.json import decode_json

Parts = Mapping[str, Numbers]
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Codec:
    """
    How one type crosses; None for a value that is the same on both sides.

    Attributes:
        write: From JSON to what a message is made of.
        read: From a message to JSON; raises ValueFault where there is none.
    """

    write: Convert | None = None
    read: Convert | None = None


SAME = Codec()


def codec_of(type_: Type, key: str, parts: Parts) -> Codec:
    """
    The codec of *type_*.

    Args:
        key: Of the part whose numbers it needs, in *parts* (`model.parts`).
    """
    type_ = id_of(type_)
    match type_.kind:
        case "bytes":
            return Codec(base64.b64decode, _base64)
        case "json":
            return Codec(_write_json, _read_json)
        case "enum":
            numbers = parts[key].live
            # A number that is no member's stays one, and is refused as any other value that is none.
            return Codec(numbers.__getitem__, partial(_or_same, {number: name for name, number in numbers.items()}))
        case "object":
            return _object(type_, key, parts)
        case "list":
            assert type_.item is not None  # checked when the model loaded
            item = codec_of(type_.item, key, parts)
            return Codec(partial(_write_list, item.write), partial(_read_list, item.read))
        case _:
            return SAME


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _or_same(names: Mapping[int, str], number: int) -> Any:
    return names.get(number, number)


def _write_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _read_json(text: str) -> Any:
    try:
        return decode_json(text.encode())
    except MalformedRequest as wrong:
        raise ValueFault(("", f"expected the text of a JSON value: {wrong.message}", "")) from None


def _write_list(write: Convert | None, values: list[Any]) -> dict[str, Any]:
    return {LIST_ITEM: values if write is None else [write(value) for value in values]}


def _read_list(read: Convert | None, message: Any) -> list[Any]:
    values = getattr(message, LIST_ITEM)
    if read is None:
        return list(values)
    return list(_each({str(at): (read, value) for at, value in enumerate(values)}).values())


def _object(type_: Type, key: str, parts: Parts) -> Codec:
    codecs = {member.name: codec_of(member.type, f"{key}.{member.name}", parts) for member in type_.fields}
    write = {name: codec.write for name, codec in codecs.items()}
    read = {name: codec.read or _same for name, codec in codecs.items()}
    return Codec(partial(write_members, write), partial(_read_object, read))


def write_members(write: Mapping[str, Convert | None], members: Mapping[str, Any]) -> dict[str, Any]:
    """What a message is made of, of an object. What is null or hidden is not set."""
    made = {}
    for name, value in members.items():
        if value is not None:
            convert = write[name]
            made[name] = value if convert is None else convert(value)
    return made


def _read_object(read: Mapping[str, Convert], message: Any) -> dict[str, Any]:
    given = {descriptor.name: (read[descriptor.name], value) for descriptor, value in message.ListFields()}
    return _each(given)


def _each(given: Mapping[str, tuple[Convert, Any]]) -> dict[str, Any]:
    """Read every part; all that is wrong is raised at once."""
    values, wrong = {}, list[tuple[str, str, str]]()
    for name, (read, value) in given.items():
        try:
            values[name] = read(value)
        except ValueFault as one:
            wrong += [(f"/{escape(name)}{below}", message, hint) for below, message, hint in one.faults]
    if wrong:
        raise ValueFault(*wrong)
    return values


def _same(value: Any) -> Any:
    return value
