"""The messages of requests. Their own fields have fixed numbers; those of an action's parameters are the lock's, above these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from strongback.contract.proto.schema import FIELD_MASK, ProtoField, ProtoMessage
from strongback.contract.proto.types import Scope
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.numbers import Numbers
from strongback.model.parts import parameters_key
from strongback.model.rpc import Kind, Rpc, message_of, row_field
from strongback.model.wire import arguments_of
from strongback.predicate.tree import FALSE

# What requests have for themselves; the parameters of an action come after.
PARAMETERS_AFTER: Final = 10
ACTIONS_AFTER: Final = 10
BATCHED: Final[Mapping[Kind, tuple[str, int]]] = {
    "create": ("create", 1),
    "update": ("update", 2),
    "delete": ("delete", 3),
    "restore": ("undelete", 4),
}
INCLUDED_LIST: Final = ProtoMessage(
    "IncludedList",
    (
        ProtoField("path", 1, "string", doc="The relation, as the read mask names it."),
        ProtoField("order_by", 2, "string", doc="Such as `created_at desc`; the usual order when empty."),
        ProtoField("page_size", 3, "int32", optional=True, doc="How many rows at most."),
    ),
    doc="In which order, and how many rows of a relation to many are answered.",
)
MASK_DOC: Final = "Which members and relations to answer; all members when empty. `*` is all members."
FILTER_DOC: Final = 'AIP-160, of which: `city = "Oslo" AND (status = "open" OR status = "draft") AND NOT closed_at:*`.'
ETAG_DOC: Final = "The version that the row must have; any when empty."
ONLY_DOC: Final = "Judge it, do it, answer, and undo it."
MOST_DOC: Final = "Refuse it when it would write more rows than this."


def request_message(model: Model, entity: Entity, rpc: Rpc) -> ProtoMessage:
    """The request of *rpc*."""
    scope = Scope(f".{rpc.package}.{rpc.request}", entity.parts)
    fields = list(_FIELDS[rpc.kind](entity, rpc, scope))
    return scope.message(rpc.request, fields)


def _id(entity: Entity, scope: Scope) -> ProtoField:
    # Always there, so it need not say whether it is.
    made = scope.field("id", 1, entity.id_type, "id")
    return ProtoField("id", 1, made.type)


def _mask(number: int) -> ProtoField:
    return ProtoField("read_mask", number, FIELD_MASK, doc=MASK_DOC)


def _terms(number: int) -> Iterator[ProtoField]:
    yield ProtoField("validate_only", number, "bool", doc=ONLY_DOC)
    yield ProtoField("max_affected", number + 1, "int32", optional=True, doc=MOST_DOC)


def _included(rpc: Rpc, number: int) -> ProtoField:
    return ProtoField("included", number, f".{rpc.package}.{INCLUDED_LIST.name}", repeated=True)


def _row(entity: Entity, rpc: Rpc) -> ProtoField:
    return ProtoField(row_field(entity), 1, f".{rpc.package}.{message_of(entity)}")


def _get(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield _id(entity, scope)
    yield _mask(2)
    yield _included(rpc, 3)
    if entity.access.restore != FALSE:
        yield ProtoField("show_deleted", 4, "bool", doc="A deleted row, and no other.")
    if entity.access.history != FALSE:
        yield ProtoField("as_of", 5, "string", doc="The row as it was at this time.")


def _page(entity: Entity, rpc: Rpc) -> Iterator[ProtoField]:
    yield ProtoField("page_size", 1, "int32", doc="Rows; the usual number when 0.")
    yield ProtoField("page_token", 2, "string", doc="The `next_page_token` of the page before.")
    yield ProtoField("filter", 3, "string", doc=FILTER_DOC)
    query = entity.query(rpc.operation)
    if query is not None and query.text:
        yield ProtoField("query", 7, "string", doc="Words to search for.")


def _list(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield from _page(entity, rpc)
    yield ProtoField("order_by", 4, "string", doc="Such as `created_at desc`; the usual order when empty.")
    yield _mask(5)
    yield _included(rpc, 6)
    if entity.access.restore != FALSE:
        yield ProtoField("show_deleted", 8, "bool", doc="Deleted rows, and no others.")
    yield ProtoField("with_total_size", 9, "bool", doc="Whether to count all rows that match.")


def _aggregate(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield from _page(entity, rpc)
    yield ProtoField("group_by", 4, "string", repeated=True, doc="One group of all rows when empty.")
    yield ProtoField("measures", 5, "string", repeated=True, doc="Such as `count`, `sum.salary`; `count` when empty.")


def _history(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield _id(entity, scope)
    yield ProtoField("page_size", 2, "int32", doc="Revisions; the usual number when 0.")
    yield ProtoField("page_token", 3, "string", doc="The `next_page_token` of the page before.")


def _create(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield _row(entity, rpc)
    yield _mask(2)
    yield from _terms(3)


def _update(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield _row(entity, rpc)
    doc = "Which members to write: those that the row holds when empty. One that is named and not set becomes null."
    yield ProtoField("update_mask", 2, FIELD_MASK, doc=doc)
    yield _mask(3)
    yield from _terms(4)


def _delete(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield _id(entity, scope)
    yield ProtoField("etag", 2, "string", doc=ETAG_DOC)
    yield from _terms(3)


def _restore(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield _id(entity, scope)
    yield ProtoField("etag", 2, "string", doc=ETAG_DOC)
    yield _mask(3)
    yield from _terms(4)


def _action(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    action = entity.action(rpc.operation)
    assert action is not None  # the methods were made of the actions there are
    if action.on == "row":
        yield _id(entity, scope)
        yield ProtoField("etag", 2, "string", doc=ETAG_DOC)
    if action.returns_entity:
        yield _mask(3)
    yield from _terms(4)
    key = parameters_key(action)
    numbers = entity.parts.get(key, Numbers())
    for name, parameter in arguments_of(action).items():
        number = PARAMETERS_AFTER + numbers.live[name]
        yield scope.field(name, number, parameter.type, f"{key}.{name}", parameter.doc)


def _batch(entity: Entity, rpc: Rpc, scope: Scope) -> Iterator[ProtoField]:
    yield ProtoField("operations", 1, f"{scope.path}.Operation", repeated=True)
    yield from _terms(2)


_FIELDS: Final[Mapping[Kind, Callable[[Entity, Rpc, Scope], Iterator[ProtoField]]]] = {
    "get": _get,
    "list": _list,
    "aggregate": _aggregate,
    "history": _history,
    "create": _create,
    "update": _update,
    "delete": _delete,
    "restore": _restore,
    "action": _action,
    "batch": _batch,
}
