"""
A derived write as one statement, where the engine can: verdicts, change, history and answer in common table expressions.

Data-modifying expressions share one snapshot and do not see each other (PostgreSQL 16, section 7.8.4). So this form is only for writes
whose judged predicates read no table that is written, the row itself aside; every other write is a transaction of several statements
(`write.py`), and means the same.

    WITH old AS MATERIALIZED (SELECT row, verdicts ... FOR NO KEY UPDATE), wrote AS (UPDATE ... RETURNING), kept AS (INSERT history)
    SELECT verdicts, answer FROM old LEFT JOIN wrote ON true

The lock lets a loser tell a stale version from a refusal, and keeps history without gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from strongback.model.entity import ID
from strongback.plan.write import WritePlan
from strongback.predicate.types import INT
from strongback.store.sql.bind import Bound
from strongback.store.sql.detach import loose_relations
from strongback.store.sql.dialect import Sql
from strongback.store.sql.kept import keep_versions
from strongback.store.sql.metadata import told
from strongback.store.sql.predicate import Overlay, Renderer, Row
from strongback.store.sql.read import Reader
from strongback.store.sql.rows import Layout
from strongback.store.sql.target import SqlTarget
from strongback.store.sql.write import CHANGES, VERSIONS, Sealed, Writer, sealed_members
from strongback.tables.schema import TENANT, VERSION


@dataclass(frozen=True, slots=True)
class SingleWrite:
    """
    A write in one statement.

    Attributes:
        bound: One row: may, may on the new row, version fits, tenant, a flag a reference, readable afterwards, then the answer's cells;
            no row when there is none for this caller.
        answer_at: Where the answer's cells begin.
        gives_id: Whether the last cell is the id that the store gave the new row.
    """

    plan: WritePlan
    bound: Bound
    layout: Layout | None
    answer_at: int
    sealed: tuple[Sealed, ...]
    entity_number: str
    gives_id: bool = False


def compile_single(target: SqlTarget, plan: WritePlan, name: str) -> SingleWrite | None:
    """Compile *plan* to one statement, or say by None that it takes more."""
    if not target.dialect.writes_in_one or plan.is_never or plan.kind == "restore":
        return None
    if plan.kind == "delete" and any(loose_relations(target.model, target.model.entity(plan.entity))):
        return None
    writer = _SingleWriter(target, plan, name)
    sealed = sealed_members(target, writer.entity, plan.columns)
    if sealed and writer.logical.tenant and (plan.kind != "create" or writer.logical.tenant == TENANT):
        return None  # an envelope is bound to the tenant, which only the store knows yet
    return writer.single(sealed)


class _SingleWriter(Writer):
    """One compilation."""

    def single(self, sealed: tuple[Sealed, ...]) -> SingleWrite | None:
        renderer = self.target.renderer()
        judged = self._new(renderer) if self.plan.kind == "create" else self._old(renderer)
        wrote = self._wrote(judged)
        verdicts = [judged.c[f"v{i}"] for i in range(4 + len(self.plan.references))]
        layout, cells = None, []
        if self.plan.result is not None and not self.plan.result.is_never:
            reader = Reader(self.target, self.plan.result, renderer)
            row = Row(self.entity, wrote.c)
            readable = sa.or_(sa.false(), *(renderer.condition(b, {"self": row}) for b in self.plan.result.branches))
            found, layout = reader.cells(self.plan.result, row, from_json=False)
            cells = [self.dialect.truth(readable), *found]
        if self.entity.name in renderer.touched:
            return None
        cells += [wrote.c.id] if self.gives_id else []
        query = sa.select(*_labelled([*verdicts, *cells])).select_from(
            judged.outerjoin(wrote, sa.literal_column("true"))
        )
        if self.logical.history and (self.plan.kind != "delete" or self.entity.soft_delete):
            # The last version of a row that is gone is kept already.
            query = query.add_cte(self._kept(wrote))
        answer_at = len(verdicts) + 1
        number = str(self.entity.number)
        return SingleWrite(self.plan, self._bound(query, writes=True), layout, answer_at, sealed, number, self.gives_id)

    def _new(self, renderer: Renderer) -> Any:
        """The row to be, with its verdicts."""
        new = sa.select(*self._new_columns(renderer)).subquery("new")
        row = Row(self.entity, new.c)
        always: Sql = sa.literal_column("true")
        verdicts = [self._truth(renderer, self.plan.may, row), always, always, self._tenant(new.c)]
        return (
            sa.select(*_labelled([*verdicts, *self._references(renderer, new.c, new.c)])).select_from(new).cte("judged")
        )

    def _old(self, renderer: Renderer) -> Any:
        """The row as it is, locked, with its verdicts; none when the caller may not read it."""
        table = self.table.alias("t")
        row = Row(self.entity, table.c)
        given = Overlay(self._given(), table.c)
        may = self._truth(renderer, self.plan.may, row)
        again = self._truth(renderer, self.plan.may, Row(self.entity, given)) if self.plan.rejudge else may
        # Of a table that others keep no row has a version, so none is any that was asked for.
        version: Sql = table.c[VERSION] if self.entity.managed else self.dialect.null(INT)
        fits = self.dialect.truth(self.dialect.is_any_number(version, VERSIONS))
        verdicts = [may, again, fits, self._tenant(table.c), *self._references(renderer, None, table.c)]
        query = sa.select(table.c.id, *_labelled(verdicts)).where(
            table.c.id == self.dialect.parameter(ID.name, self.entity.id_type),
            renderer.condition(self.plan.read, {"self": row}),
            *renderer.live(self.entity, table.c),
        )
        return self.dialect.lock_row(query, table).cte("judged")

    def _allowed(self, judged: Any) -> list[Sql]:
        flags = [0, 1, 2, *range(4, 4 + len(self.plan.references))]
        return [judged.c[f"v{i}"] for i in flags]

    def _wrote(self, judged: Any) -> Any:
        table, allowed = self.table, self._allowed(judged)
        if self.plan.kind == "create":
            values = self._insert_values()
            if TENANT in values:
                values[TENANT] = judged.c["v3"]
            rows = sa.select(*values.values()).select_from(judged).where(*allowed)
            return sa.insert(table).from_select(list(values), rows).returning(*told(table)).cte("wrote")
        change = self._update() if self.plan.kind == "update" else self._delete()
        return change.where(table.c.id == judged.c.id, *allowed).returning(*told(table)).cte("wrote")

    def _kept(self, wrote: Any) -> Any:
        return keep_versions(self.target, self.entity.name, wrote.c, CHANGES[self.plan.kind]).cte("kept")


def _labelled(values: Sequence[Any]) -> list[Any]:
    return [value.label(f"v{i}") for i, value in enumerate(values)]
