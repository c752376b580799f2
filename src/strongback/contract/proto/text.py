"""A file of Protocol Buffers as text, as `buf format` would set it: equal files give equal bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from strongback.contract.proto.make import make_proto
from strongback.contract.proto.schema import (
    ProtoEnum,
    ProtoField,
    ProtoFile,
    ProtoMessage,
    ProtoService,
    Reserved,
)
from strongback.model.model import Model

INDENT: Final = "  "


def write_proto(model: Model) -> str:
    """The contract of *model* as the text of a `.proto` file."""
    return print_proto(make_proto(model))


def print_proto(file: ProtoFile) -> str:
    """*file* as text."""
    return "\n".join(_file(file)) + "\n"


def _file(file: ProtoFile) -> Iterator[str]:
    yield f"// {file.name}, made by `strongback contract proto`; not edited by hand."
    if file.doc:
        yield "//"
        yield from _comment(file.doc, "")
    yield from ("", 'syntax = "proto3";', "", f"package {file.package};")
    if file.uses_masks:
        yield from ("", 'import "google/protobuf/field_mask.proto";')
    for service in file.services:
        yield ""
        yield from _service(service)
    for message in file.messages:
        yield ""
        yield from _message(message, file.package, (), "")


def _service(service: ProtoService) -> Iterator[str]:
    yield from _comment(service.doc, "")
    yield f"service {service.name} {{"
    for method in service.methods:
        yield from _comment(method.doc, INDENT)
        yield f"{INDENT}rpc {method.name}({method.request}) returns ({method.response});"
    yield "}"


def _message(message: ProtoMessage, package: str, around: tuple[ProtoMessage, ...], indent: str) -> Iterator[str]:
    inner, scopes = indent + INDENT, (*around, message)
    yield from _comment(message.doc, indent)
    lines = [*_reserved(message.reserved, inner)]
    for enum in message.enums:
        lines += _enum(enum, inner)
    for nested in message.messages:
        lines += _message(nested, package, scopes, inner)
    for field in (each for each in message.fields if not each.oneof):
        lines += _field(field, package, scopes, inner)
    for oneof in message.oneofs:
        lines.append(f"{inner}oneof {oneof} {{")
        for field in (each for each in message.fields if each.oneof == oneof):
            lines += _field(field, package, scopes, inner + INDENT)
        lines.append(f"{inner}}}")
    yield from (
        [f"{indent}message {message.name} {{", *lines, f"{indent}}}"]
        if lines
        else [f"{indent}message {message.name} {{}}"]
    )


def _enum(enum: ProtoEnum, indent: str) -> Iterator[str]:
    yield f"{indent}enum {enum.name} {{"
    yield from _reserved(enum.reserved, indent + INDENT)
    for name, number in enum.values:
        yield f"{indent}{INDENT}{name} = {number};"
    yield f"{indent}}}"


def _field(field: ProtoField, package: str, scopes: tuple[ProtoMessage, ...], indent: str) -> Iterator[str]:
    yield from _comment(field.doc, indent)
    label = "repeated " if field.repeated else "optional " if field.optional else ""
    type_ = field.type if field.is_scalar else _relative(field.type, package, scopes)
    yield f"{indent}{label}{type_} {field.name} = {field.number};"


def _relative(type_: str, package: str, scopes: tuple[ProtoMessage, ...]) -> str:
    """The shortest name that finds *type_* from inside *scopes*: the innermost scope that has its first part decides."""
    prefix = f".{package}."
    if not type_.startswith(prefix):
        return type_.removeprefix(".")
    steps = type_.removeprefix(prefix).split(".")
    names = [scope.name for scope in scopes]
    if len(steps) > len(names) and steps[: len(names)] == names:
        return ".".join(steps[len(names) :])
    hidden = any(steps[0] in _declared(scope) for scope in scopes)
    return type_ if hidden else ".".join(steps)


def _declared(scope: ProtoMessage) -> set[str]:
    return {*(each.name for each in scope.messages), *(each.name for each in scope.enums)}


def _reserved(reserved: Reserved, indent: str) -> Iterator[str]:
    if reserved.numbers:
        yield f"{indent}reserved {', '.join(map(str, reserved.numbers))};"
    if reserved.names:
        quoted = ", ".join(f'"{name}"' for name in reserved.names)
        yield f"{indent}reserved {quoted};"


def _comment(doc: str, indent: str) -> Iterable[str]:
    return (f"{indent}// {line}".rstrip() for line in doc.splitlines())
