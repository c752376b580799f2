"""Derive the Schema of a Model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from strongback.model.entity import CREATED_AT, ID, UPDATED_AT, Entity, Index, Unique
from strongback.model.field import Field
from strongback.model.held import columns_held_by_roles
from strongback.model.model import Model
from strongback.predicate.tree import FALSE, Expr
from strongback.predicate.types import DATETIME, INT, UUID, Type
from strongback.tables.schema import (
    DELETED_AT,
    TENANT,
    VERSION,
    Column,
    ForeignKey,
    Schema,
    Table,
    TableCheck,
    TableIndex,
    TableSearch,
    WordsColumn,
)

BYTES = Type("bytes")
# PostgreSQL cuts a longer name without a word, and two cut names may be one (NAMEDATALEN - 1).
NAME_MAX_BYTES = 63


def identifier(name: str) -> str:
    """
    Shorten the *name* of a key, index or check so that every store takes it whole, and no two become one.

    >>> identifier("job_title_idx"), len(identifier("job_" + "x" * 80 + "_idx"))
    ('job_title_idx', 63)
    """
    if len(name.encode()) <= NAME_MAX_BYTES:
        return name
    head = name.encode()[: NAME_MAX_BYTES - 9].decode(errors="ignore")
    return f"{head}_{sha256(name.encode()).hexdigest()[:8]}"


def snake(name: str) -> str:
    """
    Spell a class name as a table name.

    >>> snake("JobSkill"), snake("HTTPLog"), snake("Job")
    ('job_skill', 'http_log', 'job')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def table_name(entity: Entity) -> str:
    """What the table of *entity* is called."""
    return entity.table or snake(entity.name)


def make_schema(model: Model) -> Schema:
    """Derive the tables of *model*, referenced tables before those that refer to them where there is no cycle."""
    tables = {entity.name: make_table(model, entity) for entity in model.entities}
    return Schema({name: tables[name] for name in _creation_order(model)})


def make_table(model: Model, entity: Entity) -> Table:
    """Derive the table of *entity*."""
    name = table_name(entity)
    return Table(
        name=name,
        entity=entity.name,
        columns=tuple(_columns(entity)),
        foreign_keys=tuple(_foreign_keys(model, entity, name)),
        indexes=tuple(_indexes(model, entity, name)),
        checks=tuple(TableCheck(identifier(f"{name}_{c.name}_check"), c.body, c.code or c.name) for c in entity.checks),
        soft_delete=entity.soft_delete,
        tenant=tenant_column(entity),
        tenant_path=entity.tenant,
        history=f"{name}_history" if entity.history else "",
        by=model.entity(model.actor.entity).id_type if model.actor is not None else UUID,
        was=snake(entity.was) if entity.was else "",
        words=tuple(_words(entity)),
        managed=entity.managed,
        searches=dict(_searches(entity, name)),
    )


def tenant_column(entity: Entity) -> str:
    """
    Name the column that holds the tenant's id: the reference itself for `tenant="company"`, a hidden copy for a longer path.
    """
    if not entity.tenant:
        return ""
    return f"{entity.tenant[0]}_id" if len(entity.tenant) == 1 else TENANT


def tenant_entity(model: Model, entity: Entity) -> str:
    """The name of the entity that *entity*'s tenant path ends in."""
    here = entity
    for step in entity.tenant:
        relation = here.relation(step)
        assert relation is not None  # checked when the model loaded
        here = model.entity(relation.target)
    return here.name


def _columns(entity: Entity) -> Iterator[Column]:
    key = entity.id_field
    yield Column(ID.name, entity.id_type, "id", ID.name, stored_as=key.column, generated=key.generated)
    for member in entity.members:
        field, relation = entity.field(member), entity.relation(member)
        if field is not None and field.stored:
            yield from _field_columns(field)
        elif relation is not None and relation.kind == "to_one":
            was = f"{relation.was}_id" if relation.was else ""
            yield Column(
                relation.column,
                relation.held,
                "reference",
                relation.name,
                nullable=relation.optional,
                was=was,
                stored_as=relation.stored_as,
            )
    if not entity.managed:
        return
    for time in (CREATED_AT, UPDATED_AT):
        yield Column(time.name, DATETIME, "field", time.name)
    if tenant_column(entity) == TENANT:
        yield Column(TENANT, UUID, "tenant")
    yield Column(VERSION, INT, "version")
    if entity.soft_delete:
        yield Column(DELETED_AT, DATETIME, "deleted", nullable=True)


