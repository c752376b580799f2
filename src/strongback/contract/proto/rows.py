"""The message of a row: its members by the numbers of the lock, and the rows related to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from strongback.contract.proto.schema import ProtoField, ProtoMessage
from strongback.contract.proto.types import Scope, reserved_of
from strongback.model.entity import Entity
from strongback.model.lock import SYSTEM_NUMBERS
from strongback.model.model import Model
from strongback.model.numbers import Numbers
from strongback.model.rpc import message_of, package_of
from strongback.model.wire import member_types

ETAG: Final = "etag"
ETAG_NUMBER: Final = 4
# A reference is the id of a row; the row itself stands so much above it. Members are numbered from 6.
INCLUDED: Final = 100_000
TAG_DOC: Final = "The version, to send back with a write that must meet it. Rows that stand inside others have none."


def row_message(model: Model, entity: Entity) -> ProtoMessage:
    """The message of a row of *entity*."""
    name = message_of(entity)
    scope = Scope(f".{package_of(model)}.{name}", entity.parts)
    fields = [*_scalars(entity, scope), ProtoField(ETAG, ETAG_NUMBER, "string", optional=True, doc=TAG_DOC)]
    members = Numbers({field.name: field.number for field in fields}, entity.retired)
    return scope.message(name, [*fields, *_related(model, entity)], reserved_of(members), entity.doc)


def member_numbers(entity: Entity) -> dict[str, int]:
    """The number of each member of a row that is a value, by wire name."""
    declared = {**{f.name: f.number for f in entity.fields}, **{r.column: r.number for r in entity.to_one()}}
    return {name: SYSTEM_NUMBERS.get(name) or declared[name] for name, _ in member_types(entity)}


def _scalars(entity: Entity, scope: Scope) -> Iterator[ProtoField]:
    numbers = member_numbers(entity)
    for name, type_ in member_types(entity):
        yield scope.field(name, numbers[name], type_, name, _doc(entity, name))


def _doc(entity: Entity, name: str) -> str:
    member = entity.field(name) or entity.relation_of(name)
    return member.doc if member is not None else ""


def _related(model: Model, entity: Entity) -> Iterator[ProtoField]:
    for relation in entity.relations:
        of = f".{package_of(model)}.{message_of(model.entity(relation.target))}"
        if relation.kind == "to_one":
            yield ProtoField(relation.name, INCLUDED + relation.number, of)
        else:
            yield ProtoField(relation.name, relation.number, of, repeated=True, doc=relation.doc)
