"""What a file of Protocol Buffers says, as plain values. Texts and descriptors are made of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FIELD_MASK = ".google.protobuf.FieldMask"


@dataclass(frozen=True, slots=True)
class ProtoField:
    """
    A field of a message.

    Attributes:
        type: A scalar (`string`), or the whole name of a message or an enum, with a dot before it.
        optional: Whether a scalar or an enum says if it is there (`optional` in proto3). Messages always do.
        oneof: The group of fields of which one is there; empty for none.
    """

    name: str
    number: int
    type: str
    repeated: bool = False
    optional: bool = False
    oneof: str = ""
    doc: str = ""

    @property
    def is_scalar(self) -> bool:
        return not self.type.startswith(".")


@dataclass(frozen=True, slots=True)
class Reserved:
    """Numbers and names that something once had, and that nothing gets again."""

    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


NOTHING_RESERVED = Reserved()


@dataclass(frozen=True, slots=True)
class ProtoEnum:
    """A closed set of names. The value 0 is that of none of them."""

    name: str
    values: tuple[tuple[str, int], ...]
    reserved: Reserved = NOTHING_RESERVED


@dataclass(frozen=True, slots=True)
class ProtoMessage:
    """A message with what is declared inside it."""

    name: str
    fields: tuple[ProtoField, ...] = ()
    messages: tuple[ProtoMessage, ...] = ()
    enums: tuple[ProtoEnum, ...] = ()
    reserved: Reserved = NOTHING_RESERVED
    doc: str = ""

    @property
    def oneofs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(field.oneof for field in self.fields if field.oneof))


@dataclass(frozen=True, slots=True)
class ProtoMethod:
    """A method; *request* and *response* are messages of the same package."""

    name: str
    request: str
    response: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class ProtoService:
    """The methods on the rows of one entity."""

    name: str
    methods: tuple[ProtoMethod, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class ProtoFile:
    """
    A file.

    Attributes:
        name: Where it has to stand: `jobs/v1/jobs.proto`.
    """

    name: str
    package: str
    messages: tuple[ProtoMessage, ...]
    services: tuple[ProtoService, ...]
    doc: str = ""

    @property
    def uses_masks(self) -> bool:
        """Whether any message needs the well-known type of field masks."""
        return any(field.type == FIELD_MASK for message in self.messages for field in _fields(message))


def _fields(message: ProtoMessage) -> Iterator[ProtoField]:
    yield from message.fields
    for below in message.messages:
        yield from _fields(below)