def blind_index_column(field: str) -> str:
    """The hidden column that holds the blind index of *field*."""
    return f"_{field}_bidx"


def _field_columns(field: Field) -> Iterator[Column]:
    sealed = field.pii is not None
    default = field.default.json if field.default is not None else ""
    yield Column(
        field.name, field.type, "field", field.name, field.type.optional, sealed, field.was, default, field.column
    )
    if field.pii is not None and field.pii.lookup == "exact":
        yield Column(blind_index_column(field.name), BYTES, "blind_index", field.name, nullable=field.type.optional)


def words_column(field: str) -> str:
    """The hidden column that holds the words of *field*."""
    return f"_{field}_words"


def _words(entity: Entity) -> Iterator[WordsColumn]:
    searched = {name for query in entity.queries for name in query.text}
    for field in entity.fields:
        if field.name in searched:
            yield WordsColumn(words_column(field.name), field.name, words_column(field.was) if field.was else "")


def _searches(entity: Entity, table: str) -> Iterator[tuple[str, TableSearch]]:
    for query in entity.queries:
        if query.text:
            columns = tuple(map(words_column, query.text))
            yield query.name, TableSearch(identifier(f"{table}_{query.name}_words"), columns, entity.soft_delete)


def _foreign_keys(model: Model, entity: Entity, table: str) -> Iterator[ForeignKey]:
    for relation in entity.to_one():
        target = model.entity(relation.target)
        columns, target_columns = [relation.column], [ID.name]
        if entity.tenant and target.tenant and tenant_entity(model, entity) == tenant_entity(model, target):
            # References never cross tenants: the tenant travels with the key, so the store itself refuses.
            columns.append(tenant_column(entity))
            target_columns.append(tenant_column(target))
        yield ForeignKey(
            identifier(f"{table}_{relation.column}_fkey"),
            tuple(columns),
            table_name(target),
            tuple(target_columns),
            relation.on_delete,
        )


def _indexes(model: Model, entity: Entity, table: str) -> Iterator[TableIndex]:
    live = entity.soft_delete
    seen: set[tuple[tuple[str, ...], bool, Expr | None]] = set()
    for index in (
        *_unique_indexes(entity, table, live),
        *_tenant_key(model, entity, table),
        *_actor_key(model, entity, table),
        *_deleted_rows(entity, table),
        *_plain_indexes(entity, table, live),
        *_query_indexes(entity, table, live),
    ):
        if (index.columns, index.unique, index.where) not in seen:
            seen.add((index.columns, index.unique, index.where))
            yield index


def _unique_indexes(entity: Entity, table: str, live: bool) -> Iterator[TableIndex]:
    singles = [Unique(m, (m,)) for m in entity.members if _is_unique(entity, m)]
    for unique in (*singles, *entity.uniques):
        columns = tuple(_column(entity, member) for member in unique.members)
        wire = tuple(_wire(entity, member) for member in unique.members)
        code = unique.code or f"{table}_{'_'.join(wire)}_taken"
        yield TableIndex(
            identifier(f"{table}_{unique.name}_key"), columns, True, live, code=code, members=wire, where=unique.where
        )


def _is_unique(entity: Entity, member: str) -> bool:
    found = entity.field(member) or entity.relation(member)
    return found is not None and found.unique


def _tenant_key(model: Model, entity: Entity, table: str) -> Iterator[TableIndex]:
    """A composite foreign key needs a unique (id, tenant) on its target."""
    tenant = tenant_column(entity)
    if tenant:
        yield TableIndex(identifier(f"{table}_id_tenant_key"), (ID.name, tenant), unique=True)


