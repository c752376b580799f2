"""What a filter asks of a row, and what it binds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import filtered
from strongback.plan.members import member_path, member_type
from strongback.plan.permission import may_read, may_see
from strongback.plan.shape import Filter
from strongback.predicate.normal import simplify, substitute
from strongback.predicate.tree import Compare, Const, Exists, Expr, In, IsNone, Operator, Param, Path, both
from strongback.predicate.types import Type

BEHIND = "behind"
OPERATORS: dict[str, Operator] = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True, slots=True)
class Need:
    """A value the request binds. *blind* names the field whose blind index is meant, instead of the value itself."""

    name: str
    type: Type
    blind: str = ""


def filter_condition(model: Model, entity: Entity, asked: Filter, anonymous: bool) -> Expr:
    """
    The condition of one filter. A row whose hidden field the caller may not see never matches, whatever the operator says; a missing
    value makes every comparison false.
    """
    of = filtered(model, entity, asked.member)
    condition = _condition(model, of.entity, replace(asked, member=of.member), anonymous)
    if not of.relation:
        return condition
    # Of many rows, one that the caller may read; what they may not read never makes a row appear.
    behind = both(may_read(model, of.entity, anonymous), condition)
    return simplify(Exists(BEHIND, Path("self", (of.relation,)), substitute(behind, "self", Path(BEHIND))))


def _condition(model: Model, entity: Entity, asked: Filter, anonymous: bool) -> Expr:
    path = member_path(entity, asked.member)
    type_ = member_type(entity, asked.member)
    params = tuple(Param(name, type_) for name in asked.params)
    visible = may_see(model, entity, asked.member, anonymous)
    if asked.value is not None:
        return both(visible, Compare("==", path, Const(asked.value, type_)))
    match asked.op:
        case "null":
            return both(visible, IsNone(path, asked.negated))
        case "in":
            return both(visible, In(path, params))
        case "ne":
            return both(visible, IsNone(path, negated=True), Compare("!=", path, params[0]))
        case op:
            return both(visible, Compare(OPERATORS[op], path, params[0]))


def filter_needs(model: Model, entity: Entity, filters: tuple[Filter, ...]) -> Iterator[Need]:
    """The values that *filters* bind."""
    for asked in filters:
        of = filtered(model, entity, asked.member)
        field = of.entity.field(of.member)
        blind = of.member if field is not None and field.pii is not None else ""
        for name in asked.params:
            yield Need(name, member_type(of.entity, of.member), blind)
