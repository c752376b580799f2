"""A migration brings an empty store to a model, and a store with rows to the next one, without losing any."""

from __future__ import annotations

import asyncio

import pytest

from strongback.errors import StoreMismatch, Unavailable
from strongback.migrate.run import check_schema, is_migrated, migrate, preview
from strongback.model.entity import Check, Entity, Index, Unique
from strongback.model.field import Default, Field
from strongback.predicate.tree import Compare, Const, Path
from strongback.predicate.types import INT, Type
from strongback.store.store import Statement, Store
from strongback.store.violations import CheckViolated, ForeignKeyViolated, UniqueViolated
from strongback.tables.make import make_schema
from strongback.tables.schema import Schema
from tests.jobs_model import jobs_model
from tests.stores import Opened
from tests.unit.migrate.models import (
    KINDS,
    ROW,
    entity,
    every_type,
    fill,
    optional,
    render_check,
    rows,
    schema_of,
    to_one,
)

TEXT = Type("str")
COLOUR = Type("enum", members=("red", "green"))
NAME, COLOURED = Field("name", TEXT), Field("colour", COLOUR)
# The condition that `render_check` writes.
LENGTH, LONG = Field("a_float", Type("float")), Compare(">", Path("self", ("a_float",)), Const(0.0, Type("float")))


async def becomes(store: Store, schema: Schema) -> None:
    """Migrate, and see that nothing is left to do."""
    await migrate(store, schema, render_check)
    assert await check_schema(store, schema, render_check) == ()
    after = await preview(store, schema, render_check)
    assert after.plan.differences == ()
    assert after.work.sql == ()


async def test_a_new_store_becomes_what_the_model_needs(opened: Opened) -> None:
    schema = make_schema(jobs_model())
    async with opened() as store:
        told = await check_schema(store, schema)
        assert "table `job` is missing" in told
        assert not any(" on `job` " in line or " of `job` " in line for line in told)
        await becomes(store, schema)
        await fill(store, schema)
        assert (await migrate(store, schema, render_check)).work.sql == ()


async def test_a_store_knows_to_what_it_was_migrated(opened: Opened) -> None:
    before, after = schema_of(entity("Job", NAME)), schema_of(entity("Job", NAME, COLOURED))
    async with opened() as store:
        assert not await is_migrated(store, before)
        await migrate(store, before, render_check)
        assert await is_migrated(store, before)
        assert not await is_migrated(store, before, checks=False)
        assert not await is_migrated(store, after)


async def test_every_type_has_its_column(opened: Opened) -> None:
    schema = every_type()
    async with opened() as store:
        await becomes(store, schema)
        await fill(store, schema)
        assert len(await rows(store, "thing")) == 1


async def test_a_preview_changes_nothing(opened: Opened) -> None:
    schema = schema_of(entity("Job", NAME))
    async with opened() as store:
        assert any(sql.startswith("CREATE TABLE job ") for sql in (await preview(store, schema)).work.sql)
        assert "table `job` is missing" in await check_schema(store, schema)


