"""Make an operation of what a door read: names checked against the model, values typed, everything wrong gathered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from strongback.errors import Fault, did_you_mean
from strongback.model.action import Action
from strongback.model.blob import NAME_MAX, NAME_PATTERN
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import (
    arguments_of,
    filterable,
    nested,
    required,
    writable,
)
from strongback.plan.actor import Actor
from strongback.plan.aggregate import read_groups, read_measures
from strongback.plan.asked import Asked, SelectAsk
from strongback.plan.body import Gatherer, default_value, defaults_of, read_body
from strongback.plan.make_filters import read_filters
from strongback.plan.make_history import make_history
from strongback.plan.make_selection import Reading, check_rows, read_order, read_selection
from strongback.plan.nested import Nest
from strongback.plan.operation import SEEK, Children, Operation, token_context
from strongback.plan.page import Tokens
from strongback.plan.reading import Made, read_id, read_keys, read_page_size
from strongback.plan.search import read_search
from strongback.plan.shape import ASKED, OrderKey, Selection, Shape, ends_in_id, list_text, turned
from strongback.plan.value_fault import ValueFault, escape
from strongback.plan.values import reader_for
from strongback.predicate.types import DATETIME, Type

# What a file is called: one segment of a path on any system, and nothing that ends a line.
FILE_NAME = Type("str", min=1, max=NAME_MAX, pattern=NAME_PATTERN)
LINK_USUAL, LINK_LONGEST = timedelta(minutes=10), timedelta(hours=1)


def make_operation(model: Model, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    """
    Make the operation that *asked* means for *actor*.

    Returns:
        The operation, and name and reader of each value the caller gave, in order.
    """
    return _MAKERS[asked.target.kind](model, model.entity(asked.target.entity), asked, actor, tokens)


def _get(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    values: dict[str, Any] = {"id": read_id(entity, asked)}
    select = read_selection(model, entity, asked.select, Reading(actor, found, tokens, values))
    check_rows(1, select, found)
    faulty = bool(found.faults)
    shape = Shape(asked.target, actor.is_anonymous, select, deleted=asked.deleted, faulty=faulty)
    faults = tuple(found.faults)
    return Operation(shape, actor, values, faults, if_match=asked.if_match, if_none_match=asked.if_none_match), ()


def _as_of(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    select = read_selection(model, entity, SelectAsk(asked.select.fields), Reading(actor, found, tokens, {}))
    if asked.select.include:
        hint = "read the related rows by their ids, with `as_of` where their history is kept"
        message = "cannot be combined with `as_of`: what was related then is not kept with the row"
        found.add(message, "?include", hint, "SB249")
    if asked.deleted:
        found.add("cannot be combined with `as_of`", "?deleted", "a deleted row is read as it is", "SB250")
    values = {"id": read_id(entity, asked), "as_of": found.read(DATETIME, asked.as_of, "?as_of", text=True)}
    shape = Shape(asked.target, actor.is_anonymous, select, faulty=bool(found.faults))
    return Operation(shape, actor, values, tuple(found.faults), if_match=asked.if_match), ()


def _list(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    query = entity.query(asked.target.name)
    assert query is not None  # a door routes only to queries there are
    found = Gatherer(asked.faults)
    values: dict[str, Any] = {}
    seeks: dict[str, Any] = {}
    select = read_selection(model, entity, asked.select, Reading(actor, found, tokens, seeks))
    filters = tuple(read_filters(model, entity, filterable(model, entity, query), asked.filters, values, found))
    if asked.text is not None:
        values[ASKED] = _read_search(query, asked.text, found)
        if asked.deleted:
            found.add("cannot be combined with `q`", "?deleted", "deleted rows are not searched by words", "SB250")
    order = read_order(entity, query.sort, asked.sort, "sort", found)
    context = token_context(actor, list_text(filters, order, deleted=asked.deleted), values)
    order = turned(order) if asked.backward else order
    page = read_page_size(asked.page_size, query.page_default, query.page_max, "page_size", found)
    check_rows(page, select, found)
    keys = ends_in_id(order)
    seek = _read_token(entity, asked, keys, context, tokens, values, found) if asked.page_token else None
    values |= seeks
    shape = Shape(
        asked.target,
        actor.is_anonymous,
        select,
        filters,
        order,
        seek,
        page=page,
        count=asked.count,
        text=asked.text is not None,
        deleted=asked.deleted,
        backward=asked.backward,
        faulty=bool(found.faults),
    )
    return Operation(shape, actor, values, tuple(found.faults), page), tuple(found.readers)


def _aggregate(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    query = entity.query(asked.target.name)
    assert query is not None  # a door routes only to queries there are
    found = Gatherer(asked.faults)
    values: dict[str, Any] = {}
    filters = tuple(read_filters(model, entity, filterable(model, entity, query), asked.filters, values, found))
    if asked.text is not None:
        values[ASKED] = _read_search(query, asked.text, found)
    order = read_groups(entity, query, asked.group_by, found)
    measures = read_measures(entity, query, asked.measures, found)
    page = read_page_size(asked.page_size, query.page_default, query.page_max, "page_size", found)
    context = token_context(actor, list_text(filters, order), values)
    seek = _read_token(entity, asked, order, context, tokens, values, found) if asked.page_token else None
    shape = Shape(
        asked.target,
        actor.is_anonymous,
        filters=filters,
        order=order,
        seek=seek,
        page=page,
        text=asked.text is not None,
        measures=measures,
        faulty=bool(found.faults),
    )
    return Operation(shape, actor, values, tuple(found.faults), page), tuple(found.readers)


def _read_token(
    entity: Entity,
    asked: Asked,
    order: tuple[OrderKey, ...],
    context: str,
    tokens: Tokens,
    values: dict[str, Any],
    found: Gatherer,
) -> tuple[bool, ...] | None:
    keys = tokens.read(asked.page_token, asked.target, context)
    return read_keys(entity, order, keys, SEEK, values, found, "page_token")


def _read_search(query: Query, raw: str, found: Gatherer) -> tuple[str, ...]:
    """The words that are searched; a fault where the list searches none."""
    if not query.text:
        found.add("this list has no search by words", ASKED, code="SB209")
        return ()
    found.readers.append((ASKED, read_search))
    try:
        return read_search(raw)
    except ValueFault as wrong:
        found.faults += [Fault("SB222", message, ASKED, hint) for _, message, hint in wrong.faults]
        return ()


# -- writes


def _create(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    body, children = _split(model, entity, asked, found)
    values = read_body(entity, body, writable(entity, create=True), found)
    for name in required(entity):
        if asked.body is None or name not in asked.body:
            found.add("is required", f"/{name}")
    values = {**defaults_of(entity), **values}
    return _write(model, entity, asked, actor, tokens, values, found, children)


def _update(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    body, children = _split(model, entity, asked, found)
    values = read_body(entity, body, writable(entity, create=False), found)
    return _write(model, entity, asked, actor, tokens, {**values, "id": read_id(entity, asked)}, found, children)


def _split(
    model: Model, entity: Entity, asked: Asked, found: Gatherer
) -> tuple[Mapping[str, object], tuple[Children, ...]]:
    """The body's own members, and the rows it brings along."""
    body = asked.body or {}
    brought = nested(entity)
    if not brought or not brought.keys() & body.keys():
        return body, ()
    children = Nest(model, found).take(entity, body, "", new=asked.target.kind == "create")
    return {name: raw for name, raw in body.items() if name not in brought}, children


