"""
Compile a ReadPlan to one statement for the whole tree, and to what turns its rows into answers.

The rows asked for are read column by column and finished in Python (encrypted members opened, floats and times written by one
encoder). A relation with them is finished JSON, built by the store, wherever nothing in it needs Python; otherwise it comes as a JSON array
of cells, finished as the rows are. The bytes are the same either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from strongback.crypto.blind_index import blind_index
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.plan.members import member_type
from strongback.plan.page import beyond
from strongback.plan.read import IncludePlan, Out, ReadPlan
from strongback.plan.shape import ASKED
from strongback.predicate.normal import negation_normal
from strongback.predicate.tree import TRUE, Expr, Or, Path, both
from strongback.predicate.types import Type
from strongback.store.sql.bind import Bound, Encoder, compile_statement
from strongback.store.sql.dialect import Query
from strongback.store.sql.find import Finder
from strongback.store.sql.literal import word
from strongback.store.sql.predicate import Columns, Row, Sql
from strongback.store.sql.rows import Cell, Layout, Seal
from strongback.store.sql.target import SqlTarget
from strongback.tables.schema import VERSION

PLACE = "_place"
BY_US = frozenset({"float", "timedelta", "bytes"})


@dataclass(frozen=True, slots=True)
class CompiledRead:
    """
    A read, ready to run.

    Attributes:
        layout: What turns a row into an answer.
        count: The statement that counts all rows that match; None when not asked.
    """

    page: Bound
    layout: Layout
    limit: int
    count: Bound | None = None


def compile_read(target: SqlTarget, plan: ReadPlan, name: str) -> CompiledRead:
    """Compile *plan* for the store of *target*; *name* is the operation's."""
    return Reader(target, plan).compile(name)


def needs_python(model: Model, plan: ReadPlan) -> bool:
    """Whether rows of *plan* must be finished in Python: hidden members, ciphertext, or scalars that stores write differently."""
    entity = model.entity(plan.entity)
    if plan.guards:
        return True
    return any(o.type.kind in BY_US or is_sealed(entity, o.name) for o in plan.out)


def is_sealed(entity: Entity, member: str) -> bool:
    field = entity.field(member)
    return field is not None and field.pii is not None


def blind_encoders(target: SqlTarget, plan: ReadPlan) -> dict[str, Encoder]:
    """What turns the values of filters on encrypted fields into their blind indexes."""
    entity = target.model.entity(plan.entity)
    encoders: dict[str, Encoder] = {}
    for need in plan.needs:
        if need.blind:
            encoders[need.name] = blind_encoder(target, entity, need.blind)
    return encoders


def blind_encoder(target: SqlTarget, entity: Entity, field_name: str) -> Encoder:
    field = entity.field(field_name)
    assert field is not None
    number, member, fold = str(entity.number), str(field.number), field.type.fold
    return lambda value: blind_index(target.keyring, value, number, member, fold=fold)


