"""
Statements that load whole rows for an action, and save what it did to them.

They are compiled once an entity (and set of changed columns) and kept: how many rows an action touches never changes what is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from strongback.crypto.envelope import Context, unseal
from strongback.model.entity import SYSTEM_FIELDS, Entity
from strongback.model.field import Field
from strongback.model.key import Id
from strongback.plan.filters import Need
from strongback.plan.members import member_type
from strongback.plan.stored_json import typed_json
from strongback.plan.write import WritePlan, stored_names
from strongback.predicate.tree import TRUE, Expr
from strongback.predicate.types import TEXT, Type
from strongback.predicate.types import UUID as UUID_TYPE
from strongback.store.sql.bind import Bound, compile_statement
from strongback.store.sql.predicate import ACTOR, Renderer, Row
from strongback.store.sql.read import blind_encoder, is_sealed
from strongback.store.sql.target import SqlTarget
from strongback.store.sql.write import CompiledWrite, compile_write
from strongback.store.store import Row as StoreRow
from strongback.tables.make import blind_index_column
from strongback.tables.schema import VERSION, Column

T = TypeVar("T")
IDS = "_ids"


@dataclass(frozen=True, slots=True)
class Stored:
    """
    A whole row.

    Attributes:
        values: Python values by column name, encrypted ones opened.
        tenant: The tenant's id; None for a global entity.
    """

    entity: str
    id: Id
    version: int
    tenant: Id | None
    values: Mapping[str, Any]


class Objects:
    """The statements of one target, made when first needed."""

    def __init__(self, target: SqlTarget) -> None:
        self.target = target
        self._kept: dict[tuple[object, ...], Any] = {}

    def _once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    # -- loading

    def judged(self, entity: Entity, read: Expr, may: Expr, name: str) -> Bound:
        """One row by id, locked, behind two verdicts: readable, and allowed."""
        return self._once(("judged", entity.name, name, read, may), lambda: self._judged(entity, read, may, name))

    def _judged(self, entity: Entity, read: Expr, may: Expr, name: str) -> Bound:
        renderer = self.target.renderer()
        row = renderer.alias(entity)
        scope = {"self": Row(entity, row.c)}
        truth = self.target.dialect.truth
        verdicts = [truth(renderer.condition(e, scope)).label(f"v{i}") for i, e in enumerate((read, may))]
        query = sa.select(*verdicts, *self._columns(entity, row)).select_from(row)
        query = query.where(row.c.id == self._id(entity), *renderer.live(entity, row.c))
        return self._compile(self.target.dialect.lock_row(query, row), name, entity.id_type)

    def allowed(self, entity: Entity, may: Expr, name: str) -> Bound:
        """Whether the caller may run an action where there is no row yet."""

        def make() -> Bound:
            renderer = self.target.renderer()
            return self._compile(sa.select(self.target.dialect.truth(renderer.condition(may, {}))), name)

        return self._once(("allowed", entity.name, name, may), make)

    def by_ids(self, entity: Entity, name: str) -> Bound:
        """Rows by their ids."""

        def condition(row: sa.FromClause) -> list[Any]:
            return [self.target.dialect.in_values(row.c.id, IDS, entity.id_type)]

        return self._once(("ids", entity.name), lambda: self._rows(entity, name, condition, live=False))

    def tenant(self, entity: Entity, name: str) -> Bound | None:
        """The tenant of one row by id, deleted or not; None for a global entity."""
        column = self.target.schema.tables[entity.name].tenant
        if not column:
            return None

        def make() -> Bound:
            row = self.target.tables[entity.name]
            return self._compile(sa.select(row.c[column]).where(row.c.id == self._id(entity)), name, entity.id_type)

        return self._once(("tenant", entity.name), make)

    def tenant_in(self, row: StoreRow) -> UUID | None:
        """The tenant in the first cell of *row*."""
        decode = self.target.dialect.from_driver(UUID_TYPE)
        found: UUID | None = row[0] if decode is None or row[0] is None else decode(row[0])
        return found

    def locked(self, entity: Entity, name: str) -> Bound:
        """One row by its id, locked."""

        def make() -> Bound:
            row = self.target.renderer().alias(entity)
            query = sa.select(*self._columns(entity, row)).where(row.c.id == self._id(entity))
            return self._compile(self.target.dialect.lock_row(query, row), name, entity.id_type)

        return self._once(("locked", entity.name), make)

    def files(self, entity: Entity, name: str, *, history: bool) -> Bound:
        """Ids, tenants and files of rows by their ids, deleted ones among them; with *history* of their kept versions."""

        def make() -> Bound:
            tables = self.target.histories if history else self.target.tables
            row = tables[entity.name]
            tenant = self.target.schema.tables[entity.name].tenant
            columns = [row.c[tenant] if tenant else sa.null(), *(row.c[field.name] for field in entity.blobs())]
            query = sa.select(row.c.id, *columns).where(self.target.dialect.in_values(row.c.id, IDS, entity.id_type))
            return self._compile(query, name)

        return self._once(("files", entity.name, history), make)

    def files_of(
        self, entity: Entity, rows: Iterable[StoreRow]
    ) -> Iterator[tuple[Any, list[tuple[Field, Mapping[str, Any]]]]]:
        """What rows of `files` hold: the id, and each field that holds a file with what is known of it."""
        decode_id = self.target.dialect.from_driver(entity.id_type)
        fields = [(field, self._file_reader(entity, field)) for field in entity.blobs()]
        for row in rows:
            id_ = row[0] if decode_id is None else decode_id(row[0])
            tenant = self.tenant_in(row[1:])
            cells = zip(fields, row[2:], strict=True)
            yield id_, [(field, read(cell, id_, tenant)) for (field, read), cell in cells if cell is not None]

    def _file_reader(self, entity: Entity, field: Field) -> Callable[[Any, UUID, UUID | None], Mapping[str, Any]]:
        """Reads what a cell says of a file, which is sealed where the file is personal."""
        if field.pii is not None:
            return lambda cell, id_, tenant: unsealed(self.target, entity, field, cell, id_, tenant)
        decode = self.target.dialect.from_driver(field.type)
        return lambda cell, id_, tenant: cell if decode is None else decode(cell)

    def by_reference(self, entity: Entity, column: str, name: str) -> Bound:
        """Rows whose reference *column* is among the ids."""

        def condition(row: sa.FromClause) -> list[Any]:
            return [self.target.dialect.in_values(row.c[column], IDS, member_type(entity, column))]

        return self._once(("reference", entity.name, column), lambda: self._rows(entity, name, condition))

    def below(self, entity: Entity, column: str, read: Expr, limit: int, name: str) -> Bound:
        """The first *limit* rows whose reference *column* is one id, and which satisfy *read*, locked."""

        def make() -> Bound:
            renderer = self.target.renderer()
            row = renderer.alias(entity)
            where = [
                row.c[column] == self.target.dialect.parameter("id", member_type(entity, column)),
                renderer.condition(read, {"self": Row(entity, row.c)}),
            ]
            query = sa.select(*self._columns(entity, row)).where(*where, *renderer.live(entity, row.c))
            ordered = self.target.dialect.limited(query.order_by(row.c.id), limit)
            return self._compile(self.target.dialect.lock_row(ordered, row), name, member_type(entity, column))

        return self._once(("below", entity.name, column, read, limit), make)

    def by_values(self, entity: Entity, names: tuple[str, ...], nulls: frozenset[str], read: Expr, name: str) -> Bound:
        """
        Rows whose members equal given values, and which satisfy *read*.

        Raises:
            TypeError: A member is none the store can compare.
        """

        def make() -> Bound:
            renderer = self.target.renderer()
            row = renderer.alias(entity)
            equal = [self._equal(entity, row, n, null=n in nulls) for n in names]
            where = [*equal, renderer.condition(read, {"self": Row(entity, row.c)}), *renderer.live(entity, row.c)]
            query = sa.select(*self._columns(entity, row)).where(*where).order_by(row.c.id)
            types = {n: member_type(entity, n) for n in names} | self.target.context_types
            blind = {n: blind_encoder(self.target, entity, n) for n in names if is_sealed(entity, n)}
            return compile_statement(query, self.target.dialect, types, name=name, encoders=blind)

        return self._once(("values", entity.name, names, nulls, read), make)

    def _equal(self, entity: Entity, row: sa.FromClause, name: str, *, null: bool) -> Any:
        if name not in (*(field.name for field in SYSTEM_FIELDS if entity.field(field.name)), *stored_names(entity)):
            raise TypeError(f"`{entity.name}` has no stored member `{name}` to find rows by")
        if null:
            return row.c[name].is_(None)
        if not is_sealed(entity, name):
            return row.c[name] == self.target.dialect.parameter(name, member_type(entity, name))
        if blind_index_column(name) not in row.c:
            raise TypeError(f'`{entity.name}.{name}` is encrypted: say `lookup="exact"` to find rows by it')
        return row.c[blind_index_column(name)] == self.target.dialect.parameter(name, Type("bytes"))

    def readable(self, entity: Entity, read: Expr, name: str) -> Bound:
        """Which of the ids are of rows that satisfy *read*: the ids alone."""

        def make() -> Bound:
            renderer = self.target.renderer()
            row = renderer.alias(entity)
            where = [self.target.dialect.in_values(row.c.id, IDS, entity.id_type), *renderer.live(entity, row.c)]
            where.append(renderer.condition(read, {"self": Row(entity, row.c)}))
            return self._compile(sa.select(row.c.id).where(*where), name)

        return self._once(("readable", entity.name, read), make)

    def actor(self, name: str) -> Bound:
        """The actor's whole row."""

        def make() -> Bound:
            actor = self.target.model.actor
            assert actor is not None
            entity = self.target.model.entity(actor.entity)

            def condition(row: sa.FromClause) -> list[Any]:
                return [row.c[actor.key.field] == self.target.dialect.parameter(ACTOR, TEXT)]

            return self._rows(entity, name, condition)

        return self._once(("actor",), make)

    def actor_is_there(self, name: str) -> Bound:
        """Of each row with the actor's key, deleted ones too: whether it is there."""

        def make() -> Bound:
            actor = self.target.model.actor
            assert actor is not None
            entity, renderer = self.target.model.entity(actor.entity), self.target.renderer()
            row = renderer.alias(entity)
            there = self.target.dialect.truth(sa.and_(sa.true(), *renderer.live(entity, row.c)))
            key = row.c[actor.key.field] == self.target.dialect.parameter(ACTOR, TEXT)
            return self._compile(sa.select(there.label("there")).where(key), name)

        return self._once(("actor is there",), make)

    def _rows(
        self, entity: Entity, name: str, condition: Callable[[sa.FromClause], list[Any]], live: bool = True
    ) -> Bound:
        renderer: Renderer = self.target.renderer()
        row = renderer.alias(entity)
        alive = renderer.live(entity, row.c) if live else []
        query = sa.select(*self._columns(entity, row)).where(*condition(row), *alive).order_by(row.c.id)
        return self._compile(query, name)

    def _columns(self, entity: Entity, row: sa.FromClause) -> list[Any]:
        return [row.c[column.name] for column in self.target.schema.tables[entity.name].columns]

    def _id(self, entity: Entity) -> Any:
        return self.target.dialect.parameter("id", entity.id_type)

    def _compile(self, query: Any, name: str, id_type: Type = UUID_TYPE) -> Bound:
        encoders = {IDS: self.target.dialect.encode_ids}
        types = {"id": id_type} | self.target.context_types
        return compile_statement(query, self.target.dialect, types, name=name, encoders=encoders)

    # -- rows to Python

    def stored(self, entity: Entity, rows: Iterable[StoreRow], skip: int = 0) -> list[Stored]:
        """Make whole rows of what a statement above returned, *skip* cells in."""
        decode = self._once(("decode", entity.name), lambda: _Decoder(self.target, entity))
        return [decode(row[skip:] if skip else row) for row in rows]

    # -- saving

    def insert(self, entity: Entity) -> CompiledWrite:
        """The insert of a whole row."""
        return self._once(("insert", entity.name), lambda: self._write(entity, "create", tuple(stored_names(entity))))

    def put(self, entity: Entity) -> CompiledWrite:
        """The insert of a whole row with its id, also where the store gives new rows theirs."""
        names = tuple(stored_names(entity))
        return self._once(("put", entity.name), lambda: self._write(entity, "create", names, keyed=True))

    def update(self, entity: Entity, columns: frozenset[str]) -> CompiledWrite:
        """The update of *columns*, of the version that was loaded."""
        ordered = tuple(n for n in stored_names(entity) if n in columns)
        return self._once(("update", entity.name, columns), lambda: self._write(entity, "update", ordered))

    def fill(self, entity: Entity, column: str) -> Bound:
        """Give a reference of a row that the same transaction made its value: the row stays the version it is."""

        def make() -> Bound:
            table, held = self.target.tables[entity.name], member_type(entity, column)
            types = {"id": entity.id_type, column: held}
            given = {column: self.target.dialect.parameter(column, held)}
            query = sa.update(table).values(given).where(table.c.id == self._id(entity))
            name = f"{entity.name}.create"
            return compile_statement(query, self.target.dialect, types, name=name, writes=True)

        return self._once(("fill", entity.name, column), make)

    def delete(self, entity: Entity) -> CompiledWrite:
        return self._once(("delete", entity.name), lambda: self._write(entity, "delete", ()))

    def _write(self, entity: Entity, kind: str, columns: tuple[str, ...], *, keyed: bool = False) -> CompiledWrite:
        needs = (Need("id", entity.id_type), *(Need(n, member_type(entity, n)) for n in columns))
        # Verdicts of these are never asked: the action's own permission covers what its body writes.
        plan = WritePlan(
            entity.name,
            kind,
            columns,
            TRUE,
            TRUE,
            needs=needs,
            versioned=kind != "create" and entity.managed,
            keyed=keyed,
        )
        return compile_write(self.target, plan, f"{entity.name}.{kind}")