ADDITIVE: dict[str, tuple[list[Entity], list[Entity]]] = {
    "optional fields of every kind": (
        [entity("Job", NAME)],
        [entity("Job", NAME, *(Field(f"x_{kind}", optional(type_)) for kind, type_ in KINDS.items()))],
    ),
    "fields with a default": (
        [entity("Job", NAME, history=True)],
        [
            entity(
                "Job",
                NAME,
                Field("count", INT, default=Default("7")),
                Field("open", Type("bool"), default=Default("true")),
                Field("price", Type("decimal", precision=9, scale=2), default=Default('"1.50"')),
                Field("colour", COLOUR, default=Default('"red"')),
                Field("tags", Type("list", item=TEXT), default=Default('["it\'s: 100%"]')),
                Field("every", Type("timedelta"), default=Default('"PT90S"')),
                history=True,
            )
        ],
    ),
    "an index on a field": ([entity("Job", NAME)], [entity("Job", Field("name", TEXT, index=True))]),
    "an index of several": (
        [entity("Job", NAME, COLOURED)],
        [entity("Job", NAME, COLOURED, indexes=(Index("both", ("-name", "colour")),))],
    ),
    "an index no more": ([entity("Job", Field("name", TEXT, index=True))], [entity("Job", NAME)]),
    "a unique field": ([entity("Job", NAME)], [entity("Job", Field("name", TEXT, unique=True))]),
    "not unique any more": ([entity("Job", Field("name", TEXT, unique=True))], [entity("Job", NAME)]),
    "unique together": (
        [entity("Job", NAME, COLOURED)],
        [entity("Job", NAME, COLOURED, uniques=(Unique("once", ("name", "colour")),))],
    ),
    "unique among some": (
        [entity("Job", NAME, LENGTH)],
        [
            entity(
                "Job",
                NAME,
                LENGTH,
                soft_delete=True,
                uniques=(Unique("once", ("name",), where=LONG), Unique("whole", ("name",))),
            )
        ],
    ),
    "unique among some under another name": (
        [entity("Job", NAME, LENGTH, uniques=(Unique("once", ("name",), where=LONG),))],
        [entity("Job", NAME, LENGTH, uniques=(Unique("one", ("name",), where=LONG),))],
    ),
    "unique among all now": (
        [entity("Job", NAME, LENGTH, uniques=(Unique("once", ("name",), where=LONG),))],
        [entity("Job", NAME, LENGTH, uniques=(Unique("once", ("name",)),))],
    ),
    "an entity": (
        [entity("Job", NAME)],
        [entity("Job", NAME), entity("Letter", to_one("job", "Job"), Field("text", TEXT))],
    ),
    "an optional relation": (
        [entity("Job", NAME), entity("Town", NAME)],
        [entity("Job", NAME, to_one("town", "Town", optional=True, on_delete="set_null")), entity("Town", NAME)],
    ),
    "an optional relation within a tenant": (
        [entity("Firm", NAME), *(entity(n, to_one("firm", "Firm"), tenant=("firm",)) for n in ("Job", "Team"))],
        [
            entity("Firm", NAME),
            entity("Team", to_one("firm", "Firm"), tenant=("firm",)),
            entity(
                "Job",
                to_one("firm", "Firm"),
                to_one("team", "Team", optional=True, on_delete="set_null"),
                tenant=("firm",),
            ),
        ],
    ),
    "a word more": (
        [entity("Job", NAME, COLOURED)],
        [entity("Job", NAME, Field("colour", Type("enum", members=("red", "it's: 100%", "green"))))],
    ),
    "any word": ([entity("Job", NAME, COLOURED)], [entity("Job", NAME, Field("colour", TEXT))]),
    "optional now": (
        [entity("Job", Field("name", TEXT, index=True), history=True)],
        [entity("Job", Field("name", optional(TEXT), index=True), history=True)],
    ),
    "a check": (
        [entity("Job", Field("a_float", Type("float")))],
        [
            entity(
                "Job",
                Field("a_float", Type("float")),
                checks=(Check("positive", Compare(">", Path("self", ("a_float",)), Const(0.0, Type("float")))),),
            )
        ],
    ),
    "a field of another name": (
        [entity("Job", Field("label", TEXT, index=True, unique=True), COLOURED, history=True)],
        [entity("Job", Field("name", TEXT, index=True, unique=True, was="label"), COLOURED, history=True)],
    ),
    "closed words of another name": (
        [entity("Job", NAME, COLOURED)],
        [entity("Job", NAME, Field("paint", COLOUR, was="colour"))],
    ),
    "an entity of another name": (
        [
            entity("Post", Field("name", TEXT, index=True), COLOURED, history=True),
            entity("Letter", to_one("post", "Post")),
        ],
        [
            entity("Job", Field("name", TEXT, index=True), COLOURED, history=True, was="Post"),
            entity("Letter", to_one("job", "Job", was="post")),
        ],
    ),
    "soft delete": (
        [entity("Job", Field("name", TEXT, unique=True, index=True))],
        [entity("Job", Field("name", TEXT, unique=True, index=True), soft_delete=True)],
    ),
    "a history": ([entity("Job", NAME)], [entity("Job", NAME, history=True)]),
    "a reference to itself": ([entity("Job", NAME)], [entity("Job", NAME, to_one("parent", "Job", optional=True))]),
}


