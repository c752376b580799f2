"""Whether a table that is there already holds what is declared of it: columns, types, keys; and which indexes its queries lack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.predicate.tree import FALSE
from strongback.predicate.types import INT_MAX, INT_MIN, Type
from strongback.store.sql.ddl import Ddl
from strongback.store.sql.existing import ExistingColumn, ExistingTable, read_tables
from strongback.store.sql.metadata import make_metadata
from strongback.store.store import Dialect, Store
from strongback.tables.schema import Column, Schema, Table

_INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}
_POSTGRESQL = {
    "bool": "boolean",
    "float": "double precision",
    "datetime": "timestamp with time zone",
    "date": "date",
    "timedelta": "bigint",
    "uuid": "uuid",
    "bytes": "bytea",
    "json": "text",
    "list": "text",
    "object": "text",
}
# By what a column of this type makes of what is stored in it (sqlite.org/datatype3.html, section 3.1).
_SQLITE: Mapping[str, tuple[str, ...]] = {
    "bool": ("INTEGER", "NUMERIC"),
    "int": ("INTEGER",),
    "timedelta": ("INTEGER",),
    "decimal": ("INTEGER",),
    "float": ("REAL",),
    "bytes": ("BLOB",),
    "datetime": ("TEXT", "NUMERIC"),
    "date": ("TEXT", "NUMERIC"),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """
    What was found of the tables that are not ours.

    Attributes:
        wrong: What they lack, or have otherwise than it is declared.
        slow: Questions that queries ask and no index answers.
        uniques: What a refused caller is told, code and members, by the name of the unique index in the database.
    """

    wrong: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    uniques: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


async def look_at_existing(store: Store, model: Model, schema: Schema) -> Looked:
    """Look at every table that the model says is there already; nothing is asked where there is none."""
    entities = [entity for entity in model.entities if not entity.managed]
    if not entities:
        return Looked()
    tables = {entity.name: schema.tables[entity.name] for entity in entities}
    async with store.session() as session:
        found = await read_tables(session, store.dialect, [table.name for table in tables.values()])
    wrong: list[str] = []
    slow: list[str] = []
    uniques: dict[str, tuple[str, tuple[str, ...]]] = {}
    for entity in entities:
        table, there = tables[entity.name], found.get(tables[entity.name].name)
        if there is None:
            wrong.append(f"there is no table `{table.name}`, which `{entity.name}` names")
            continue
        wrong += _unfit(entity, table, there, store.dialect)
        slow += _slow(table, there)
        uniques |= dict(_told(table, there))
    return Looked(tuple(wrong), tuple(slow), uniques)


def _unfit(entity: Entity, table: Table, there: ExistingTable, dialect: Dialect) -> Iterator[str]:
    real = {column.name: column.real for column in table.columns}
    for column in table.columns:
        spelt = f"`{entity.name}.{column.source}`"
        held = there.columns.get(column.real)
        if held is None:
            yield f"{spelt}: the table `{table.name}` has no column `{column.real}`"
            continue
        for why in _column(entity, column, held, dialect):
            yield f"{spelt}: the column `{column.real}` of `{table.name}` {why}"
    if real["id"] in there.columns and not there.is_unique([real["id"]]):
        yield f"`{entity.name}.id`: nothing keeps `{real['id']}` of `{table.name}` unique by itself, so that it is no key"
    for index in table.indexes:
        columns = [real.get(name.removeprefix("-"), name) for name in index.columns]
        if index.unique and not there.is_unique(columns):
            yield f"`{entity.name}`: no unique index of `{table.name}` is on ({', '.join(columns)})"
    if entity.access.create != FALSE:
        mapped = set(real.values())
        for name, held in there.columns.items():
            if name not in mapped and not held.nullable and not held.filled:
                yield f"`{entity.name}`: a new row needs a value for `{name}` of `{table.name}`, and no member is that column"


def _column(entity: Entity, column: Column, held: ExistingColumn, dialect: Dialect) -> Iterator[str]:
    type_ = column.type
    why = _postgresql(type_, held.type) if dialect == "postgresql" else _sqlite(type_, held.type)
    if why:
        yield f"is `{held.type}`, which {why}"
    if held.nullable and not column.nullable:
        yield "may be null: declare the member with `| None`, or let the database refuse null"
    if column.nullable and not held.nullable:
        yield "does not take null, and the member is declared with `| None`"
    if column.generated and not held.generates:
        yield f"{_filling(held)}: make it an identity (SQLite: `INTEGER PRIMARY KEY`), or take `generated=True` away"
    read_only = (entity.field(column.source) or entity.relation(column.source) or entity.id_field).read_only
    if held.given and not read_only and (column.role != "id" or entity.access.create != FALSE):
        by_id = ": write `sb.key(generated=True)`" if column.role == "id" else ""
        yield f"is filled by the database alone, and the member is one that callers write{by_id}"


def _filling(held: ExistingColumn) -> str:
    """Why new rows have no key of their own."""
    if not held.filled:
        return "is not filled by the database"
    return f"is filled with `{held.default}`, which may be the same for two rows, and so generates no key"


def _postgresql(type_: Type, held: str) -> str:
    match type_.kind:
        case "int":
            bits = _INTEGERS.get(held)
            low, high = (
                (INT_MIN if type_.min is None else int(type_.min)),
                (INT_MAX if type_.max is None else int(type_.max)),
            )
            if bits is None:
                return "holds no whole numbers as an int is one"
            fits = -(2**bits) <= low and high < 2**bits
            return "" if fits else f"is smaller: declare `min={-(2**bits)}, max={2**bits - 1}`, or narrower"
        case "str" | "enum":
            return _text(type_, held)
        case "decimal":
            found = re.fullmatch(r"numeric\((\d+),(\d+)\)", held)
            fits = found is not None and int(found[2]) == type_.scale and int(found[1]) >= (type_.precision or 0)
            return "" if fits else f"does not hold just what `sb.decimal({type_.precision}, {type_.scale})` says"
        case kind:
            return "" if held == _POSTGRESQL[kind] else f"does not hold a {kind}: that is `{_POSTGRESQL[kind]}`"


def _text(type_: Type, held: str) -> str:
    if held in ("text", "character varying"):
        return ""
    found = re.fullmatch(r"character varying\((\d+)\)", held)
    if found is None:
        return "does not hold text as it is given"
    longest = max(map(len, type_.members), default=0) if type_.kind == "enum" else type_.max
    fits = longest is not None and int(longest) <= int(found[1])
    return "" if fits else f"is too short: declare `max={found[1]}`, or less"


def _sqlite(type_: Type, held: str) -> str:
    wanted, affinity = _SQLITE.get(type_.kind, ("TEXT",)), _affinity(held)
    return "" if affinity in wanted else f"makes {affinity} of a {type_.kind}, which is kept as {wanted[0]}"


def _affinity(declared: str) -> str:
    """
    What SQLite makes of values in a column of the type *declared*.

    >>> _affinity("VARCHAR(20)"), _affinity("BIGINT"), _affinity("DECIMAL(10,2)"), _affinity("")
    ('TEXT', 'INTEGER', 'NUMERIC', 'BLOB')
    """
    text = declared.upper()
    if "INT" in text:
        return "INTEGER"
    if any(word in text for word in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if not text or "BLOB" in text:
        return "BLOB"
    return "REAL" if any(word in text for word in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


def _slow(table: Table, there: ExistingTable) -> Iterator[str]:
    real = {column.name: column.real for column in table.columns}
    told: set[tuple[str, ...]] = set()
    for index in table.indexes:
        columns = tuple(real.get(name.removeprefix("-"), name) for name in index.columns)
        asked = columns[:-1] if len(columns) > 1 and columns[-1] == real["id"] else columns
        if not there.begins_with(asked) and asked not in told:
            told.add(asked)
            yield f"no index of `{table.name}` begins with ({', '.join(asked)})"


def _told(table: Table, there: ExistingTable) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    """What a unique index of the database stands for: a declared one, the key, or by its columns."""
    members = {column.real: column.name for column in table.columns}
    declared = {frozenset(index.columns): (index.code, index.members) for index in table.indexes if index.unique}
    for index in there.indexes:
        if index.unique:
            names = tuple(members[name] for name in index.columns if name in members)
            usual = (f"{table.name}_{'_'.join(names) or 'row'}_taken", names)
            yield index.name, declared.get(frozenset(names), usual)


async def make_missing(store: Store, schema: Schema) -> None:
    """Make the tables that are said to be there already, where they are not, as they are declared: for a store of a test."""
    declared = [table.name for table in schema.tables.values() if not table.managed]
    if not declared:
        return
    ddl = Ddl(make_metadata(schema, store.dialect), store.dialect)
    async with store.session() as session:
        found = await read_tables(session, store.dialect, declared)
        for name in (each for each in declared if each not in found):
            await session.run(ddl.create_table(name))
            for index in ddl.metadata.tables[name].indexes:
                await session.run(ddl.create_index(name, str(index.name)))