def _actor_key(model: Model, entity: Entity, table: str) -> Iterator[TableIndex]:
    """Callers whose row is deleted are found as fast as the others: every request of theirs asks."""
    if model.actor is not None and model.actor.entity == entity.name and entity.soft_delete:
        key = model.actor.key.field
        yield TableIndex(identifier(f"{table}_{key}_actor_idx"), (key,))


def _deleted_rows(entity: Entity, table: str) -> Iterator[TableIndex]:
    """Who lists deleted rows reads those alone, not the table."""
    if entity.soft_delete and entity.access.restore != FALSE:
        yield TableIndex(identifier(f"{table}_deleted_idx"), (ID.name,), deleted_only=True)


def _plain_indexes(entity: Entity, table: str, live: bool) -> Iterator[TableIndex]:
    for relation in entity.to_one():
        yield TableIndex(identifier(f"{table}_{relation.column}_idx"), (relation.column, ID.name))
    for field in entity.fields:
        if field.index or (field.pii is not None and field.pii.lookup == "exact"):
            yield TableIndex(
                identifier(f"{table}_{field.name}_idx"), (_column(entity, field.name), ID.name), live_only=live
            )
    for index in entity.indexes:
        yield _declared(index, entity, table, live)


def _declared(index: Index, entity: Entity, table: str, live: bool) -> TableIndex:
    columns = tuple(
        f"-{_column(entity, member[1:])}" if member.startswith("-") else _column(entity, member)
        for member in index.members
    )
    return TableIndex(identifier(f"{table}_{index.name}_idx"), columns, live_only=live)


def _query_indexes(entity: Entity, table: str, live: bool) -> Iterator[TableIndex]:
    """Each declared order has an index, within the tenant as well: a list reads its page, not the table."""
    tenant = tenant_column(entity)
    for query in entity.queries:
        for order in query.sort:
            columns = order_columns(entity, order)
            named = "_".join(_index_word(column) for column in columns[:-1])
            if columns != (ID.name,):
                yield TableIndex(identifier(f"{table}_{named}_idx"), columns, live_only=live)
            if tenant and columns[0] not in (ID.name, tenant):
                yield TableIndex(identifier(f"{table}_{tenant}_{named}_idx"), (tenant, *columns), live_only=live)
            for fixed in columns_held_by_roles(entity):
                if fixed not in columns:
                    yield TableIndex(identifier(f"{table}_{fixed}_{named}_idx"), (fixed, *columns), live_only=live)


def _index_word(column: str) -> str:
    """Two orders over the same columns, of which one turns, are two indexes and have two names."""
    return f"{column[1:]}_desc" if column.startswith("-") else column


def order_columns(entity: Entity, order: str) -> tuple[str, ...]:
    """
    The columns of the index that serves *order*, ending in the id. An index is read from either end, so an order and its reverse share
    one, whose first column ascends.
    """
    keys = [key.strip() for key in order.split(",")]
    columns = [_column(entity, key.lstrip("-")) for key in keys]
    if columns[-1] != ID.name:
        columns.append(ID.name)
        keys.append(f"-{ID.name}" if keys[-1].startswith("-") else ID.name)
    first_descends = keys[0].startswith("-")
    turned = [key.startswith("-") != first_descends for key in keys]
    return tuple(f"-{column}" if down else column for down, column in zip(turned, columns, strict=True))


def _column(entity: Entity, member: str) -> str:
    field = entity.field(member)
    if field is not None:
        return blind_index_column(member) if field.pii is not None else member
    return _wire(entity, member)


def _wire(entity: Entity, member: str) -> str:
    relation = entity.relation(member)
    return relation.column if relation is not None else member


def _creation_order(model: Model) -> list[str]:
    done: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        if name in done or name in above:
            return
        for relation in model.entity(name).to_one():
            visit(relation.target, above | {name})
        done.append(name)

    for entity in model.entities:
        visit(entity.name, frozenset())
    return done