class _Decoder:
    """Turns a whole row, in column order, into Python values."""

    def __init__(self, target: SqlTarget, entity: Entity) -> None:
        table = target.schema.tables[entity.name]
        self.target, self.entity = target, entity
        self.columns = table.columns
        self.names = [column.name for column in table.columns]
        self.readers = [None if c.sealed else target.dialect.from_driver(c.type) for c in table.columns]
        self.id_at = self.names.index("id")
        self.version_at = self.names.index(VERSION) if entity.managed else None
        self.tenant_at = self.names.index(table.tenant) if table.tenant else None

    def __call__(self, row: Sequence[Any]) -> Stored:
        plain: list[Any] = [
            v if read is None or v is None else read(v) for v, read in zip(row, self.readers, strict=True)
        ]
        id_, tenant = plain[self.id_at], None if self.tenant_at is None else plain[self.tenant_at]
        values = {
            column.name: self._open(column, value, id_, tenant)
            for column, value in zip(self.columns, plain, strict=True)
            if column.role in ("id", "field", "reference")
        }
        return Stored(self.entity.name, id_, 0 if self.version_at is None else plain[self.version_at], tenant, values)

    def _open(self, column: Column, value: Any, id_: Any, tenant: UUID | None) -> Any:
        if not column.sealed or value is None:
            return value
        field = self.entity.field(column.source)
        assert field is not None
        return unsealed(self.target, self.entity, field, value, id_, tenant)


def unsealed(target: SqlTarget, entity: Entity, field: Field, cell: bytes, id_: UUID, tenant: UUID | None) -> Any:
    """The Python value in the sealed *cell* of a row."""
    place = Context("" if tenant is None else str(tenant), str(entity.number), id_, str(field.number))
    text = unseal(target.keyring, cell, place)
    return text.decode() if field.type.kind == "str" else typed_json(field.type)(text.decode())
