"""What the columns of a table that is there already can hold, against what is declared."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from strongback.migrate.existing import look_at_existing
from strongback.model.access import Access
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.predicate.types import INT, TEXT, Type
from strongback.store.open import open_store
from strongback.tables.make import make_schema
from tests.jobs_model import text

KEY = Field("id", INT, unique=True, immutable=True, system=True)
DECIMAL = Type("decimal", precision=9, scale=2)


def one(type_: Type, **more: object) -> Model:
    entity = Entity(
        "Thing",
        members=("x",),
        fields=(Field("x", type_),),
        access=Access(),
        table="things",
        managed=False,
        key=KEY,
        **more,  # type: ignore[arg-type]  # of an entity
    )
    return Model("small", entities=(entity,))


async def looked(store_url: str, model: Model, *statements: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    store, _ = open_store(store_url)
    await store.start()
    try:
        async with store.session() as session:
            for statement in statements:
                await session.run(statement)
        found = await look_at_existing(store, model, make_schema(model))
    finally:
        await store.close()
    return found.wrong, found.slow


def things(column: str) -> str:
    return f"CREATE TABLE things (id bigint NOT NULL PRIMARY KEY, x {column} NOT NULL)"


POSTGRESQL = [
    (INT, "bigint", ""),
    (INT, "integer", "declare `min=-2147483648, max=2147483647`"),
    (Type("int", min=0, max=9), "smallint", ""),
    (INT, "numeric(9,0)", "holds no whole numbers"),
    (text(80), "varchar(80)", ""),
    (text(81), "varchar(80)", "declare `max=80`, or less"),
    (TEXT, "varchar(80)", "declare `max=80`, or less"),
    (TEXT, "text", ""),
    (TEXT, "varchar", ""),
    (text(3), "char(3)", "does not hold text as it is given"),
    (TEXT, 'text COLLATE "C"', ""),
    (TEXT, 'text COLLATE "POSIX"', "does not hold text as it is given"),
    (Type("enum", members=("draft", "open")), "varchar(5)", ""),
    (Type("enum", members=("draft", "open")), "varchar(4)", "declare `max=4`"),
    (DECIMAL, "numeric(9,2)", ""),
    (DECIMAL, "numeric(12,2)", ""),
    (DECIMAL, "numeric(12,3)", "sb.decimal(9, 2)"),
    (DECIMAL, "numeric", "sb.decimal(9, 2)"),
    (Type("datetime"), "timestamptz", ""),
    (Type("datetime"), "timestamp", "`timestamp with time zone`"),
    (Type("float"), "double precision", ""),
    (Type("float"), "real", "`double precision`"),
    (Type("bool"), "boolean", ""),
    (Type("bool"), "integer", "`boolean`"),
    (Type("uuid"), "uuid", ""),
    (Type("json"), "jsonb", "`text`"),
    (INT, "bigint GENERATED ALWAYS AS (id * 2) STORED", "is filled by the database alone"),
]


@pytest.mark.parametrize(("type_", "column", "said"), POSTGRESQL, ids=[f"{t.kind} {c}" for t, c, _ in POSTGRESQL])
async def test_what_fits_on_postgresql(postgres_url: str, type_: Type, column: str, said: str) -> None:
    wrong, _ = await looked(postgres_url, one(type_), things(column))
    assert (bool(wrong), said in "".join(wrong)) == (bool(said), True), wrong


SQLITE = [
    (INT, "BIGINT", ""),
    (INT, "NUMERIC", "makes NUMERIC of a int"),
    (TEXT, "VARCHAR(20)", ""),
    (TEXT, "DATETIME", "makes NUMERIC of a str"),
    (Type("bool"), "BOOLEAN", ""),
    (Type("datetime"), "DATETIME", ""),
    (DECIMAL, "INTEGER", ""),
    (DECIMAL, "DECIMAL(9,2)", "kept as INTEGER"),
    (Type("float"), "DOUBLE", ""),
    (Type("bytes"), "BLOB", ""),
    (Type("bytes"), "TEXT", "kept as BLOB"),
]


@pytest.mark.parametrize(("type_", "column", "said"), SQLITE, ids=[f"{t.kind} {c}" for t, c, _ in SQLITE])
async def test_what_fits_on_sqlite(sqlite_url: str, type_: Type, column: str, said: str) -> None:
    wrong, _ = await looked(sqlite_url, one(type_), things(column))
    assert (bool(wrong), said in "".join(wrong)) == (bool(said), True), wrong


async def test_a_key_of_two_columns_is_none(store_url: str) -> None:
    table = "CREATE TABLE things (id bigint NOT NULL, x bigint NOT NULL, PRIMARY KEY (id, x))"
    wrong, _ = await looked(store_url, one(INT), table)
    assert wrong == ("`Thing.id`: nothing keeps `id` of `things` unique by itself, so that it is no key",)
    wrong, _ = await looked(store_url, one(INT), "CREATE UNIQUE INDEX by_id ON things (id)")
    assert wrong == ()


async def test_a_view_is_no_table(store_url: str) -> None:
    wrong, _ = await looked(store_url, one(INT), "CREATE VIEW things AS SELECT 1 AS id, 2 AS x")
    assert wrong == ("there is no table `things`, which `Thing` names",)


async def test_an_order_without_an_index_is_named(store_url: str) -> None:
    model = one(INT, queries=(Query("search", sort=("x",)),))
    _, slow = await looked(store_url, model, things("bigint"), "CREATE INDEX by_large ON things (x) WHERE x > 3")
    assert slow == ("no index of `things` begins with (x)",)
    _, slow = await looked(store_url, model, "CREATE INDEX by_x ON things (x, id)")
    assert slow == ()


NUMBERED_POSTGRESQL = [
    ("bigserial PRIMARY KEY", ""),
    ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", ""),
    ("bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", ""),
    ("bigint PRIMARY KEY DEFAULT (random() * 1e9)::bigint", ""),
    ("bigint PRIMARY KEY DEFAULT next_number() + 7", ""),
    ("bigint PRIMARY KEY", "is not filled by the database"),
    ("bigint PRIMARY KEY DEFAULT 0", "is filled with `0`, which may be the same for two rows"),
    ("bigint PRIMARY KEY DEFAULT length('nextval(1) :funcid 1574')", "is filled with `length("),
    ("bigint PRIMARY KEY DEFAULT extract(epoch FROM now())::bigint", "EXTRACT(epoch FROM now())"),
]
NUMBERED_SQLITE = [
    ("INTEGER PRIMARY KEY", ""),
    ("INTEGER PRIMARY KEY AUTOINCREMENT", ""),
    ("INTEGER PRIMARY KEY DEFAULT 7", ""),
    ("BIGINT NOT NULL PRIMARY KEY DEFAULT (abs(Random ()))", ""),
    ("BIGINT NOT NULL PRIMARY KEY", "is not filled by the database"),
    ("BIGINT NOT NULL PRIMARY KEY DEFAULT 0", "is filled with `0`, which may be the same for two rows"),
    ("BIGINT NOT NULL PRIMARY KEY DEFAULT (length('it''s random()'))", "is filled with `length("),
]


async def numbered(store_url: str, column: str, *before: str) -> str:
    """What is wrong with a key that is said to be generated."""
    model = one(INT)
    entity = replace(model.entities[0], key=replace(KEY, generated=True, read_only=True))
    table = f"CREATE TABLE things (id {column}, x bigint NOT NULL)"
    wrong, _ = await looked(store_url, replace(model, entities=(entity,)), *before, table)
    assert all("take `generated=True` away" in each for each in wrong)
    return "".join(wrong)


@pytest.mark.parametrize(("column", "said"), NUMBERED_POSTGRESQL)
async def test_postgresql_generates_a_key_where_each_row_gets_another(
    postgres_url: str, column: str, said: str
) -> None:
    """A default alone is none: the second row would have the key of the first."""
    function = "CREATE FUNCTION next_number() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'"
    wrong = await numbered(postgres_url, column, function)
    assert (bool(wrong), said in wrong) == (bool(said), True), wrong


@pytest.mark.parametrize(("column", "said"), NUMBERED_SQLITE)
async def test_sqlite_generates_a_key_where_each_row_gets_another(sqlite_url: str, column: str, said: str) -> None:
    wrong = await numbered(sqlite_url, column)
    assert (bool(wrong), said in wrong) == (bool(said), True), wrong
