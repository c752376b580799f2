"""Read what of a row is to be answered, and of the rows related to it: fields, relations, their order and how many."""

from __future__ import annotations

from strongback.errors import did_you_mean
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.wire import INCLUDES_MAX, included_orders, wire_order
from strongback.plan.asked import SelectAsk
from strongback.plan.body import Gatherer
from strongback.plan.permission import may_see
from strongback.plan.read import members
from strongback.plan.reading import read_page_size
from strongback.plan.shape import Include, OrderKey, Selection
from strongback.predicate.tree import FALSE

DEPTH_MAX = 4
INCLUDED_DEFAULT, INCLUDED_MAX = 20, 100
ROWS_MAX = 10_000


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
