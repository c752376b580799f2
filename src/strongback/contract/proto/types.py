"""
From a type of the Model to a type of Protocol Buffers.

A value is what it is in JSON (values.md section 1), so that it is one text through every door: times, dates, durations, decimals and UUIDs
are strings. A JSON value is its text, since `google.protobuf.Value` keeps no integer beyond 2^53. A list stands in a message of its own:
where it is hidden or null there is none, which an empty `repeated` field could not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from strongback.contract.proto.schema import NOTHING_RESERVED, ProtoEnum, ProtoField, ProtoMessage, Reserved
from strongback.model.numbers import Numbers
from strongback.model.rpc import pascal, snake
from strongback.predicate.types import Type, id_of

SCALARS: Final[Mapping[str, str]] = {
    "bool": "bool",
    "int": "int64",
    "float": "double",
    "bytes": "bytes",
    **dict.fromkeys(("decimal", "str", "datetime", "date", "timedelta", "uuid", "json"), "string"),
}
NOTES: Final[Mapping[str, str]] = {
    "datetime": "RFC 3339; answered in UTC with microseconds.",
    "date": "ISO 8601, such as `2026-01-02`.",
    "timedelta": "An ISO 8601 duration.",
    "json": "JSON, as text.",
}
LIST_ITEM: Final = "values"
UNSPECIFIED: Final = "UNSPECIFIED"


@dataclass
class Scope:
    """
    What is declared inside one message, as it is made.

    Attributes:
        path: The message's whole name: `.jobs.v1.Job`.
        parts: The numbers below the members of its entity, by key.
    """

    path: str
    parts: Mapping[str, Numbers]
    messages: list[ProtoMessage] = field(default_factory=list)
    enums: list[ProtoEnum] = field(default_factory=list)

    def inside(self, name: str) -> Scope:
        return Scope(f"{self.path}.{name}", self.parts)

    def message(
        self, name: str, fields: list[ProtoField], reserved: Reserved = NOTHING_RESERVED, doc: str = ""
    ) -> ProtoMessage:
        """The message of this scope."""
        ordered = tuple(sorted(fields, key=lambda field: field.number))
        return ProtoMessage(name, ordered, tuple(self.messages), tuple(self.enums), reserved, doc)

    def field(self, name: str, number: int, type_: Type, key: str, doc: str = "") -> ProtoField:
        """The field *name*, with what its type needs declared here."""
        of = self._type(type_, name, key)
        texts = [doc.strip(), _note(type_)]
        says_so = id_of(type_).kind not in ("list", "object")
        return ProtoField(name, number, of, optional=says_so, doc=" ".join(filter(None, texts)))

    def _type(self, type_: Type, name: str, key: str) -> str:
        type_ = id_of(type_)
        match type_.kind:
            case "enum":
                return self._enum(pascal(name), key)
            case "object":
                return self._object(type_, pascal(name), key)
            case "list":
                return self._list(type_, f"{pascal(name)}List", key)
            case _:
                return SCALARS[type_.kind]

    def _enum(self, name: str, key: str) -> str:
        prefix, numbers = snake(name).upper(), self.parts[key]
        ordered = sorted(numbers.live.items(), key=lambda pair: pair[1])
        values = [(f"{prefix}_{UNSPECIFIED}", 0), *((enum_value(name, member), n) for member, n in ordered)]
        gone = tuple(enum_value(name, member) for member in numbers.retired.values() if member not in numbers.live)
        self.enums.append(ProtoEnum(name, tuple(values), Reserved(tuple(sorted(numbers.retired)), gone)))
        return f"{self.path}.{name}"

    def _object(self, type_: Type, name: str, key: str) -> str:
        inner, numbers = self.inside(name), self.parts[key]
        fields = [inner.field(m.name, numbers.live[m.name], m.type, f"{key}.{m.name}") for m in type_.fields]
        self.messages.append(inner.message(name, fields, reserved_of(numbers)))
        return inner.path

    def _list(self, type_: Type, name: str, key: str) -> str:
        assert type_.item is not None  # checked when the model loaded
        inner = self.inside(name)
        of = inner._type(type_.item, "value", key)  # noqa: SLF001 - another scope
        self.messages.append(inner.message(name, [ProtoField(LIST_ITEM, 1, of, repeated=True)]))
        return inner.path


def enum_value(enum: str, member: str) -> str:
    """
    >>> enum_value("Status", "in-review")
    'STATUS_IN_REVIEW'
    """
    return f"{snake(enum)}_{snake(member)}".upper()


def reserved_of(numbers: Numbers) -> Reserved:
    """What is not to be used again in a message whose fields have *numbers*."""
    gone = tuple(name for name in numbers.retired.values() if name not in numbers.live)
    return Reserved(tuple(sorted(numbers.retired)), gone)


def _note(type_: Type) -> str:
    if type_.kind == "decimal":
        return f"A decimal with {type_.scale or 0} digits after the point."
    return NOTES.get(type_.kind, "")
