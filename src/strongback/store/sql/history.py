"""
Compile a HistoryPlan: versions from the history table, joined to the row as it is now.

One statement, permission included, on both rows. Only when it finds nothing, a second one says why: no row for this caller, no permission,
or no further versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from strongback.model.entity import ID
from strongback.plan.history import AS_OF, SEEK, HistoryPlan
from strongback.predicate.tree import Expr
from strongback.predicate.types import DATETIME, INT, TEXT, Type
from strongback.store.sql.bind import Bound, compile_statement
from strongback.store.sql.predicate import Row, Sql
from strongback.store.sql.read import Reader
from strongback.store.sql.rows import Decoder, Layout
from strongback.store.sql.target import SqlTarget
from strongback.tables.schema import BY, CHANGE, DELETED_AT, VERSION


class Version(msgspec.Struct, frozen=True, gc=False):
    """
    One version of a row, in wire form.

    Attributes:
        change: What made it: `create`, `update`, `delete`, `restore` or `erase`.
        by: The id of the caller's row; None when nobody with a row did it, or it was not noted yet.
    """

    version: int
    at: Any
    change: str
    by: Any
    row: Any


@dataclass(frozen=True, slots=True)
class CompiledHistory:
    """
    A read of versions, ready to run.

    Attributes:
        judge: Readable, and allowed, of the row as it is now; no row when there is none.
        head: What makes wire form of version, time, change and author; then the row's own cells follow.
    """

    entity: str
    page: Bound
    judge: Bound
    layout: Layout
    head: tuple[Decoder | None, ...]
    limit: int

    def version(self, row: Sequence[Any]) -> Version:
        pairs = zip(self.head, row, strict=False)
        number, at, change, by = (_read(decode, cell) for decode, cell in pairs)
        return Version(number, at, change, by, self.layout.answer(row[len(self.head) :]))


def _read(decode: Decoder | None, cell: Any) -> Any:
    return cell if decode is None or cell is None else decode(cell)


def compile_history(target: SqlTarget, plan: HistoryPlan, name: str) -> CompiledHistory:
    """Compile *plan* for the store of *target*; *name* is the operation's."""
    return _History(target, plan, name).compile()


class _History:
    """One compilation: the row as it is now, and then."""

    def __init__(self, target: SqlTarget, plan: HistoryPlan, name: str) -> None:
        self.target, self.plan, self.name = target, plan, name
        self.dialect = target.dialect
        self.entity = target.model.entity(plan.version.entity)
        self.then = target.histories[self.entity.name].alias("then_row")

    def compile(self) -> CompiledHistory:
        reader = Reader(self.target, self.plan.version)
        now = reader.renderer.alias(self.entity)
        row, earlier = Row(self.entity, now.c), Row(self.entity, self.then.c)
        cells, layout = reader.cells(self.plan.version, earlier, from_json=False, also=row)
        head = {"version": INT, "at": DATETIME, "change": TEXT, "by": self.target.schema.tables[self.entity.name].by}
        query = sa.select(*self._head(), *(cell.label(f"c{i}") for i, cell in enumerate(cells))).select_from(now)
        query = query.join(self.then, self.then.c.id == now.c.id)
        allowed = [reader.renderer.condition(self.plan.may, {"self": each}) for each in self._judged(row, earlier)]
        query = query.where(self._is_row(now), *reader.renderer.live(self.entity, now.c), *allowed, *self._which())
        if self.plan.limit:
            query = self.dialect.limited(query.order_by(self.then.c[VERSION].desc()), self.plan.limit)
        decoders = tuple(self.dialect.decoder(type_) for type_ in head.values())
        return CompiledHistory(self.entity.name, self._bound(query), self._judge(), layout, decoders, self.plan.limit)

    def _judged(self, now: Row, then: Row) -> tuple[Row, ...]:
        """The rows that the permission has to hold on."""
        return now, then

    def _head(self) -> list[Any]:
        """Number, time, change and author of a version. Those from before changes were noted tell it by what they are."""
        columns = self.then.c
        words = {word: self.dialect.constant(word, TEXT) for word in ("create", "update", "delete")}
        ends = [(columns[DELETED_AT].is_not(None), words["delete"])] if self.entity.soft_delete else []
        begins = (columns[VERSION] == sa.literal_column("1"), words["create"])
        change = sa.func.coalesce(columns[CHANGE], sa.case(*ends, begins, else_=words["update"]))
        head = [columns[VERSION], columns["updated_at"], change, columns[BY]]
        return [cell.label(f"h{i}") for i, cell in enumerate(head)]

    def _which(self) -> list[Sql]:
        """Which versions: before one, or the last one that was there at a time, and no end of a row."""
        if self.plan.limit:
            before = self.dialect.parameter(SEEK, INT)
            return [self.then.c[VERSION] < before] if self.plan.goes_on else []
        versions = self.target.histories[self.entity.name].alias("versions")
        by_then = versions.c["updated_at"] <= self.dialect.parameter(AS_OF, DATETIME)
        last = sa.select(sa.func.max(versions.c[VERSION])).where(self._is_row(versions), by_then).scalar_subquery()
        ended = [self.then.c[DELETED_AT].is_(None)] if self.entity.soft_delete else []
        return [self.then.c[VERSION] == last, *ended]

    def _judge(self) -> Bound:
        renderer = self.target.renderer()
        now = renderer.alias(self.entity)

        def truth(expr: Expr) -> Any:
            return self.dialect.truth(renderer.condition(expr, {"self": Row(self.entity, now.c)}))

        query = sa.select(truth(self.plan.read).label("there"), truth(self.plan.may).label("may")).select_from(now)
        return self._bound(query.where(self._is_row(now), *renderer.live(self.entity, now.c)))

    def _is_row(self, table: sa.FromClause) -> Sql:
        return table.c[ID.name] == self.dialect.parameter(ID.name, self.entity.id_type)

    def _bound(self, query: Any) -> Bound:
        types: Mapping[str, Type] = {need.name: need.type for need in self.plan.version.needs}
        return compile_statement(query, self.dialect, {**types, **self.target.context_types}, name=self.name)
