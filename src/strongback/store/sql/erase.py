"""
Compile an erasure: the statements that find rows that are due, and those that leave nothing of a value in them.

Rows are found in the order of their ids, a batch at a time, and locked until the transaction ends. What is erased is what a value is stored
as, its envelope and its blind index, in the row and in every kept version of it. NULL is left; or where a column must hold something, the
envelope of empty text. An envelope tells its length, so what still holds anything is found without a key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from strongback.crypto.blind_index import blind_index
from strongback.crypto.envelope import EXTRA_BYTES, Context, seal
from strongback.model.entity import ID, Entity
from strongback.model.erasure import DELETION, Erasure
from strongback.model.field import Field
from strongback.predicate.types import DATETIME, TEXT, UUID, Type
from strongback.store.sql.bind import Bound, compile_statement
from strongback.store.sql.kept import keep_versions
from strongback.store.sql.literal import number
from strongback.store.sql.predicate import ACTOR, NOW, Columns, Sql
from strongback.store.sql.target import SqlTarget
from strongback.tables.make import blind_index_column
from strongback.tables.schema import DELETED_AT, VERSION

AFTER: Final = "after"
CUTOFF: Final = "cutoff"
BYTES: Final = Type("bytes")


@dataclass(frozen=True, slots=True)
class Sweep:
    """
    What finds due rows of one table.

    Attributes:
        find: Id, tenant, then for each field whether it is held: the next rows after `after`, locked.
        count: How many there are.
        blank: Erases the fields of one row; None where only kept versions are left of it.
        keep: Keeps what that left as one more version; None where none are kept.
    """

    find: Bound
    count: Bound
    blank: Bound | None = None
    keep: Bound | None = None


@dataclass(frozen=True, slots=True)
class CompiledErasure:
    """
    One rule of one entity.

    Attributes:
        sweeps: Of the rows; then, where history is kept, of the versions of rows that are gone.
        past: Erases the fields in every kept version of one row, and returns a line for each.
        left: What is bound for a row in place of its values, by its tenant and id.
        read_id: What makes an id of a cell.
    """

    entity: Entity
    erasure: Erasure
    sweeps: tuple[Sweep, ...]
    past: Bound | None
    left: Callable[[str, uuid.UUID], Mapping[str, bytes]]
    read_id: Callable[[Any], Any] | None

    def id_of(self, cell: Any) -> uuid.UUID:
        found: uuid.UUID = cell if self.read_id is None else self.read_id(cell)
        return found


def compile_erasure(target: SqlTarget, entity: Entity, erasure: Erasure, batch: int) -> CompiledErasure:
    """
    Compile *erasure* of *entity*.

    Args:
        batch: Rows that are found at a time.
    """
    compiler = _Compiler(target, entity, erasure, batch)
    sweeps = (compiler.rows(), *([compiler.gone()] if entity.history else []))
    past = compiler.past() if entity.history else None
    return CompiledErasure(entity, erasure, sweeps, past, compiler.left, target.dialect.from_driver(UUID))


class _Compiler:
    def __init__(self, target: SqlTarget, entity: Entity, erasure: Erasure, batch: int) -> None:
        self.target, self.entity, self.erasure, self.batch = target, entity, erasure, batch
        self.dialect = target.dialect
        self.logical = target.schema.tables[entity.name]
        self.table = target.tables[entity.name]
        self.history = target.histories[entity.name] if entity.history else None

    # -- which rows

    def rows(self) -> Sweep:
        row = self.table.alias("t")
        held = [self._holds(row.c, field) for field in self.erasure.fields]
        found = self._found(row.c, held).where(self._due(row.c), sa.or_(*held, *self._in_versions(row.c)))
        return Sweep(self._next(found, row), self._count(found), self._blank(), self._keep())

    def gone(self) -> Sweep:
        """Rows of which only versions are left: the last of these says when they are due."""
        assert self.history is not None
        last, other, there = self.history.alias("t"), self.history.alias("other"), self.table.alias("there")
        newest = sa.select(sa.func.max(other.c[VERSION])).where(other.c.id == last.c.id).scalar_subquery()
        row_there = sa.select(number(1)).select_from(there).where(there.c.id == last.c.id).exists()
        held = [part for field in self.erasure.fields for part in self._in_versions(last.c, field)]
        found = self._found(last.c, held).where(last.c[VERSION] == newest, self._due(last.c), ~row_there, sa.or_(*held))
        return Sweep(self._next(found, last), self._count(found))

    def _found(self, columns: Columns, held: Sequence[Sql]) -> Any:
        tenant = columns[self.logical.tenant] if self.logical.tenant else sa.null()
        flags = (self.dialect.truth(each).label(f"f{i}") for i, each in enumerate(held))
        return sa.select(columns[ID.name], tenant.label("tenant"), *flags)

    def _due(self, columns: Columns) -> Sql:
        event = self.erasure.rule.event
        deletion = event == DELETION and self.entity.field(event) is None
        return columns[DELETED_AT if deletion else event] <= self.dialect.parameter(CUTOFF, DATETIME)

    def _holds(self, columns: Columns, field: Field) -> Sql:
        if field.blob is not None:
            return columns[field.name].is_not(None)
        return sa.func.length(columns[field.name]) > number(EXTRA_BYTES)

    def _in_versions(self, columns: Columns, *fields: Field) -> list[Sql]:
        """Whether any kept version of the row holds one of *fields*; nothing where none are kept."""
        if self.history is None:
            return []
        past = self.history.alias("past")
        held = [self._holds(past.c, field) for field in fields or self.erasure.fields]
        return [sa.select(number(1)).select_from(past).where(past.c.id == columns[ID.name], sa.or_(*held)).exists()]

    def _next(self, found: Any, row: sa.FromClause) -> Bound:
        beyond = found.where(row.c.id > self.dialect.parameter(AFTER, UUID)).order_by(row.c.id)
        return self._bound(self.dialect.lock_row(self.dialect.limited(beyond, self.batch), row))

    def _count(self, found: Any) -> Bound:
        return self._bound(sa.select(sa.func.count()).select_from(found.subquery("due")))

    # -- the change

    def _blank(self) -> Bound:
        changes: dict[str, Any] = {**self._blanks(), "updated_at": self.dialect.parameter(NOW, DATETIME)}
        changes[VERSION] = self.table.c[VERSION] + number(1)
        return self._bound(sa.update(self.table).values(changes).where(self._is_row(self.table)), writes=True)

    def _keep(self) -> Bound | None:
        if self.history is None:
            return None
        kept = keep_versions(self.target, self.entity.name, self.table.c, "erase", self._is_row(self.table))
        return self._bound(kept, writes=True)

    def past(self) -> Bound:
        assert self.history is not None
        held = [self._holds(self.history.c, field) for field in self.erasure.fields]
        change = sa.update(self.history).values(self._blanks()).where(self._is_row(self.history), sa.or_(*held))
        return self._bound(change.returning(self.history.c[VERSION]), writes=True)

    def _blanks(self) -> dict[str, Any]:
        """NULL where a column may hold it; otherwise what `left` binds."""
        blanks: dict[str, Any] = {}
        for field in self.erasure.fields:
            for name in self._columns(field):
                type_ = field.type if field.pii is None else BYTES
                blanks[name] = self.dialect.null(type_) if field.type.optional else self.dialect.parameter(name, BYTES)
        return blanks

    def _columns(self, field: Field) -> Iterator[str]:
        yield field.name
        if field.pii is not None and field.pii.lookup is not None:
            yield blind_index_column(field.name)

    def left(self, tenant: str, row: uuid.UUID) -> dict[str, bytes]:
        """Empty text, sealed for the row, and its blind index, for each field that may not be NULL."""
        found: dict[str, bytes] = {}
        keyring, entity = self.target.keyring, str(self.entity.number)
        for field in self.erasure.fields:
            if field.type.optional:
                continue
            place = str(field.number)
            found[field.name] = seal(keyring, b"", Context(tenant, entity, row, place))
            found[blind_index_column(field.name)] = blind_index(keyring, "", entity, place, fold=field.type.fold)
        return found

    def _is_row(self, table: sa.Table) -> Sql:
        return table.c[ID.name] == self.dialect.parameter(ID.name, UUID)

    def _bound(self, query: Any, *, writes: bool = False) -> Bound:
        types = {AFTER: UUID, CUTOFF: DATETIME, NOW: DATETIME, ACTOR: TEXT, ID.name: UUID}
        types |= {name: BYTES for field in self.erasure.fields for name in self._columns(field)}
        return compile_statement(query, self.dialect, types, name="erase", writes=writes)
