"""Read what of a row is to be answered, and of the rows related to it: fields, relations, their order and how many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from strongback.errors import did_you_mean
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.wire import INCLUDES_MAX, included_orders, wire_order
from strongback.plan.actor import Actor
from strongback.plan.asked import SelectAsk, Target
from strongback.plan.body import Gatherer
from strongback.plan.members import members
from strongback.plan.operation import SEEK, token_context
from strongback.plan.page import Tokens
from strongback.plan.permission import may_see
from strongback.plan.reading import read_keys, read_page_size
from strongback.plan.shape import Include, OrderKey, Selection, ends_in_id, list_text, turned
from strongback.predicate.tree import FALSE

DEPTH_MAX = 4
INCLUDED_DEFAULT, INCLUDED_MAX = 20, 100
ROWS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Reading:
    """
    For whom a selection is read, and what comes of it beside.

    Attributes:
        values: Takes the values after which included lists go on.
    """

    actor: Actor
    found: Gatherer
    tokens: Tokens
    values: dict[str, Any]


def read_selection(model: Model, entity: Entity, ask: SelectAsk, reading: Reading, path: str = "") -> Selection:
    """Which members and relations to answer; *path* leads to their entity (`company.jobs.`)."""
    found = reading.found
    fields = None if ask.fields is None else _fields(model, entity, ask, reading)
    if path.count(".") >= DEPTH_MAX and ask.include:
        found.add(f"relations nest at most {DEPTH_MAX} deep", ask.where)
        return Selection(fields)
    if not path and ask.relation_count > INCLUDES_MAX:
        found.add(f"one request may have {INCLUDES_MAX} relations, those of relations included", "include")
        return Selection(fields)
    includes = (_include(model, entity, name, sub, reading, path) for name, sub in ask.include.items())
    order = {name: i for i, name in enumerate(entity.members)}
    known = [include for include in includes if include is not None]
    return Selection(fields, tuple(sorted(known, key=lambda include: order[include.relation])), ask.version)


def check_rows(page: int, select: Selection, found: Gatherer) -> None:
    """Refuse a request that could be answered with more rows than one request may have: pages multiply."""
    rows = page * rows_of(select)
    if rows > ROWS_MAX:
        hint = "ask for smaller pages, or for less at once"
        found.add(f"this could answer {rows:,} rows; one request may have {ROWS_MAX:,}", "include", hint)


def rows_of(select: Selection) -> int:
    """How many rows one row can bring with it, itself included."""
    return 1 + sum(max(include.limit, 1) * rows_of(include.select) for include in select.includes)


def _fields(model: Model, entity: Entity, ask: SelectAsk, reading: Reading) -> tuple[str, ...]:
    """The members to answer. One that this kind of caller never sees is absent, as it is where a role hides it."""
    names, asked, anonymous = [name for name, _, _ in members(entity)], ask.fields or (), reading.actor.is_anonymous
    for name in asked:
        if name not in names:
            message = f"`{entity.name}` has no field `{name[:80]}`"
            reading.found.add(message, ask.where, did_you_mean(name[:80], names), "SB204")
    return tuple(name for name in names if name in asked and may_see(model, entity, name, anonymous) != FALSE)


def _include(model: Model, entity: Entity, name: str, ask: SelectAsk, reading: Reading, path: str) -> Include | None:
    found, relation = reading.found, entity.relation(ask.relation or name)
    if relation is None:
        hint = did_you_mean(name[:80], [r.name for r in entity.relations])
        found.add(f"`{entity.name}` has no relation `{name[:80]}`", ask.where, hint, "SB208")
        return None
    target, path = model.entity(relation.target), f"{path}{name}."
    select = read_selection(model, target, ask, reading, path)
    answered = name if ask.relation else ""
    if relation.kind == "to_one":
        return Include(relation.name, select, name=answered)
    order = read_order(target, included_orders(target), ask.sort, f"{path}sort", found)
    size = read_page_size(ask.page_size, INCLUDED_DEFAULT, INCLUDED_MAX, f"{path}page_size", found)
    include = Include(relation.name, select, turned(order) if ask.backward else order, size + ask.more, answered)
    if not ask.page_token:
        return include
    keys = reading.tokens.read(
        ask.page_token, included_target(entity, relation), included_context(reading.actor, order)
    )
    mark = f"{SEEK}_{len(reading.values)}_"
    seek = read_keys(target, ends_in_id(include.order), keys, mark, reading.values, found, f"{path}page_token")
    return replace(include, seek=seek, mark=mark)


def included_target(entity: Entity, relation: Relation) -> Target:
    """What a page token of an included list is made for; no query is called so."""
    return Target(entity.name, "list", f"{relation.name}.included")


def included_context(actor: Actor, order: tuple[OrderKey, ...]) -> str:
    """What else it is bound to: the caller, and the *order* of the list from its beginning to its end."""
    return token_context(actor, list_text((), order), {})


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
