"""
Compile an AggregatePlan: one statement that groups the rows the caller may read, and what turns its rows into answers.

A row is counted once however many roles let its reader in: the permission is one condition, no union of scans. Sums come exact: of
integers SQLite adds the high and the low halves apart, since its own sum of 64 bits overflows. An average is the sum divided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import sqlalchemy as sa

from strongback.model.aggregate import average_scale
from strongback.plan.aggregate import AggregatePlan, Measured
from strongback.plan.members import member_type
from strongback.plan.page import beyond
from strongback.predicate.tree import TRUE, Or, both
from strongback.store.sql.bind import Bound, compile_statement
from strongback.store.sql.predicate import Row, Sql
from strongback.store.sql.read import Reader
from strongback.store.sql.target import SqlTarget
from strongback.store.sql.wire import decimal_text

_EXACT = Context(prec=200, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Told:
    """One measure: where its cells begin, and what makes them a value."""

    measured: Measured
    at: int
    cells: int
    read: Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class CompiledAggregate:
    """
    An aggregate, ready to run.

    Attributes:
        groups: Wire name and reader of each key, whose cells come first.
        count_at: Place of the number of rows; None when not asked.
    """

    page: Bound
    groups: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    count_at: int | None
    measures: tuple[Told, ...]
    limit: int

    def keys(self, row: Sequence[Any]) -> list[Any]:
        """The keys of a group in wire form."""
        pairs = zip(row, self.groups, strict=False)
        return [value if value is None or read is None else read(value) for value, (_, read) in pairs]

    def answer(self, row: Sequence[Any]) -> dict[str, Any]:
        """A group as it is answered."""
        answer: dict[str, Any] = dict(zip((name for name, _ in self.groups), self.keys(row), strict=True))
        if self.count_at is not None:
            answer["count"] = row[self.count_at]
        for told in self.measures:
            of = answer.setdefault(told.measured.function, {})
            of[told.measured.member] = told.read(row[told.at : told.at + told.cells])
        return answer


def compile_aggregate(target: SqlTarget, plan: AggregatePlan, name: str) -> CompiledAggregate:
    """Compile *plan*; *name* is the operation's."""
    return _Compilation(target, plan).compile(name)


class _Compilation(Reader):
    def __init__(self, target: SqlTarget, plan: AggregatePlan) -> None:
        super().__init__(target, plan.rows)
        self.asked = plan

    def compile(self, name: str) -> CompiledAggregate:  # type: ignore[override]  # another kind of answer
        plan, entity = self.plan, self.model.entity(self.plan.entity)
        alias = self.renderer.alias(entity)
        row = Row(entity, alias.c)
        keys: list[Sql] = [alias.c[key.member] for key in plan.order]
        cells, count_at = list(keys), None
        if self.asked.counted:
            count_at = len(cells)
            cells.append(sa.func.count())
        told = [self._measure(each, row, cells) for each in self.asked.measures]
        seek = Or(tuple(beyond(entity, plan.order, plan.seek))) if plan.order and plan.seek is not None else TRUE
        where = self.renderer.condition(both(plan.where, seek, Or(plan.branches)), {"self": row})
        cells = cells or [sa.func.count()]
        query = sa.select(*(cell.label(f"c{i}") for i, cell in enumerate(cells))).select_from(alias)
        query = query.where(where, *self.renderer.live(entity, alias.c), *self._searched(entity, alias.c))
        if keys:
            query = query.group_by(*keys).order_by(*self.order(entity, plan.order, alias.c))
            query = self.dialect.limited(query, plan.limit)
        page = compile_statement(query, self.dialect, self._types(), name=name, encoders=self._encoders())
        groups = tuple((key.member, self.dialect.decoder(member_type(entity, key.member))) for key in plan.order)
        return CompiledAggregate(page, groups, count_at, tuple(told), plan.limit)

    def _measure(self, measured: Measured, row: Row, cells: list[Sql]) -> Told:
        """Put the cells of *measured* to *cells*; a value that the caller may not see is none."""
        value: Sql = row.columns[measured.member]
        if measured.visible != TRUE:
            value = sa.case((self.renderer.condition(measured.visible, {"self": row}), value))
        at, type_ = len(cells), measured.type
        match measured.function:
            case "min" | "max":
                cells.append(getattr(sa.func, measured.function)(value))
                read: Callable[[Sequence[Any]], Any] = _one(self.dialect.decoder(type_))
            case _:
                cells += [*self.dialect.sums(value), sa.func.count(value)]
                read = self._sum(measured)
        return Told(measured, at, len(cells) - at, read)

    def _sum(self, measured: Measured) -> Callable[[Sequence[Any]], Any]:
        type_, total = measured.type, self.dialect.total
        scale = type_.scale or 0 if type_.kind == "decimal" else 0

        def read(cells: Sequence[Any]) -> Any:
            *parts, count = cells
            if not count:
                return None
            whole = total(parts, scale)
            if measured.function == "sum":
                return decimal_text(whole)
            exact = _EXACT.divide(whole, Decimal(count))
            return decimal_text(exact.quantize(Decimal(1).scaleb(-average_scale(type_)), context=_EXACT))

        return read


def _one(decode: Callable[[Any], Any] | None) -> Callable[[Sequence[Any]], Any]:
    return lambda cells: cells[0] if decode is None or cells[0] is None else decode(cells[0])
