"""Read the filters of a list: members it offers, their operators, and typed values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from strongback.errors import UnknownField
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import filter_operators, filtered
from strongback.plan.asked import FilterAsk
from strongback.plan.body import Gatherer
from strongback.plan.members import member_type
from strongback.plan.shape import Filter
from strongback.plan.telling import telling
from strongback.predicate.types import Type

FILTERS_MAX = 32
IN_MAX = 100


def read_filters(
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
    if len(found.faults) > before:
        return None
    if ask.op == "eq" and ask.member in telling(entity):
        return Filter(ask.member, "eq", value=values[names[0]])
    return Filter(ask.member, ask.op, names)
