"""The same contract as descriptors, for a server and for reflection. Needs the extra `grpc`."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, field_mask_pb2, message_factory

from strongback.contract.proto.schema import ProtoEnum, ProtoField, ProtoFile, ProtoMessage, Reserved

_FIELD: Final = descriptor_pb2.FieldDescriptorProto
_TYPES: Final[dict[str, Any]] = {
    "bool": _FIELD.TYPE_BOOL,
    "bytes": _FIELD.TYPE_BYTES,
    "double": _FIELD.TYPE_DOUBLE,
    "int32": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "string": _FIELD.TYPE_STRING,
}
FIELD_MASK_FILE: Final = "google/protobuf/field_mask.proto"


class Descriptors:
    """The messages of a file, in a pool of their own: two services of one process do not know each other's."""

    def __init__(self, file: ProtoFile) -> None:
        self.file = file
        self.pool: Any = descriptor_pool.DescriptorPool()
        self.pool.AddSerializedFile(field_mask_pb2.DESCRIPTOR.serialized_pb)
        self.pool.AddSerializedFile(self.proto.SerializeToString())

    @cached_property
    def proto(self) -> Any:
        """The descriptor of the file itself."""
        return describe(self.file)

    def message(self, name: str) -> Any:
        """The class of the message *name*."""
        found = self.pool.FindMessageTypeByName(f"{self.file.package}.{name}")
        return message_factory.GetMessageClass(found)


def describe(file: ProtoFile) -> Any:
    """*file* as a `FileDescriptorProto`."""
    made = descriptor_pb2.FileDescriptorProto(name=file.name, package=file.package, syntax="proto3")
    if file.uses_masks:
        made.dependency.append(FIELD_MASK_FILE)
    enums = {path for message in file.messages for path in _enum_paths(message, f".{file.package}")}
    for message in file.messages:
        _message(made.message_type.add(), message, enums)
    for service in file.services:
        added = made.service.add(name=service.name)
        for method in service.methods:
            request, response = f".{file.package}.{method.request}", f".{file.package}.{method.response}"
            added.method.add(name=method.name, input_type=request, output_type=response)
    return made


def _enum_paths(message: ProtoMessage, above: str) -> list[str]:
    path = f"{above}.{message.name}"
    below = [found for nested in message.messages for found in _enum_paths(nested, path)]
    return [*(f"{path}.{enum.name}" for enum in message.enums), *below]


def _message(made: Any, message: ProtoMessage, enums: set[str]) -> None:
    made.name = message.name
    for nested in message.messages:
        _message(made.nested_type.add(), nested, enums)
    for enum in message.enums:
        _enum(made.enum_type.add(), enum)
    groups = {name: at for at, name in enumerate(message.oneofs)}
    for name in message.oneofs:
        made.oneof_decl.add(name=name)
    plain = [field for field in message.fields if not field.oneof]
    # As a compiler gives them: those outside of groups first, as the text has them.
    for field in (*plain, *(field for name in groups for field in message.fields if field.oneof == name)):
        _field(made, field, enums, groups)
    _reserve(made, message.reserved, 1)


def _field(made: Any, field: ProtoField, enums: set[str], groups: dict[str, int]) -> None:
    label = _FIELD.LABEL_REPEATED if field.repeated else _FIELD.LABEL_OPTIONAL
    added = made.field.add(name=field.name, number=field.number, label=label, json_name=json_name(field.name))
    if field.is_scalar:
        added.type = _TYPES[field.type]
    else:
        added.type = _FIELD.TYPE_ENUM if field.type in enums else _FIELD.TYPE_MESSAGE
        added.type_name = field.type
    if field.oneof:
        added.oneof_index = groups[field.oneof]
    elif field.optional:
        # The language says that a field may be absent by a group of one.
        added.proto3_optional = True
        added.oneof_index = len(made.oneof_decl)
        made.oneof_decl.add(name=f"_{field.name}")


def _enum(made: Any, enum: ProtoEnum) -> None:
    made.name = enum.name
    for name, number in enum.values:
        made.value.add(name=name, number=number)
    _reserve(made, enum.reserved, 0)


def _reserve(made: Any, reserved: Reserved, past: int) -> None:
    """A message's ranges end before their end, an enum's with it."""
    for number in reserved.numbers:
        made.reserved_range.add(start=number, end=number + past)
    made.reserved_name.extend(reserved.names)


def json_name(name: str) -> str:
    """
    >>> json_name("next_page_token")
    'nextPageToken'
    """
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
