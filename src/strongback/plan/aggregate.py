"""What an aggregate will do: which rows count, by what they are grouped, what is measured of each group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from strongback.errors import did_you_mean
from strongback.model.aggregate import COUNT, GROUP_BY, MEASURES, Function, functions_of, grouped
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.plan.members import member_type
from strongback.plan.permission import may_see
from strongback.plan.read import ReadPlan, plan_rows
from strongback.plan.shape import OrderKey, Shape
from strongback.predicate.tree import TRUE, Expr
from strongback.predicate.types import Type

Measure = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """*function* of the field *member*; a row counts for it where *visible* holds."""

    function: Function
    member: str
    type: Type
    visible: Expr = TRUE


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """
    What to count.

    Attributes:
        rows: Which rows count: its order is that of the groups, and its limit theirs. No member of it is answered.
        counted: Whether the number of rows is asked.
    """

    rows: ReadPlan
    measures: tuple[Measured, ...]
    counted: bool

    @property
    def is_never(self) -> bool:
        return self.rows.is_never


def plan_aggregate(model: Model, shape: Shape, page: int) -> AggregatePlan:
    """Plan the groups of a page; without groups one of all rows."""
    entity = model.entity(shape.target.entity)
    rows = plan_rows(model, shape, limit=page + 1)
    measures = tuple(
        Measured(function, member, member_type(entity, member), may_see(model, entity, member, shape.anonymous))  # type: ignore[arg-type]  # read by `read_measures`
        for function, member in shape.measures
        if function != COUNT
    )
    return AggregatePlan(rows, measures, any(function == COUNT for function, _ in shape.measures))


def read_groups(entity: Entity, query: Query, asked: tuple[str, ...], found: Any) -> tuple[OrderKey, ...]:
    """The groups that are asked, in the order in which they are named."""
    known = grouped(entity, query.group)
    for name in asked:
        if name not in known or asked.count(name) > 1:
            found.add(f"cannot group by `{name[:80]}`", GROUP_BY, did_you_mean(name[:80], known), "SB223")
            return ()
    return tuple(OrderKey(name) for name in asked)


def read_measures(entity: Entity, query: Query, asked: tuple[str, ...], found: Any) -> tuple[Measure, ...]:
    """The measures that are asked, each once; the count when none is."""
    known = list(_known(entity, query))
    made: dict[Measure, None] = {}
    for text in asked or (COUNT,):
        if text not in known:
            found.add(f"there is no measure `{text[:80]}`", MEASURES, did_you_mean(text[:80], known), "SB223")
            continue
        function, _, member = text.partition(".")
        made[function, member] = None
    return tuple(made)


def _known(entity: Entity, query: Query) -> Iterator[str]:
    yield COUNT
    for name in query.measure:
        yield from (f"{function}.{name}" for function in functions_of(member_type(entity, name)))
