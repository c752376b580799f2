"""What a table refuses to hold, whoever writes to it. What values come back as is for the conformance suite."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from strongback.errors import ConfigurationError
from strongback.migrate.run import migrate
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.predicate.types import INT, Type
from strongback.store.sql.bind import compile_statement
from strongback.store.sql.dialect import Dialect
from strongback.store.sql.metadata import make_metadata
from strongback.store.sql.postgresql import PostgresqlDialect
from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.store import Statement, Store
from strongback.tables.make import make_schema
from tests.stores import Opened


def optional(type_: Type) -> Type:
    return msgspec.structs.replace(type_, optional=True)


def dialect_of(store: Store) -> Dialect:
    return SqliteDialect() if store.dialect == "sqlite" else PostgresqlDialect()


async def keep(store: Store, type_: Type, values: list[Any]) -> None:
    """Write *values*, one a row, in the order given, as `_version` 1 and on."""
    fields = (Field("value", optional(type_)),)
    schema = make_schema(Model("test", entities=(Entity("Thing", members=("value",), fields=fields),)))
    await migrate(store, schema)
    dialect = dialect_of(store)
    types = {
        "id": Type("uuid"),
        "value": type_,
        "created_at": Type("datetime"),
        "updated_at": Type("datetime"),
        "_version": INT,
    }
    given = {name: dialect.parameter(name, kind) for name, kind in types.items()}
    table = make_metadata(schema, store.dialect).tables["thing"]
    insert = compile_statement(table.insert().values(given), dialect, types, name="keep", writes=True)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    for number, value in enumerate(values, 1):
        row = {"id": UUID(int=number), "value": value, "created_at": now, "updated_at": now, "_version": number}
        await store.fetch(insert.statement, insert.values(row))


@pytest.mark.parametrize("text", ['{"b":', "", "nul", "{'a':1}"])
async def test_a_column_of_json_takes_nothing_else(opened: Opened, text: str) -> None:
    async with opened() as store:
        await keep(store, Type("json"), [])
        sql = f"INSERT INTO thing VALUES ('{UUID(int=1)}', '{text.replace(chr(39), chr(39) * 2)}', '2026-01-02', '2026-01-02', 1)"
        with pytest.raises(Exception, match=r"thing_value_json|22P02"):
            await store.fetch(Statement(sql, writes=True))


async def test_a_closed_set_of_words_takes_no_other(opened: Opened) -> None:
    async with opened() as store:
        with pytest.raises(Exception, match="thing_value_enum"):
            await keep(store, Type("enum", members=("b", "a", "it's: 100%")), ["c"])


def test_a_decimal_that_sqlite_cannot_hold_exactly_is_refused() -> None:
    entity = Entity("Thing", members=("value",), fields=(Field("value", Type("decimal", precision=19, scale=2)),))
    schema = make_schema(Model("test", entities=(entity,)))
    make_metadata(schema, "postgresql")
    with pytest.raises(ConfigurationError, match="`value` exactly: a decimal of 19 digits"):
        make_metadata(schema, "sqlite")
