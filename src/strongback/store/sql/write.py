"""
Compile a WritePlan to a program: judge, write, answer, in one transaction.

A refused caller leaves nothing behind, and hears of nothing that they may not: all verdicts are read before the write, those on the new row
from the tables as they would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from strongback.model.entity import ID, Entity
from strongback.model.words import kept_words
from strongback.plan.members import member_type
from strongback.plan.shape import Above
from strongback.plan.write import Reference, WritePlan
from strongback.predicate.tree import Expr
from strongback.predicate.types import DATETIME, INT, UUID, Type
from strongback.store.sql.bind import Bound, Encoder, compile_statement
from strongback.store.sql.detach import detachments
from strongback.store.sql.kept import Change, keep_versions
from strongback.store.sql.predicate import NOW, Columns, Overlay, Renderer, Row, Sql
from strongback.store.sql.read import CompiledRead, blind_encoder, compile_read, is_sealed
from strongback.store.sql.target import SqlTarget
from strongback.tables.make import blind_index_column
from strongback.tables.schema import DELETED_AT, TENANT, VERSION, Column, WordsColumn

EXPECTED_VERSION = "_expected_version"
VERSIONS = "_versions"
CHANGES: Mapping[str, Change] = {"create": "create", "update": "update", "delete": "delete", "restore": "restore"}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A member stored as an envelope, and whether it has a blind index beside it."""

    name: str
    field: str
    type: Type
    blind: Encoder | None


@dataclass(frozen=True, slots=True)
class CompiledWrite:
    """
    A write, ready to run.

    Attributes:
        judge: One row of verdicts: there, may, version, tenant, then one flag a reference. No row when there is none.
        write: The change itself.
        foresee: Whether the caller still may, on the row as it would be; asked before the change, so that no refusal of the store (another
            row has this value) comes before it.
        history: Keeps the new version.
        detach: Empty the references to a row that is deleted, before it goes.
        rejudge: The same as *foresee*, on the row as it is when others of the request are written, too.
        probe: Asks the permission alone, when the values are wrong.
        gives_id: Whether the change returns the id that the store gave the new row.
    """

    plan: WritePlan
    judge: Bound
    write: Bound | None
    foresee: Bound | None
    history: Bound | None
    result: CompiledRead | None
    sealed: tuple[Sealed, ...]
    entity_number: str
    detach: tuple[Bound, ...] = ()
    rejudge: Bound | None = None
    gives_id: bool = False


def compile_nested(target: SqlTarget, plan: WritePlan, name: str, above: Above | None) -> CompiledWrite:
    """
    Compile the write of one row among others of one request.

    Args:
        above: The new row it is made with.
    """
    writer = Writer(target, plan, name, above)
    again = writer.rejudge() if plan.kind == "update" else None  # what the others did may decide, too
    return replace(writer.compile(), foresee=None, rejudge=again)


def above_name(level: int, name: str) -> str:
    """What the value *name* of a new row around another is bound as: *level* 1 is the nearest."""
    return f"_up{level}_{name}"


def compile_write(target: SqlTarget, plan: WritePlan, name: str) -> CompiledWrite:
    """Compile *plan*; *name* is the operation's."""
    return Writer(target, plan, name).compile()


def sealed_members(target: SqlTarget, entity: Entity, names: tuple[str, ...]) -> tuple[Sealed, ...]:
    """The encrypted members among *names*."""
    found = []
    for name in names:
        field = entity.field(name)
        if field is not None and field.pii is not None:
            blind = blind_encoder(target, entity, name) if field.pii.lookup else None
            found.append(Sealed(name, str(field.number), field.type, blind))
    return tuple(found)