def _delete(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    return _write(model, entity, asked, actor, tokens, {"id": read_id(entity, asked)}, Gatherer(asked.faults))


def _action(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    action = entity.action(asked.target.name)
    assert action is not None  # a door routes only to actions there are
    found = Gatherer(asked.faults)
    values = {f"arg_{name}": value for name, value in read_arguments(action, asked.body or {}, found).items()}
    if action.on == "row":
        values["id"] = read_id(entity, asked)
    # `fields` and `include` speak of the row that is answered.
    answered = model.entity(action.returns_entity) if action.returns_entity else entity
    return _write(model, answered, asked, actor, tokens, values, found)


def _write(
    model: Model,
    entity: Entity,
    asked: Asked,
    actor: Actor,
    tokens: Tokens,
    values: dict[str, Any],
    found: Gatherer,
    children: tuple[Children, ...] = (),
) -> Made:
    seeks: dict[str, Any] = {}
    select = read_selection(model, entity, asked.select, Reading(actor, found, tokens, seeks))
    check_rows(1, select, found)
    shape = Shape(
        asked.target,
        actor.is_anonymous,
        select,
        given=frozenset(values) - {"id"},
        faulty=bool(found.faults),
    )
    operation = Operation(shape, actor, values | seeks, tuple(found.faults), if_match=asked.if_match, children=children)
    return operation, tuple(found.readers)


def read_arguments(action: Action, body: Mapping[str, object], found: Gatherer) -> dict[str, Any]:
    """The typed arguments of an action; entity parameters as ids, under `<name>_id`."""
    known = arguments_of(action)
    values: dict[str, Any] = {}
    for name, raw in body.items():
        where = f"/{escape(name)}"
        if name in known:
            values[name] = found.take(f"arg_{name}", known[name].type, raw, where, pointer=True)
        else:
            found.add("is not known here", where, did_you_mean(name[:80], known), "SB204")
    for name, parameter in known.items():
        if name not in body:
            if parameter.default is not None:
                values[name] = default_value(parameter.default, parameter.type)
            else:
                found.add("is required", f"/{name}")
    return values


# -- files


def _download(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    """A read of the row's one field that holds the file. Tags are those of the file, and judged when it is known."""
    select = Selection((asked.target.field,))
    shape = Shape(asked.target, actor.is_anonymous, select, faulty=bool(asked.faults))
    values = {"id": read_id(entity, asked)}
    operation = Operation(shape, actor, values, asked.faults, 0, asked.if_match, asked.if_none_match, file=asked.file)
    return operation, ()


def _link(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    """A read of the file, and a time."""
    found = Gatherer(asked.faults)
    values: dict[str, Any] = {"expires_in": LINK_USUAL}
    for name, raw in (asked.body or {}).items():
        if name == "expires_in":
            values[name] = _lifetime(raw, found)
        else:
            found.add("is not known here", f"/{escape(name)}", did_you_mean(name[:80], ("expires_in",)), "SB204")
    shape = Shape(asked.target, actor.is_anonymous, Selection((asked.target.field,)), faulty=bool(found.faults))
    operation = Operation(shape, actor, {**values, "id": read_id(entity, asked)}, tuple(found.faults))
    return operation, tuple(found.readers)


def _lifetime(raw: object, found: Gatherer) -> Any:
    """How long a link lives: some time, and not for ever."""

    def read(value: object) -> Any:
        life = reader_for(Type("timedelta"))(value)
        if not timedelta(0) < life <= LINK_LONGEST:
            raise ValueFault(("", "must be more than nothing and at most an hour", "write `PT10M`"))
        return life

    found.readers.append(("expires_in", read))
    try:
        return read(raw)
    except ValueFault as wrong:
        for _, message, hint in wrong.faults:
            found.add(message, "/expires_in", hint)
        return None


def _upload(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    """An update of the row's field that holds the file; what it will hold is known when the bytes have come."""
    found = Gatherer(asked.faults)
    if asked.file.name is not None:
        found.read(FILE_NAME, asked.file.name, "name", text=True)
    select = read_selection(model, entity, asked.select, Reading(actor, found, tokens, {}))
    shape = Shape(
        asked.target, actor.is_anonymous, select, given=frozenset({asked.target.field}), faulty=bool(found.faults)
    )
    values = {"id": read_id(entity, asked)}
    return Operation(shape, actor, values, tuple(found.faults), if_match=asked.if_match, file=asked.file), ()


_MAKERS = {
    "get": _get,
    "list": _list,
    "history": make_history,
    "as_of": _as_of,
    "aggregate": _aggregate,
    "create": _create,
    "update": _update,
    "delete": _delete,
    "restore": _delete,
    "action": _action,
    "download": _download,
    "upload": _upload,
    "remove": _upload,
    "link": _link,
}
