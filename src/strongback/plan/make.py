"""Make an operation of what a door read: names checked against the model, values typed, everything wrong gathered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from strongback.errors import Fault, UnknownField, did_you_mean
from strongback.model.action import Action
from strongback.model.blob import NAME_MAX, NAME_PATTERN
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.wire import (
    INCLUDES_MAX,
    arguments_of,
    filter_operators,
    filterable,
    filtered,
    included_orders,
    nested,
    required,
    wire_order,
    writable,
)
from strongback.model.wire import argument_name as argument_name  # noqa: PLC0414 - engine reads it from here
from strongback.plan.actor import Actor
from strongback.plan.aggregate import read_groups, read_measures
from strongback.plan.asked import Asked, FilterAsk, SelectAsk
from strongback.plan.body import Gatherer, default_value, defaults_of, read_body
from strongback.plan.make_history import make_history
from strongback.plan.nested import Nest
from strongback.plan.operation import Children, Operation, token_context
from strongback.plan.page import Tokens
from strongback.plan.permission import may_see
from strongback.plan.read import member_type, members
from strongback.plan.reading import NO_TOKEN, Made, read_id, read_page_size
from strongback.plan.search import read_search
from strongback.plan.shape import ASKED, Filter, Include, OrderKey, Selection, Shape, list_text
from strongback.plan.value_fault import ValueFault, escape
from strongback.plan.values import reader_for
from strongback.predicate.tree import FALSE
from strongback.predicate.types import DATETIME, Type

# What a file is called: one segment of a path on any system, and nothing that ends a line.
FILE_NAME = Type("str", min=1, max=NAME_MAX, pattern=NAME_PATTERN)
LINK_USUAL, LINK_LONGEST = timedelta(minutes=10), timedelta(hours=1)
DEPTH_MAX = 4
FILTERS_MAX = 32
IN_MAX = 100
INCLUDED_DEFAULT, INCLUDED_MAX = 20, 100
ROWS_MAX = 10_000


def make_operation(model: Model, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    """
    Make the operation that *asked* means for *actor*.

    Returns:
        The operation, and name and reader of each value the caller gave, in order.
    """
    return _MAKERS[asked.target.kind](model, model.entity(asked.target.entity), asked, actor, tokens)


def _get(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    select = read_selection(model, entity, asked.select, actor.is_anonymous, found)
    check_rows(1, select, found)
    shape = Shape(asked.target, actor.is_anonymous, select, faulty=bool(found.faults))
    values = {"id": read_id(asked)}
    faults = tuple(found.faults)
    return Operation(shape, actor, values, faults, if_match=asked.if_match, if_none_match=asked.if_none_match), ()


def _as_of(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    select = read_selection(model, entity, SelectAsk(asked.select.fields), actor.is_anonymous, found)
    if asked.select.include:
        hint = "read the related rows by their ids, with `as_of` where their history is kept"
        message = "cannot be combined with `as_of`: what was related then is not kept with the row"
        found.add(message, "?include", hint, "SB249")
    values = {"id": read_id(asked), "as_of": found.read(DATETIME, asked.as_of, "?as_of", text=True)}
    shape = Shape(asked.target, actor.is_anonymous, select, faulty=bool(found.faults))
    return Operation(shape, actor, values, tuple(found.faults), if_match=asked.if_match), ()


def _list(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    query = entity.query(asked.target.name)
    assert query is not None  # a door routes only to queries there are
    found = Gatherer(asked.faults)
    select = read_selection(model, entity, asked.select, actor.is_anonymous, found)
    values: dict[str, Any] = {}
    filters = tuple(_filters(model, entity, filterable(model, entity, query), asked.filters, values, found))
    if asked.text is not None:
        values[ASKED] = _read_search(query, asked.text, found)
    order = read_order(entity, query.sort, asked.sort, "sort", found)
    page = read_page_size(asked.page_size, query.page_default, query.page_max, "page_size", found)
    check_rows(page, select, found)
    context = token_context(actor, list_text(filters, order), values)
    keys = _ends_in_id(order)
    seek = _read_token(entity, asked, keys, context, tokens, values, found) if asked.page_token else None
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
        faulty=bool(found.faults),
    )
    return Operation(shape, actor, values, tuple(found.faults), page), tuple(found.readers)


def _aggregate(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    query = entity.query(asked.target.name)
    assert query is not None  # a door routes only to queries there are
    found = Gatherer(asked.faults)
    values: dict[str, Any] = {}
    filters = tuple(_filters(model, entity, filterable(model, entity, query), asked.filters, values, found))
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


def _ends_in_id(order: tuple[OrderKey, ...]) -> tuple[OrderKey, ...]:
    if order and order[-1].member == ID.name:
        return order
    return (*order, OrderKey(ID.name, order[-1].descending if order else False))


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
    if keys is None or len(keys) != len(order):
        found.add(*NO_TOKEN)
        return None
    for i, (key, raw) in enumerate(zip(order, keys, strict=True)):
        if raw is not None:
            values[f"seek{i}"] = found.read(member_type(entity, key.member), raw, "page_token")
    return tuple(raw is None for raw in keys)


def read_order(
    entity: Entity, declared: tuple[str, ...], asked: str, where: str, found: Gatherer
) -> tuple[OrderKey, ...]:
    """The asked order, which must be one that is declared; the first is the default."""
    known = [wire_order(entity, order) for order in declared] or [ID.name]
    if asked and asked not in known:
        listed = ", ".join(f"`{order}`" for order in known)
        found.add(f"`{asked[:80]}` is not an order of this list", where, f"use one of {listed}", "SB206")
        asked = ""
    return tuple(OrderKey(key.lstrip("-"), key.startswith("-")) for key in (asked or known[0]).split(","))


def _filters(
    model: Model,
    entity: Entity,
    known: tuple[str, ...],
    asks: tuple[FilterAsk, ...],
    values: dict[str, Any],
    found: Gatherer,
) -> Iterator[Filter]:
    """The filters asked for. They are the same for everybody: whoever does not see a member finds no row by it."""
    # Each filter that is offered may be given once, however many there are: what the contract allows is not refused.
    if len(asks) > FILTERS_MAX and len(asks) > (
        most := sum(len(filter_operators(model, entity, member)) for member in known)
    ):
        found.add(f"at most {most} filters", asks[-1].where)
        asks = asks[:FILTERS_MAX]
    for i, ask in enumerate(asks):
        if ask.member not in known:
            unknown = UnknownField(entity.name, ask.member[:80], known, ask.where)
            found.add(f"cannot filter by `{ask.member[:80]}`", ask.where, unknown.hint, "SB204")
            continue
        made = _filter(model, entity, ask, f"f{i}", values, found)
        if made is not None:
            yield made


def _filter(
    model: Model, entity: Entity, ask: FilterAsk, name: str, values: dict[str, Any], found: Gatherer
) -> Filter | None:
    of = filtered(model, entity, ask.member)
    type_ = replace(member_type(of.entity, of.member), optional=False)
    allowed = filter_operators(model, entity, ask.member)
    if ask.op not in allowed:
        listed = ", ".join(f"`{op}`" for op in sorted(allowed))
        found.add(f"`{ask.member}` has no operator `{ask.op[:20]}`", ask.where, f"use one of {listed}", "SB207")
        return None
    if ask.op == "null":
        wanted = found.read(Type("bool"), ask.values[0], ask.where, text=ask.text)
        return Filter(ask.member, "null", negated=wanted is False)
    if len(ask.values) > IN_MAX:
        found.add(f"at most {IN_MAX} values", ask.where)
        return None
    before = len(found.faults)
    names = tuple(f"{name}_{j}" for j in range(len(ask.values)))
    for value_name, raw in zip(names, ask.values, strict=True):
        values[value_name] = found.take(value_name, type_, raw, ask.where, text=ask.text)
    return Filter(ask.member, ask.op, names) if len(found.faults) == before else None


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


def read_selection(
    model: Model, entity: Entity, ask: SelectAsk, anonymous: bool, found: Gatherer, path: str = ""
) -> Selection:
    """Which members and relations to answer; *path* leads to their entity (`company.jobs.`)."""
    fields = None if ask.fields is None else _fields(model, entity, ask, anonymous, found)
    if path.count(".") >= DEPTH_MAX and ask.include:
        found.add(f"relations nest at most {DEPTH_MAX} deep", ask.where)
        return Selection(fields)
    if not path and ask.relation_count > INCLUDES_MAX:
        found.add(f"one request may have {INCLUDES_MAX} relations, those of relations included", "include")
        return Selection(fields)
    includes = (_include(model, entity, name, sub, anonymous, found, path) for name, sub in ask.include.items())
    order = {name: i for i, name in enumerate(entity.members)}
    known = [include for include in includes if include is not None]
    return Selection(fields, tuple(sorted(known, key=lambda include: order[include.relation])))


def check_rows(page: int, select: Selection, found: Gatherer) -> None:
    """Refuse a request that could be answered with more rows than one request may have: pages multiply."""
    rows = page * rows_of(select)
    if rows > ROWS_MAX:
        hint = "ask for smaller pages, or for less at once"
        found.add(f"this could answer {rows:,} rows; one request may have {ROWS_MAX:,}", "include", hint)


def rows_of(select: Selection) -> int:
    """How many rows one row can bring with it, itself included."""
    return 1 + sum(max(include.limit, 1) * rows_of(include.select) for include in select.includes)


def _fields(model: Model, entity: Entity, ask: SelectAsk, anonymous: bool, found: Gatherer) -> tuple[str, ...]:
    """The members to answer. One that this kind of caller never sees is absent, as it is where a role hides it."""
    names, asked = [name for name, _, _ in members(entity)], ask.fields or ()
    for name in asked:
        if name not in names:
            found.add(f"`{entity.name}` has no field `{name[:80]}`", ask.where, did_you_mean(name[:80], names), "SB204")
    return tuple(name for name in names if name in asked and may_see(model, entity, name, anonymous) != FALSE)


def _include(
    model: Model, entity: Entity, name: str, ask: SelectAsk, anonymous: bool, found: Gatherer, path: str
) -> Include | None:
    relation = entity.relation(name)
    if relation is None:
        hint = did_you_mean(name[:80], [r.name for r in entity.relations])
        found.add(f"`{entity.name}` has no relation `{name[:80]}`", ask.where, hint, "SB208")
        return None
    target, path = model.entity(relation.target), f"{path}{name}."
    select = read_selection(model, target, ask, anonymous, found, path)
    if relation.kind == "to_one":
        return Include(name, select)
    order = read_order(target, included_orders(target), ask.sort, f"{path}sort", found)
    size = read_page_size(ask.page_size, INCLUDED_DEFAULT, INCLUDED_MAX, f"{path}page_size", found)
    return Include(name, select, order, size)


# -- writes


def _create(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    body, children = _split(model, entity, asked, found)
    values = read_body(entity, body, writable(entity, create=True), found)
    for name in required(entity):
        if asked.body is None or name not in asked.body:
            found.add("is required", f"/{name}")
    values = {**defaults_of(entity), **values}
    return _write(model, entity, asked, actor, values, found, children)


def _update(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    found = Gatherer(asked.faults)
    body, children = _split(model, entity, asked, found)
    values = read_body(entity, body, writable(entity, create=False), found)
    return _write(model, entity, asked, actor, {**values, "id": read_id(asked)}, found, children)


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
    return _write(model, entity, asked, actor, {"id": read_id(asked)}, Gatherer(asked.faults))


def _action(model: Model, entity: Entity, asked: Asked, actor: Actor, tokens: Tokens) -> Made:
    action = entity.action(asked.target.name)
    assert action is not None  # a door routes only to actions there are
    found = Gatherer(asked.faults)
    values = {f"arg_{name}": value for name, value in read_arguments(action, asked.body or {}, found).items()}
    if action.on == "row":
        values["id"] = read_id(asked)
    # `fields` and `include` speak of the row that is answered.
    answered = model.entity(action.returns_entity) if action.returns_entity else entity
    return _write(model, answered, asked, actor, values, found)


def _write(
    model: Model,
    entity: Entity,
    asked: Asked,
    actor: Actor,
    values: dict[str, Any],
    found: Gatherer,
    children: tuple[Children, ...] = (),
) -> Made:
    select = read_selection(model, entity, asked.select, actor.is_anonymous, found)
    check_rows(1, select, found)
    shape = Shape(
        asked.target,
        actor.is_anonymous,
        select,
        given=frozenset(values) - {"id"},
        faulty=bool(found.faults),
    )
    operation = Operation(shape, actor, values, tuple(found.faults), if_match=asked.if_match, children=children)
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
    values = {"id": read_id(asked)}
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
    operation = Operation(shape, actor, {**values, "id": read_id(asked)}, tuple(found.faults))
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
    select = read_selection(model, entity, asked.select, actor.is_anonymous, found)
    shape = Shape(
        asked.target, actor.is_anonymous, select, given=frozenset({asked.target.field}), faulty=bool(found.faults)
    )
    values = {"id": read_id(asked)}
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