class Writer:
    def __init__(self, target: SqlTarget, plan: WritePlan, name: str, above: Above | None = None) -> None:
        self.target, self.plan, self.name, self.above = target, plan, name, above
        self.model, self.dialect = target.model, target.dialect
        self.entity = target.model.entity(plan.entity)
        self.table = target.tables[plan.entity]
        self.logical = target.schema.tables[plan.entity]
        # Nobody knows the id of the new row before the store gives it.
        self.gives_id = plan.kind == "create" and self.entity.key_is_generated and not plan.keyed

    def compile(self) -> CompiledWrite:
        plan = self.plan
        result = plan.result
        return CompiledWrite(
            plan=plan,
            judge=self._judge_new() if plan.kind == "create" else self._judge_old(),
            write=self._write(),
            foresee=self._foresee() if plan.rejudge else None,
            history=self._history() if self.logical.history else None,
            result=compile_read(self.target, result, self.name) if result is not None and not result.is_never else None,
            sealed=sealed_members(self.target, self.entity, plan.columns),
            entity_number=str(self.entity.number),
            detach=self._detach() if plan.kind == "delete" else (),
            gives_id=self.gives_id,
        )

    def _bound(self, query: Any, *, writes: bool = False) -> Bound:
        result = () if self.plan.result is None else self.plan.result.all_needs()
        types = {n.name: n.type for n in (*self.plan.needs, *result)} | self.target.context_types
        types |= {ID.name: self.entity.id_type, TENANT: UUID, EXPECTED_VERSION: INT, VERSIONS: INT}
        for member in self.plan.columns:
            if is_sealed(self.entity, member):
                types[member] = Type("bytes")
            types[blind_index_column(member)] = Type("bytes")
        words = {each.name: each.source for each in self._words()}
        encoders: dict[str, Encoder] = {VERSIONS: self.dialect.encode_numbers}
        encoders |= dict.fromkeys(words, lambda text: self.dialect.encode_words(kept_words(text)))
        types |= dict(self._types_above())
        more: dict[str, Any] = {"encoders": encoders, "derived": words, "writes": writes}
        return compile_statement(query, self.dialect, types, name=self.name, **more)

    # -- verdicts

    def _judge_new(self) -> Bound:
        renderer = self.target.renderer()
        new = sa.select(*self._new_columns(renderer)).subquery("new")
        around = self._around()
        above = self._row_above(self.entity, self.above, around)
        may = self._truth(renderer, self.plan.may, Row(self.entity, new.c, above))
        verdicts = [sa.literal_column("1"), may, sa.literal_column("0"), self._tenant(new.c)]
        return self._bound(
            sa.select(*_numbered([*verdicts, *self._references(renderer, new.c, new.c)])).select_from(new, *around)
        )

    def _levels(self) -> Iterator[Above]:
        above = self.above
        while above is not None:
            yield above
            above = above.above

    def _around(self) -> list[sa.Subquery]:
        """The new rows around this one, nearest first, as their values."""
        found = []
        for level, above in enumerate(self._levels(), 1):
            columns = self.target.schema.tables[above.entity].columns
            values = [self._value_above(level, above, column).label(column.name) for column in columns]
            found.append(sa.select(*values).subquery(f"up{level}"))
        return found

    def _value_above(self, level: int, above: Above, column: Column) -> Sql:
        if column.name in ("created_at", "updated_at"):
            return self.dialect.parameter(NOW, DATETIME)
        known = column.role in ("id", "tenant") or (column.name in above.given and not column.sealed)
        return (
            self.dialect.parameter(above_name(level, column.name), column.type)
            if known
            else self.dialect.null(column.type)
        )

    def _types_above(self) -> Iterator[tuple[str, Type]]:
        for level, above in enumerate(self._levels(), 1):
            for column in self.target.schema.tables[above.entity].columns:
                yield above_name(level, column.name), column.type

    def _row_above(self, entity: Entity, above: Above | None, around: Sequence[sa.Subquery]) -> tuple[str, Row] | None:
        if above is None:
            return None
        relation, target = entity.relation_of(above.column), self.model.entity(above.entity)
        assert relation is not None  # it leads to the row around this one
        return relation.name, Row(target, around[0].c, self._row_above(target, above.above, around[1:]))

    def _new_columns(self, renderer: Renderer) -> list[Any]:
        return [self._new_value(renderer, column).label(column.name) for column in self.logical.columns]

    def _new_value(self, renderer: Renderer, column: Column) -> Sql:
        """What *column* will hold, as far as a predicate may ask: ciphertext is never judged."""
        if column.role == "id" and not self.gives_id:
            return self.dialect.parameter(ID.name, self.entity.id_type)
        if column.name in ("created_at", "updated_at"):
            return self.dialect.parameter(NOW, DATETIME)
        if column.role == "tenant":
            return self._path_tenant(renderer)
        if (
            column.role in ("version", "deleted", "blind_index")
            or column.sealed
            or column.name not in self.plan.columns
        ):
            return self.dialect.null(column.type)
        return self.dialect.parameter(column.name, column.type)

    def _path_tenant(self, renderer: Renderer) -> Sql:
        """The tenant at the end of the path, read from the row the first reference points to."""
        first = self.entity.relation(self.entity.tenant[0])
        assert first is not None
        if self.above is not None and first.column == self.above.column:
            return self.dialect.parameter(TENANT, UUID)  # that of the row around it
        if first.column not in self.plan.columns:
            return self.dialect.null(first.held)
        key = self.dialect.parameter(first.column, first.held)
        return renderer.through(key, self.model.entity(first.target), self.entity.tenant[1:])

    def _judge_old(self) -> Bound:
        renderer = self.target.renderer()
        old = renderer.alias(self.entity)
        row = Row(self.entity, old.c)
        there, may = self._truth(renderer, self.plan.read, row), self._truth(renderer, self.plan.may, row)
        if self.plan.kind == "restore":
            there = self._told(there, may, old.c)
        verdicts = [there, may, self._version(old.c), self._tenant(old.c), *self._references(renderer, None, old.c)]
        query = sa.select(*_numbered(verdicts)).select_from(old)
        live = [] if self.plan.kind == "restore" else renderer.live(self.entity, old.c)
        query = query.where(old.c.id == self.dialect.parameter(ID.name, self.entity.id_type), *live)
        return self._bound(self.dialect.lock_row(query, old))

    def _told(self, there: Sql, may: Sql, old: Columns) -> Sql:
        """Whoever may not restore a deleted row is not told that it is there."""
        known = sa.or_(self.dialect.is_true(may), old[DELETED_AT].is_(None))
        return self.dialect.truth(sa.and_(self.dialect.is_true(there), known))

    def _foresee(self) -> Bound:
        table = self.table.alias("t")
        renderer = self.target.renderer(instead={self.entity.name: self._changed_table()})
        may = self._truth(renderer, self.plan.may, Row(self.entity, Overlay(self._given(), table.c)))
        return self._bound(sa.select(may).where(table.c.id == self.dialect.parameter(ID.name, self.entity.id_type)))

    def _changed_table(self) -> sa.CompoundSelect[Any]:
        """The row's own table as it would be, for a predicate that reads its other rows too."""
        others, own, given = self.table.alias("other"), self.table.alias("own"), self._given()
        key = self.dialect.parameter(ID.name, self.entity.id_type)
        changed = (given.get(column.key, column).label(column.key) for column in own.c)
        return sa.union_all(
            sa.select(*(column.label(column.key) for column in others.c)).where(others.c.id != key),
            sa.select(*changed).where(own.c.id == key),
        )

    def rejudge(self) -> Bound:
        """Whether the caller may, on the row as it is."""
        renderer = self.target.renderer()
        now = renderer.alias(self.entity)
        may = self._truth(renderer, self.plan.may, Row(self.entity, now.c))
        return self._bound(sa.select(may).where(now.c.id == self.dialect.parameter(ID.name, self.entity.id_type)))

    def _truth(self, renderer: Renderer, expr: Expr, row: Row) -> Sql:
        return self.dialect.truth(renderer.condition(expr, {"self": row}))

    def _version(self, columns: Columns) -> Sql:
        """The version of a row; NULL in a table that is not ours, where rows have none."""
        return columns[VERSION] if self.entity.managed else sa.null()

    def _tenant(self, columns: Columns) -> Sql:
        return columns[self.logical.tenant] if self.logical.tenant else sa.null()

    def _references(self, renderer: Renderer, new: Columns | None, held: Columns) -> list[Sql]:
        return [self._reference(renderer, reference, new, held) for reference in self.plan.references]

    def _reference(self, renderer: Renderer, reference: Reference, new: Columns | None, held: Columns) -> Sql:
        """Whether the row referred to is there, readable by the caller, and of the same tenant, which is in *held*."""
        entity = self.model.entity(reference.target)
        row = renderer.alias(entity)
        key = (
            new[reference.column]
            if new is not None
            else self.dialect.parameter(reference.column, member_type(self.entity, reference.column))
        )
        where = [row.c.id == key, *renderer.live(entity, row.c)]
        where.append(renderer.condition(reference.readable, {"self": Row(entity, row.c)}))
        where += [row.c[there] == held[here] for here, there in self._tenant_keys(reference)]
        found = sa.select(sa.literal_column("1")).select_from(row).where(*where).correlate_except(row).exists()
        return self.dialect.truth(sa.or_(found, key.is_(None)) if reference.optional else found)

    def _tenant_keys(self, reference: Reference) -> list[tuple[str, str]]:
        """The tenant's column here and there, where both rows have the same kind of tenant; the row that gives it is not asked."""
        gives = self.entity.relation(self.entity.tenant[0]) if self.entity.tenant else None
        if gives is None or gives.column == reference.column:
            return []
        keys = (key for key in self.logical.foreign_keys if key.columns[0] == reference.column)
        return [pair for key in keys for pair in zip(key.columns[1:], key.target_columns[1:], strict=True)]

    # -- the change

    def _write(self) -> Bound | None:
        match self.plan.kind:
            case "create":
                made = sa.insert(self.table).values(self._insert_values())
                if self.gives_id:
                    made = made.returning(self.table.c.id)
                return self._bound(made, writes=True)
            case "delete":
                return self._bound(self._delete(), writes=True)
            case "restore":
                return self._bound(self._restore(), writes=True)
            case _:
                return self._bound(self._update(), writes=True)

    def _insert_values(self) -> dict[str, Sql]:
        now = self.dialect.parameter(NOW, DATETIME)
        values: dict[str, Sql] = {}
        if not self.gives_id:
            values[ID.name] = self.dialect.parameter(ID.name, self.entity.id_type)
        if self.entity.managed:
            values |= {"created_at": now, "updated_at": now, VERSION: sa.literal_column("1")}
        if self.logical.tenant == TENANT:
            values[TENANT] = self.dialect.parameter(TENANT, UUID)
        return values | self._given()

    def _given(self) -> dict[str, Sql]:
        values: dict[str, Sql] = {}
        for column in self.logical.columns:
            if column.name in self.plan.columns:
                values[column.name] = self.dialect.parameter(
                    column.name, Type("bytes") if column.sealed else column.type
                )
            elif column.role == "blind_index" and column.source in self.plan.columns:
                values[column.name] = self.dialect.parameter(column.name, Type("bytes"))
        return values | {each.name: self.dialect.words(each.name) for each in self._words()}

    def _words(self) -> Iterator[WordsColumn]:
        """The columns of words that change with the text they are of."""
        return (each for each in self.logical.words if each.source in self.plan.columns)

    def _update(self) -> Any:
        changes = self._given()
        if self.entity.managed:
            changes["updated_at"] = self.dialect.parameter(NOW, DATETIME)
            changes[VERSION] = self.table.c[VERSION] + sa.literal_column("1")
        elif not changes:
            changes[ID.name] = self.table.c.id  # nothing changes, and the statement still says so of a row
        return self._returning(sa.update(self.table).values(changes).where(self._by_id()))

    def _delete(self) -> Any:
        if not self.logical.soft_delete:
            return self._returning(sa.delete(self.table).where(self._by_id()))
        now = self.dialect.parameter(NOW, DATETIME)
        later = self.table.c[VERSION] + sa.literal_column("1")
        changes: Mapping[str, Any] = {DELETED_AT: now, "updated_at": now, VERSION: later}
        return self._returning(sa.update(self.table).values(changes).where(self._by_id()))

    def _restore(self) -> Any:
        """Returns nothing when the row is not deleted."""
        later = self.table.c[VERSION] + sa.literal_column("1")
        now = self.dialect.parameter(NOW, DATETIME)
        changes: Mapping[str, Any] = {DELETED_AT: self.dialect.null(DATETIME), "updated_at": now, VERSION: later}
        deleted = sa.update(self.table).values(changes).where(self._by_id(), self.table.c[DELETED_AT].is_not(None))
        return deleted.returning(self.table.c.id)

    def _returning(self, change: Any) -> Any:
        """Bind *change* to the version that was read, where the row was not locked; it returns nothing when another came first."""
        if not self.plan.versioned:
            return change
        expected = self.dialect.parameter(EXPECTED_VERSION, INT)
        return change.where(self.table.c[VERSION] == expected).returning(self.table.c.id)

    def _detach(self) -> tuple[Bound, ...]:
        return tuple(self._bound(change, writes=True) for change in detachments(self.target, self.entity))

    def _by_id(self) -> Any:
        return self.table.c.id == self.dialect.parameter(ID.name, self.entity.id_type)

    def _history(self) -> Bound:
        kind = CHANGES[self.plan.kind]
        kept = keep_versions(self.target, self.entity.name, self.table.c, kind, self._by_id())
        return self._bound(kept, writes=True)


def _numbered(values: list[Any]) -> list[Any]:
    return [value.label(f"v{i}") for i, value in enumerate(values)]


__all__ = ["CompiledWrite", "Sealed", "compile_write"]