@pytest.mark.parametrize("change", ADDITIVE)
async def test_an_additive_change_keeps_every_row(opened: Opened, change: str) -> None:
    before, after = (schema_of(*entities) for entities in ADDITIVE[change])
    async with opened() as store:
        await becomes(store, before)
        await fill(store, before)
        kept = {table.name: await rows(store, table.name) for table in before.tables.values()}
        await becomes(store, after)
        for table in after.tables.values():
            old = kept.get(table.name) or kept.get(table.was)
            now = await rows(store, table.name)
            assert len(now) == len(old or [])
            for column in table.columns:
                if old and (found := [name for name in (column.name, column.was) if name in old[0]]):
                    assert now[0][column.name] == old[0][found[0]]
                elif old and column.default:
                    assert now[0][column.name] is not None


REFUSED: dict[str, tuple[Entity, Entity, str]] = {
    "a field that is gone": (
        entity("Job", NAME, COLOURED),
        entity("Job", NAME),
        "column `colour` of `job` is in the store",
    ),
    "another type": (
        entity("Job", Field("size", INT)),
        entity("Job", Field("size", TEXT)),
        "column `size` of `job` is `",
    ),
    "a field that must hold a value": (
        entity("Job", NAME),
        entity("Job", NAME, COLOURED),
        "is new and must hold a value",
    ),
    "not optional any more": (
        entity("Job", Field("name", optional(TEXT))),
        entity("Job", NAME),
        "may be null in the store, but not in the model",
    ),
    "a word less": (
        entity("Job", COLOURED),
        entity("Job", Field("colour", Type("enum", members=("red",)))),
        "would no longer take `green`",
    ),
    "an entity that is gone": (
        entity("Job", NAME),
        entity("Town", NAME),
        "table `job` is in the store, but not in the model",
    ),
    "another end of a relation": (
        entity("Job", to_one("parent", "Job", optional=True)),
        entity("Job", to_one("parent", "Job", optional=True, on_delete="cascade")),
        "foreign key `job_parent_id_fkey` of `job` is missing in the store, or differs there",
    ),
}


@pytest.mark.parametrize("change", REFUSED)
async def test_any_other_change_is_refused_with_the_reason(opened: Opened, change: str) -> None:
    before, after, reason = REFUSED[change]
    async with opened() as store:
        await becomes(store, schema_of(before))
        await fill(store, schema_of(before))
        with pytest.raises(StoreMismatch, match="additive") as caught:
            await migrate(store, schema_of(after))
        assert reason in caught.value.message
        assert any(reason in difference for difference in await check_schema(store, schema_of(after)))
        assert await check_schema(store, schema_of(before), render_check) == ()


async def test_all_that_is_refused_is_told_at_once(opened: Opened) -> None:
    async with opened() as store:
        await becomes(store, schema_of(entity("Job", NAME, COLOURED, Field("size", INT))))
        with pytest.raises(StoreMismatch) as caught:
            await migrate(store, schema_of(entity("Job", Field("size", TEXT))))
        assert caught.value.message.count("\n") == 3


async def test_a_table_without_rows_takes_a_field_that_must_hold_a_value(opened: Opened) -> None:
    async with opened() as store:
        await becomes(store, schema_of(entity("Job", NAME)))
        await becomes(store, schema_of(entity("Job", NAME, COLOURED, to_one("parent", "Job"))))