class Reader(Finder):
    """One compilation: what is told of the rows that are found."""

    def compile(self, name: str) -> CompiledRead:
        plan, entity = self.plan, self.model.entity(self.plan.entity)
        rows = self._rows(entity)
        if self._is_whole(entity):
            query, layout = self._whole_page(entity, rows)
        else:
            query, layout = self.select(plan, Row(entity, rows.c), rows)
            if plan.order:
                query = query.order_by(*self.order(entity, plan.order, rows.c))
        types, blind = self._types(), self._encoders()
        page = compile_statement(query, self.dialect, types, name=name, encoders=blind)
        count = self._count(entity, types, blind, name) if plan.count else None
        return CompiledRead(page, layout, plan.limit, count)

    def _is_whole(self, entity: Entity) -> bool:
        """Whether the page comes in one row: a row costs the driver, and its answer us, more than the store to join it to the others."""
        if not self.plan.order or not self.dialect.finishes_rows or self._is_ours(self.plan):
            return False
        return not any(member_type(entity, key.member).kind in BY_US for key in self.plan.order)

    def _whole_page(self, entity: Entity, rows: Any) -> tuple[Query, Layout]:
        plan = self.plan
        place = sa.func.row_number().over(order_by=self.order(entity, plan.order, rows.c))
        placed = sa.select(rows, place.label(PLACE)).subquery("placed")
        keys = [self.dialect.wire(placed.c[k.member], member_type(entity, k.member)) for k in plan.order]
        text = self.document(plan, Row(entity, placed.c))
        cells = self.dialect.whole_page(text, keys, placed.c[PLACE], plan.limit)
        query = sa.select(*(cell.label(f"c{i}") for i, cell in enumerate(cells))).select_from(placed)
        return query, Layout(name=entity.name, cells=(), document=True, whole=True)

    def _encoders(self) -> dict[str, Encoder]:
        return {**blind_encoders(self.target, self.plan), ASKED: self.dialect.encode_asked}

    def _types(self) -> dict[str, Type]:
        return {need.name: need.type for need in self.plan.all_needs()} | self.target.context_types

    def _count(self, entity: Entity, types: Mapping[str, Type], blind: Mapping[str, Encoder], name: str) -> Bound:
        renderer = self.renderer = self.target.renderer(self.renderer.blind)
        row = renderer.alias(entity)
        where = renderer.condition(both(self.plan.where, Or(self.plan.branches)), {"self": Row(entity, row.c)})
        query = sa.select(sa.func.count()).select_from(row)
        query = query.where(where, *self._there(renderer, entity, row.c), *self._searched(entity, row.c))
        return compile_statement(query, self.dialect, types, name=f"{name} count", encoders=blind)

    # -- what of them

    def select(self, plan: ReadPlan, row: Row, rows: sa.FromClause) -> tuple[Query, Layout]:
        """Select the cells of *plan* from *rows*, to be finished in Python."""
        cells, layout = self.cells(plan, row, from_json=False)
        return sa.select(*(cell.label(f"c{i}") for i, cell in enumerate(cells))).select_from(rows), layout

    def cells(self, plan: ReadPlan, row: Row, *, from_json: bool, also: Row | None = None) -> tuple[list[Sql], Layout]:
        """
        The cells of one row and how they become an answer.

        Args:
            from_json: The cells travel inside a JSON array, not as columns.
            also: What guards members has to hold on this row as well.
        """
        build = _Cells(self, plan, row, from_json, also)
        finished = self.dialect.finishes_rows and not from_json and not self._is_ours(plan)
        layout = build.document_layout() if finished else build.layout()
        return build.sql, layout

    def _is_ours(self, plan: ReadPlan) -> bool:
        """Whether rows of *plan*, or any with them, must be finished in Python."""
        return needs_python(self.model, plan) or any(self._is_ours(i.plan) for i in plan.includes)

    def include(self, include: IncludePlan, parent: Row) -> tuple[Sql, Layout | None]:
        """The rows of a relation as one JSON text; with a layout when they are to be finished in Python."""
        plan, relation = include.plan, include.relation
        entity = self.model.entity(plan.entity)
        alias = self.renderer.alias(entity)
        row = Row(entity, alias.c)
        if self._is_ours(plan):
            cells, layout = self.cells(plan, row, from_json=True)
            text: Sql = self.dialect.cells_text(cells)
        else:
            text, layout = self.document(plan, row), None
        after = TRUE if plan.seek is None else Or(tuple(beyond(entity, plan.order, plan.seek, plan.mark)))
        where = [
            self.renderer.condition(both(plan.where, Or(plan.branches), after), {"self": row}),
            *self.renderer.live(entity, alias.c),
            self._link(relation, parent, alias.c),
        ]
        if relation.kind == "to_one":
            return sa.select(text).select_from(alias).where(*where).correlate_except(alias).scalar_subquery(), layout
        return self._array(plan, alias, text, where), layout

    def _link(self, relation: Relation, parent: Row, columns: Columns) -> Sql:
        if relation.kind == "to_one":
            return columns["id"] == parent.columns[relation.column]
        inverse = self.model.entity(relation.target).relation(relation.inverse)
        assert inverse is not None  # checked when the model loaded
        return columns[inverse.column] == parent.columns["id"]

    def _array(self, plan: ReadPlan, alias: sa.FromClause, text: Sql, where: list[Sql]) -> Sql:
        entity = self.model.entity(plan.entity)
        keys = [alias.c[key.member].label(f"k{i}") for i, key in enumerate(plan.order)]
        rows = sa.select(text.label("doc"), *keys).select_from(alias).where(*where).correlate_except(alias)
        rows = self.dialect.limited(rows.order_by(*self.order(entity, plan.order, alias.c)), plan.limit)
        ordered = self.dialect.derived(rows, "ordered")
        again = [self._ordered(entity, key, ordered.c[f"k{i}"]) for i, key in enumerate(plan.order)]
        joined = self.dialect.ordered_array(ordered, "doc", again)
        return sa.select(joined).select_from(ordered).scalar_subquery()

    def document(self, plan: ReadPlan, row: Row) -> Sql:
        """A row as finished JSON text, relations spliced in at its end."""
        scope = {"self": row}
        values = {out.name: self.dialect.wire(self.value(out, scope), out.type) for out in plan.out}
        more = [(i.name, self.include(i, row)[0]) for i in plan.includes]
        # Without a member that this caller may ever see there is only what is included.
        text = self.dialect.object_text(values) if values else word("{}")
        return self.dialect.spliced(text, more, empty=not values) if more else text

    def value(self, out: Out, scope: Mapping[str, Row]) -> Sql:
        """A member's value; of an encrypted one its envelope."""
        entity = scope["self"].entity
        if out.name == VERSION or (isinstance(out.value, Path) and is_sealed(entity, out.name)):
            return scope["self"].columns[out.name]
        if out.type.kind == "bool" and not isinstance(out.value, Path):
            return self.dialect.truth(self.renderer.condition(negation_normal(out.value), scope))
        return self.renderer.operand(out.value, scope)


