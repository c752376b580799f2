"""Search by words comes to a store with rows, changes and goes; the words of every row are told."""

from __future__ import annotations

from strongback.migrate.run import check_schema, migrate, preview
from strongback.migrate.words import BATCH, Filled
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.query import Query
from strongback.predicate.types import Type
from strongback.store.sql.metadata import Tables
from strongback.store.sql.postgresql import PostgresqlDialect
from strongback.store.sql.search import name
from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.store import Statement, Store
from strongback.tables.schema import Schema
from tests.stores import Opened
from tests.unit.migrate.models import entity, schema_of

TITLE, BODY = Field("title", Type("str")), Field("body", Type("str", optional=True))
NOW = "2026-01-02T03:04:05.000006Z"


def job(*text: str, title: Field = TITLE, name: str = "Job", **more: object) -> Entity:
    return entity(name, title, BODY, queries=(Query("search", text=text),), **more)


async def put(store: Store, number: int, title: str, body: str | None = None, table: str = "job") -> None:
    """A row as a version of before writes it: without words."""
    postgres = store.dialect == "postgresql"
    id_ = f"00000000-0000-7000-8000-{number:012d}"
    casts = ("uuid", "text", "text", "timestamptz", "timestamptz", "bigint")
    places = [f"CAST(${i + 1}::text AS {cast})" if postgres else "?" for i, cast in enumerate(casts)]
    columns = 'id, title, body, created_at, updated_at, "_version"'
    sql = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(places)})"
    await store.fetch(Statement(sql, writes=True), (id_, title, body, NOW, NOW, "1" if postgres else 1))


async def found(store: Store, schema: Schema, *asked: str) -> list[int]:
    """The numbers of the rows with the words *asked*."""
    import sqlalchemy as sa

    dialect = PostgresqlDialect() if store.dialect == "postgresql" else SqliteDialect()
    entity_name, logical = next(iter(schema.tables.items()))
    table = Tables(schema, store.dialect)[entity_name]
    condition = dialect.has_words(logical.searches["search"], table.c, "q")
    text = str(sa.select(table.c.id).where(condition).order_by(table.c.id).compile(dialect=dialect.engine))
    rows = await store.fetch(Statement(text), (dialect.encode_asked(asked),))
    return [int(str(row[0])[-12:]) for row in rows]


async def becomes(store: Store, schema: Schema) -> None:
    await migrate(store, schema)
    assert await check_schema(store, schema) == ()
    assert (await preview(store, schema)).plan.differences == ()


async def test_rows_of_before_are_found(opened: Opened) -> None:
    before, after = schema_of(job()), schema_of(job("title", "body"))
    async with opened() as store:
        await becomes(store, before)
        await put(store, 1, "Senior Python", "Oslo")
        await put(store, 2, "Senior", None)
        told = (await preview(store, after)).work.told
        assert "-- tell the words of `job`: `title`, `body`" in told
        await becomes(store, after)
        assert await found(store, after, "senior") == [1, 2]
        assert await found(store, after, "senior", "os") == [1]


async def test_many_rows_are_told_in_batches(opened: Opened) -> None:
    before, after = schema_of(job()), schema_of(job("title"))
    seen: list[Filled] = []
    async with opened() as store:
        await becomes(store, before)
        for i in range(BATCH + 3):
            await put(store, i, f"row number{i}")
        await migrate(store, after, progress=seen.append)
        assert [(each.done, each.of) for each in seen] == [(BATCH, BATCH + 3), (BATCH + 3, BATCH + 3)]
        assert len(await found(store, after, "row")) == BATCH + 3


async def test_rows_that_a_version_of_before_writes_meanwhile_are_told_by_the_next_migration(opened: Opened) -> None:
    schema = schema_of(job("title"))
    async with opened() as store:
        await becomes(store, schema)
        await put(store, 1, "late")
        assert await found(store, schema, "late") == []
        await becomes(store, schema)
        assert await found(store, schema, "late") == [1]
        assert (await migrate(store, schema)).work.told == ()


async def test_another_field_joins_a_search(opened: Opened) -> None:
    before, after = schema_of(job("title")), schema_of(job("title", "body"))
    async with opened() as store:
        await becomes(store, before)
        await put(store, 1, "red", "apple")
        await becomes(store, before)
        await becomes(store, after)
        assert await found(store, after, "red", "apple") == [1]


async def test_a_search_that_went_and_comes_back_knows_what_was_written_meanwhile(opened: Opened) -> None:
    with_search, without = schema_of(job("title")), schema_of(job())
    async with opened() as store:
        await becomes(store, with_search)
        await put(store, 1, "old")
        await becomes(store, with_search)
        await becomes(store, without)
        await store.fetch(Statement("UPDATE job SET title = 'new'", writes=True))
        await becomes(store, with_search)
        assert await found(store, with_search, "old") == []
        assert await found(store, with_search, "new") == [1]


async def test_a_search_follows_its_table_and_its_field_to_other_names(opened: Opened) -> None:
    heading = Field("heading", Type("str"), was="title")
    before, after = schema_of(job("title")), schema_of(job("heading", title=heading, name="Position", was="Job"))
    async with opened() as store:
        await becomes(store, before)
        await put(store, 1, "red")
        await becomes(store, before)
        await becomes(store, after)
        assert await found(store, after, "red") == [1]


async def test_a_table_that_is_made_anew_keeps_its_search(opened: Opened) -> None:
    """SQLite makes a table anew for another constraint, and with it go its triggers."""
    required = Field("body", Type("str", optional=True))
    before = schema_of(entity("Job", TITLE, Field("body", Type("str")), queries=(Query("search", text=("title",)),)))
    after = schema_of(entity("Job", TITLE, required, queries=(Query("search", text=("title",)),)))
    async with opened() as store:
        await becomes(store, before)
        await put(store, 1, "red", "x")
        await becomes(store, before)
        await becomes(store, after)
        await put(store, 2, "red")
        await becomes(store, after)
        assert await found(store, after, "red") == [1, 2]
        await store.fetch(Statement("DELETE FROM job WHERE body = 'x'", writes=True))
        assert await found(store, after, "red") == [2]


async def test_rows_keep_their_words_when_sqlite_renumbers_them(opened: Opened) -> None:
    schema = schema_of(job("title"))
    async with opened() as store:
        await becomes(store, schema)
        for i in range(4):
            await put(store, i, f"row number{i}")
        await becomes(store, schema)
        await store.fetch(Statement(f"DELETE FROM {name('job')} WHERE title = 'row number1'", writes=True))
        async with store.session() as session:
            await session.run("VACUUM")
        assert await found(store, schema, "number3") == [3]
        assert await found(store, schema, "row") == [0, 2, 3]