async def test_rows_that_break_a_new_rule_are_kept_and_the_rule_is_refused(opened: Opened) -> None:
    before, after = schema_of(entity("Job", NAME)), schema_of(entity("Job", Field("name", TEXT, unique=True)))
    async with opened() as store:
        await becomes(store, before)
        await fill(store, before)
        columns = "(id, name, created_at, updated_at, _version)"
        other = ROW.replace("11", "22")
        copy = f"INSERT INTO job {columns} SELECT '{other}', name, created_at, updated_at, 1 FROM job"
        await store.fetch(Statement(copy, writes=True))
        with pytest.raises(StoreMismatch, match="stored rows break the new unique index"):
            await migrate(store, after)
        await store.fetch(Statement(f"DELETE FROM job WHERE id = '{other}'", writes=True))
        await becomes(store, after)


async def test_the_rules_of_a_migrated_store_bind(opened: Opened) -> None:
    async with opened() as store:
        await becomes(store, schema_of(entity("Job", NAME)))
        await becomes(
            store,
            schema_of(
                entity(
                    "Job",
                    Field("name", TEXT, unique=True),
                    Field("colour", optional(COLOUR)),
                    to_one("parent", "Job", optional=True),
                )
            ),
        )
        insert = "INSERT INTO job (id, name, colour, parent_id, created_at, updated_at, _version) VALUES "

        async def add(number: int, name: str, colour: str, parent: int) -> None:
            ids = [f"'{ROW[:-1]}{n}'" if n else "NULL" for n in (number, parent)]
            values = f"({ids[0]}, '{name}', '{colour}', {ids[1]}, '2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z', 1)"
            await store.fetch(Statement(insert + values, writes=True))

        await add(1, "a", "red", 1)
        for error, row in (
            (UniqueViolated, (2, "a", "red", 0)),
            (CheckViolated, (2, "b", "blue", 0)),
            (ForeignKeyViolated, (2, "b", "red", 7)),
        ):
            with pytest.raises(error):
                await add(*row)


async def test_what_the_operator_made_is_left_alone(opened: Opened) -> None:
    async with opened() as store:
        await becomes(store, schema_of(entity("Job", NAME)))
        async with store.session() as session:
            await session.run("CREATE INDEX operators_own ON job (name)")
            await session.run("CREATE TABLE operators_table (id int)")
        await becomes(store, schema_of(entity("Job", NAME, Field("size", optional(INT)))))
        async with store.session() as session:
            await session.run("DROP INDEX operators_own")
            await session.run("DROP TABLE operators_table")


async def test_two_migrations_at_once_do_the_work_once(opened: Opened) -> None:
    schema = make_schema(jobs_model())
    async with opened() as store:
        done = await asyncio.gather(*(migrate(store, schema) for _ in range(2)))
        assert sorted(bool(migration.work.sql) for migration in done) == [False, True]


async def test_a_table_in_use_is_not_waited_for_for_long(opened: Opened) -> None:
    async with opened() as store:
        if store.dialect == "sqlite":
            return  # writers take turns: a migration waits for its own
        await becomes(store, schema_of(entity("Job", NAME)))
        async with store.begin() as transaction:
            await transaction.fetch(Statement("LOCK TABLE job IN SHARE MODE", writes=True))
            with pytest.raises(Unavailable, match="another change holds"):
                await migrate(store, schema_of(entity("Job", NAME, Field("size", optional(INT)))))
        await becomes(store, schema_of(entity("Job", NAME, Field("size", optional(INT)))))


async def test_a_store_that_was_made_by_hand_is_compared_all_the_same(opened: Opened) -> None:
    """Without notes of an earlier migration everything is read from the database itself."""
    schema = schema_of(entity("Job", NAME))
    async with opened() as store:
        await becomes(store, schema)
        async with store.session() as session:
            await session.run("DROP TABLE _strongback")
        assert await check_schema(store, schema) == ()
        await becomes(store, schema)
