"""The messages of responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from strongback.contract.proto.rows import INCLUDED, member_numbers
from strongback.contract.proto.schema import ProtoEnum, ProtoField, ProtoMessage
from strongback.contract.proto.types import SCALARS, Scope
from strongback.model.aggregate import COUNT, FUNCTIONS, functions_of, grouped, result_type
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.parts import returned_key
from strongback.model.query import Query
from strongback.model.rpc import Kind, Rpc, message_of, row_field, rows_field
from strongback.model.wire import member_types
from strongback.predicate.types import UUID, Type, id_of

GROUP: Final = "Group"
REVISION: Final = "Revision"
CHANGES: Final = ("create", "update", "delete", "restore", "erase")
CHANGE: Final = ProtoEnum(
    "Change", (("CHANGE_UNSPECIFIED", 0), *((f"CHANGE_{name.upper()}", i) for i, name in enumerate(CHANGES, 1)))
)
TOKEN_DOC: Final = "What asks for the next page; empty on the last."  # noqa: S105 - a sentence
ID_DOC: Final = "Of the row that was written: there also where the caller may not read it."


def response_message(model: Model, entity: Entity, rpc: Rpc) -> ProtoMessage:
    """The response of *rpc*."""
    scope = Scope(f".{rpc.package}.{rpc.response}", entity.parts)
    return scope.message(rpc.response, list(_FIELDS[rpc.kind](model, entity, rpc, scope)))


def answered(model: Model, entity: Entity, rpc: Rpc) -> Entity:
    """Of which entity the rows are that *rpc* answers."""
    action = entity.action(rpc.operation) if rpc.kind == "action" else None
    return model.entity(action.returns_entity) if action is not None and action.returns_entity else entity


def _path(rpc: Rpc, entity: Entity) -> str:
    return f".{rpc.package}.{message_of(entity)}"


def _read(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield ProtoField(row_field(entity), 1, _path(rpc, entity))


def _written(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield ProtoField(row_field(entity), 1, _path(rpc, entity), doc="Not set where the caller may not read it.")
    yield ProtoField("id", 2, SCALARS[id_of(entity.id_type).kind], doc=ID_DOC)


def _list(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield ProtoField(rows_field(entity), 1, _path(rpc, entity), repeated=True)
    yield ProtoField("next_page_token", 2, "string", doc=TOKEN_DOC)
    yield ProtoField("total_size", 3, "int64", optional=True, doc="All rows that match, when asked for.")


def _nothing(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    return iter(())


def _action(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    action = entity.action(rpc.operation)
    assert action is not None  # the methods were made of the actions there are
    if action.returns_type is not None:
        yield scope.field("value", 1, action.returns_type, returned_key(action))
    elif action.returns_many:
        of = answered(model, entity, rpc)
        yield ProtoField(rows_field(of), 1, _path(rpc, of), repeated=True)
    elif action.returns_entity:
        yield from _written(model, answered(model, entity, rpc), rpc, scope)


def _aggregate(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    query = entity.query(rpc.operation)
    assert query is not None  # the methods were made of the queries there are
    inner = scope.inside(GROUP)
    scope.messages.append(inner.message(GROUP, list(_group(entity, query, inner)), doc="Rows that agree on the keys."))
    yield ProtoField("groups", 1, inner.path, repeated=True)
    yield ProtoField("next_page_token", 2, "string", doc=TOKEN_DOC)


def _group(entity: Entity, query: Query, scope: Scope) -> Iterator[ProtoField]:
    types, numbers = dict(member_types(entity)), member_numbers(entity)
    for name in grouped(entity, query.group):
        yield scope.field(name, numbers[name], types[name], name)
    yield ProtoField(COUNT, INCLUDED, "int64", optional=True, doc="Rows.")
    for at, function in enumerate(FUNCTIONS, 1):
        measured = {name: types[name] for name in query.measure if function in functions_of(types[name])}
        if measured:
            inner = scope.inside(function.capitalize())
            fields = [inner.field(n, numbers[n], result_type(function, of), n) for n, of in measured.items()]
            scope.messages.append(inner.message(function.capitalize(), fields))
            yield ProtoField(function, INCLUDED + at, inner.path)


def _history(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    inner, row = scope.inside(REVISION), row_field(entity)
    by: Type = model.entity(model.actor.entity).id_type if model.actor is not None else UUID
    fields = [
        ProtoField("version", 1, "int64", doc="Counts from 1."),
        ProtoField("time", 2, "string", doc="When it was made: RFC 3339, UTC, with microseconds."),
        ProtoField("change", 3, f"{inner.path}.{CHANGE.name}", doc="What made it."),
        ProtoField(
            "by", 4, SCALARS[id_of(by).kind], optional=True, doc="Whose row did; not set for nobody with a row."
        ),
        ProtoField(row, 5, _path(rpc, entity)),
    ]
    inner.enums.append(CHANGE)
    scope.messages.append(inner.message(REVISION, fields))
    yield ProtoField("revisions", 1, inner.path, repeated=True)
    yield ProtoField("next_page_token", 2, "string", doc=TOKEN_DOC)


def _batch(model: Model, entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield ProtoField("results", 1, f"{scope.path}.Result", repeated=True, doc="In the order of the operations.")


_FIELDS: Final[Mapping[Kind, Callable[[Model, Entity, Rpc, Scope], Iterator[ProtoField]]]] = {
    "get": _read,
    "list": _list,
    "aggregate": _aggregate,
    "history": _history,
    "create": _written,
    "update": _written,
    "delete": _nothing,
    "restore": _written,
    "action": _action,
    "batch": _batch,
}
