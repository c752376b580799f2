"""Which rows a ReadPlan is about, as one ordered, limited scan for each way to be allowed, merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from strongback.model.entity import Entity
from strongback.plan.members import member_type
from strongback.plan.page import beyond
from strongback.plan.read import ReadPlan
from strongback.plan.shape import ASKED, OrderKey
from strongback.predicate.normal import negation_normal
from strongback.predicate.tree import FALSE, Expr, Not, Or, both
from strongback.store.sql.dialect import Query
from strongback.store.sql.literal import number
from strongback.store.sql.metadata import told
from strongback.store.sql.predicate import Columns, Renderer, Row, Sql
from strongback.store.sql.target import SqlTarget
from strongback.tables.schema import DELETED_AT

# So many rows are read and sorted in a few milliseconds. Where more have the words, a page is full soon in any order.
FEW: Final = 2_000


class Finder:
    """One compilation: the renderer of the statement and its numbering, and the rows it finds."""

    def __init__(self, target: SqlTarget, plan: ReadPlan, renderer: Renderer | None = None) -> None:
        self.target = target
        self.model = target.model
        self.plan = plan
        self.dialect = target.dialect
        blind = frozenset(need.name for need in plan.needs if need.blind)
        self.renderer = renderer or target.renderer(blind)
        self._counted: sa.CTE | None = None

    def _searched(self, entity: Entity, columns: Columns) -> list[Sql]:
        """The condition that a row has the words asked for, where a search is asked."""
        if not self.plan.text:
            return []
        search = self.target.schema.tables[entity.name].searches[self.plan.text]
        return [self.dialect.has_words(search, columns, ASKED)]

    def _rows(self, entity: Entity) -> Any:
        """The rows of the answer: one ordered, limited scan for each way to be allowed, merged."""
        scans = [scan for condition in self._scan_conditions(entity) for scan in self._ways(entity, condition)]
        if len(scans) == 1:
            return scans[0].subquery("page")
        merged = sa.union_all(*(sa.select(scan.subquery()) for scan in scans)).subquery("scans")
        ordered = sa.select(merged).order_by(*self.order(entity, self.plan.order, merged.c))
        return self.dialect.limited(ordered, self.plan.limit).subquery("page")

    def _scan_conditions(self, entity: Entity) -> list[Expr]:
        plan = self.plan
        if not plan.order:
            return [both(plan.where, Or(plan.branches))]
        seeks = beyond(entity, plan.order, plan.seek)
        return [both(plan.where, seek, branch) for branch in disjoint(plan.branches) for seek in seeks] or [FALSE]

    def _ways(self, entity: Entity, condition: Expr) -> list[Query]:
        """The scans that find the rows of one way to be allowed: one, or of a search two, of which the store runs one."""
        if not self.plan.text:
            return [self._ordered_scan(entity, self._scan(entity, condition))]
        if not self.dialect.walks_orders:
            return [self._sorted_scan(entity, self._scan(entity, condition))]
        few = self._few(entity)
        return [
            self._sorted_scan(entity, self._scan(entity, condition).where(few)),
            self._ordered_scan(entity, self._scan(entity, condition).where(sa.not_(few))),
        ]

    def _scan(self, entity: Entity, condition: Expr) -> Query:
        row = self.renderer.alias(entity)
        where = self.renderer.condition(condition, {"self": Row(entity, row.c)})
        there = self._there(self.renderer, entity, row.c)
        return sa.select(*told(row)).where(where, *there, *self._searched(entity, row.c))

    def _ordered_scan(self, entity: Entity, scan: Query) -> Query:
        """The first rows of *scan*, which the store may find by going through an index in their order."""
        if not self.plan.order:
            return scan
        ordered = scan.order_by(*self.order(entity, self.plan.order, scan.exported_columns))
        return self.dialect.limited(ordered, self.plan.limit)

    def _sorted_scan(self, entity: Entity, scan: Query) -> Query:
        """The first rows of *scan*, all of which are found by other means than their order, and then put in it."""
        if not self.plan.order:
            return scan
        found = self.dialect.fenced(scan, "found")
        ordered = sa.select(found).order_by(*self.order(entity, self.plan.order, found.c))
        return self.dialect.limited(ordered, self.plan.limit)

    def _few(self, entity: Entity) -> Sql:
        """
        Whether no more than `FEW` rows have the words, whoever may read them.

        PostgreSQL takes any beginning of a word for one that half of a percent of all rows have. It would look for the twelve rows of a
        rare one by going through the whole table in the order that was asked for, up to a page that never fills. As the rows with the
        words stand in a list of their own, no limit around it tells the planner to do so; it is read only as far as it has to be.
        """
        if self._counted is None:
            row = self.renderer.alias(entity)
            where = [*self._there(self.renderer, entity, row.c), *self._searched(entity, row.c)]
            hits = sa.select(number(1).label("hit")).select_from(row).where(*where).cte("hits")
            read = self.dialect.limited(sa.select(hits.prefix_with("MATERIALIZED").c.hit), FEW + 1).subquery("seen")
            self._counted = sa.select((sa.func.count() <= number(FEW)).label("few")).select_from(read).cte("counted")
        return sa.select(self._counted.c.few).scalar_subquery()

    def _there(self, renderer: Renderer, entity: Entity, columns: Columns) -> list[Sql]:
        """That a row is not deleted, or where deleted ones are read, that it is."""
        return [columns[DELETED_AT].is_not(None)] if self.plan.deleted else renderer.live(entity, columns)

    def order(self, entity: Entity, order: Sequence[OrderKey], columns: Columns) -> list[Any]:
        """NULLs first ascending, last descending, in the words of the index: so one index serves both ways."""
        return [self._ordered(entity, key, columns[key.member]) for key in order]

    def _ordered(self, entity: Entity, key: OrderKey, value: Sql) -> Any:
        null = member_type(entity, key.member).optional
        return self.dialect.ordered(self.renderer.comparable(entity, key.member, value), key.descending, null)


def disjoint(ways: Sequence[Expr]) -> list[Expr]:
    """Make *ways* to be allowed exclude each other, so that a row found by two of them is answered once."""
    return [both(way, *(negation_normal(Not(earlier)) for earlier in ways[:i])) for i, way in enumerate(ways)]