class _Cells:
    """The cells of one row, as they are gathered; the same expression is one cell."""

    def __init__(self, reader: Reader, plan: ReadPlan, row: Row, from_json: bool, also: Row | None = None) -> None:
        self.reader, self.plan, self.row, self.from_json = reader, plan, row, from_json
        self._guarded = (row,) if also is None else (row, also)
        self.sql: list[Sql] = []
        self._places: dict[object, int] = {}

    def layout(self) -> Layout:
        plan, entity, dialect = self.plan, self.row.entity, self.reader.dialect
        guards = tuple(self._place(("guard", g), self._guard(g)) for g in plan.guards)
        members = tuple(self._member(out, guards) for out in plan.out)
        includes = tuple(self._include(i) for i in plan.includes)
        sealed = any(cell.seal for cell in members)
        tenant = self.reader.target.schema.tables[entity.name].tenant
        keys = () if self.from_json else tuple(self._column(k.member) for k in plan.order)
        return Layout(
            name=entity.name,
            cells=(*members, *includes),
            guards=guards,
            id_at=self._column("id"),
            id_type=entity.id_type,
            tenant_at=self._column(tenant) if sealed and tenant else None,
            version_at=self._column(VERSION) if plan.versioned else None,
            keys_at=keys,
            key_readers=tuple(dialect.decoder(member_type(entity, k.member)) for k in plan.order) if keys else (),
        )

    def document_layout(self) -> Layout:
        """The layout of a row that comes as one finished text."""
        plan, entity, dialect = self.plan, self.row.entity, self.reader.dialect
        self._place("document", dialect.document_cell(self.reader.document(plan, self.row)))
        names = {out.name for out in plan.out}
        told = bool(plan.order) and all(key.member in names for key in plan.order)
        keys = () if told else tuple(self._column(key.member) for key in plan.order)
        return Layout(
            name=entity.name,
            cells=(),
            document=True,
            id_at=0 if plan.order else self._column("id"),
            id_type=entity.id_type,
            version_at=self._column(VERSION) if plan.versioned else None,
            keys_at=keys,
            key_readers=tuple(dialect.decoder(member_type(entity, k.member)) for k in plan.order) if keys else (),
            key_names=tuple(key.member for key in plan.order) if told else (),
        )

    def _guard(self, guard: Expr) -> Sql:
        holds = (self.reader.renderer.condition(guard, {"self": row}) for row in self._guarded)
        return self.reader.dialect.truth(sa.and_(*holds))

    def _column(self, name: str) -> int:
        return self._place(("column", name), self.row.columns[name])

    def _place(self, key: object, sql: Sql) -> int:
        if key not in self._places:
            self._places[key] = len(self.sql)
            self.sql.append(sql)
        return self._places[key]

    def _member(self, out: Out, guards: tuple[int, ...]) -> Cell:
        reader, entity = self.reader, self.row.entity
        seal = self._seal(out)
        value = reader.value(out, {"self": self.row})
        if self.from_json:
            value = reader.dialect.raw_cell(value, out.type, sealed=seal is not None)
        if out.guard:
            value = sa.case((reader.dialect.is_true(self.sql[guards[out.guard - 1]]), value))
        plain_column = out.name if not out.guard and not self.from_json and _is_column(entity, out) else None
        at = self._place(("column", plain_column) if plain_column else ("member", out.name), value)
        return Cell(out.name, at, self._decoder(out, seal), guards[out.guard - 1] if out.guard else None, seal)

    def _decoder(self, out: Out, seal: Seal | None) -> Encoder | None:
        dialect = self.reader.dialect
        if seal is not None:
            return bytes.fromhex if self.from_json else None
        return dialect.cell_decoder(out.type) if self.from_json else dialect.decoder(out.type)

    def _seal(self, out: Out) -> Seal | None:
        entity = self.row.entity
        if not is_sealed(entity, out.name):
            return None
        field = entity.field(out.name)
        assert field is not None
        return Seal(self.reader.target.keyring, str(entity.number), str(field.number), field.type.kind == "str")

    def _include(self, include: IncludePlan) -> Cell:
        text, layout = self.reader.include(include, self.row)
        at = self._place(("include", include.name), text)
        return Cell(include.name, at, None, None, None, layout, include.relation.kind == "to_many", True)


def _is_column(entity: Entity, out: Out) -> bool:
    return isinstance(out.value, Path) and out.name in {f.name for f in entity.all_fields() if f.stored}.union(
        r.column for r in entity.to_one()
    )
