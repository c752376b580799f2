"""What every store does alike."""

from __future__ import annotations

import asyncio

import pytest

from strongback.errors import InternalError, StoreMismatch
from strongback.store.store import Statement, Store
from strongback.store.violations import CheckViolated, ForeignKeyViolated, NullViolated, UniqueViolated
from tests.stores import Opened

COUNT = Statement("SELECT count(*) FROM job")


async def make_tables(store: Store) -> None:
    async with store.session() as session:
        await session.run(
            "CREATE TABLE job (id int NOT NULL, title text NOT NULL, city text, CONSTRAINT job_pkey PRIMARY KEY (id), "
            "CONSTRAINT job_city_enum CHECK (city IN ('Bern', 'Ulm')))"
        )
        await session.run("CREATE UNIQUE INDEX job_title_key ON job (title, city) WHERE city IS NOT NULL")
        await session.run(
            "CREATE TABLE letter (id int NOT NULL PRIMARY KEY, job_id int NOT NULL, "
            "CONSTRAINT letter_job_id_fkey FOREIGN KEY (job_id) REFERENCES job (id))"
        )


def write(sql: str) -> Statement:
    return Statement(sql, writes=True)


async def add(store: Store, number: int, title: str = "x") -> None:
    await store.fetch(write(f"INSERT INTO job VALUES ({number}, '{title}{number}', 'Bern')"))


async def test_what_a_failed_part_did_is_taken_back_and_the_transaction_goes_on(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        async with store.begin() as transaction:
            await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
            with pytest.raises(UniqueViolated):
                async with transaction.part():
                    await transaction.fetch(write("INSERT INTO job VALUES (2, 'b', 'Bern')"))
                    await transaction.fetch(write("INSERT INTO job VALUES (3, 'a', 'Bern')"))
            async with transaction.part():
                await transaction.fetch(write("INSERT INTO job VALUES (4, 'd', 'Bern')"))
                with pytest.raises(RuntimeError):
                    async with transaction.part():
                        await transaction.fetch(write("INSERT INTO job VALUES (5, 'e', 'Bern')"))
                        raise RuntimeError
        rows = await store.fetch(Statement("SELECT id FROM job ORDER BY id"))
        assert [row[0] for row in rows] == [1, 4]


async def test_nothing_stays_of_a_transaction_that_is_not_to_be_kept(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        async with store.begin(keep=False) as transaction:
            await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
            assert [tuple(row) for row in await transaction.fetch(COUNT)] == [(1,)]
        assert [tuple(row) for row in await store.fetch(COUNT)] == [(0,)]
        await add(store, 1)


async def test_a_row_that_was_written_is_read(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        returned = await store.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern') RETURNING id, title"))
        assert [tuple(row) for row in returned] == [(1, "a")]
        assert [tuple(row) for row in await store.fetch(COUNT)] == [(1,)]


@pytest.mark.parametrize(
    ("sql", "error", "constraint"),
    [
        ("INSERT INTO job VALUES (1, 'b', 'Ulm')", UniqueViolated, "job_pkey"),
        ("INSERT INTO job VALUES (2, 'a', 'Bern')", UniqueViolated, "job_title_key"),
        ("INSERT INTO job VALUES (2, 'b', 'Rom')", CheckViolated, "job_city_enum"),
        ("INSERT INTO job VALUES (2, NULL, 'Ulm')", NullViolated, "title"),
        ("INSERT INTO letter VALUES (2, 7)", ForeignKeyViolated, "letter_job_id_fkey"),
        ("DELETE FROM job", ForeignKeyViolated, "letter_job_id_fkey"),
    ],
)
async def test_a_broken_constraint_is_named(opened: Opened, sql: str, error: type[Exception], constraint: str) -> None:
    async with opened() as store:
        await make_tables(store)
        await store.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
        await store.fetch(write("INSERT INTO letter VALUES (1, 1)"))
        with pytest.raises(error) as caught:
            await store.fetch(write(sql))
        told = constraint if store.dialect == "postgresql" or error is not ForeignKeyViolated else ""
        assert caught.value.constraint == told  # type: ignore[attr-defined]
        assert (await store.fetch(COUNT))[0][0] == 1


async def test_no_value_of_a_row_is_in_an_error(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        secret = "ada@example.org"
        await store.fetch(write(f"INSERT INTO job VALUES (1, '{secret}', 'Bern')"))
        for sql in (f"INSERT INTO job VALUES (2, '{secret}', 'Bern')", f"SELECT CAST('{secret}' AS nosuch)(1)"):
            with pytest.raises(Exception) as caught:  # noqa: PT011  # whichever it is
                await store.fetch(write(sql))
            assert secret not in str(caught.value)
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__


async def test_a_missing_table_says_to_migrate(opened: Opened) -> None:
    async with opened() as store:
        with pytest.raises(StoreMismatch, match="strongback migrate"):
            await store.fetch(COUNT)


async def test_a_transaction_is_seen_whole_or_not_at_all(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        with pytest.raises(LookupError):
            async with store.begin() as transaction:
                await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
                raise LookupError
        assert (await store.fetch(COUNT))[0][0] == 0
        async with store.begin() as transaction:
            await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
            assert (await transaction.fetch(COUNT))[0][0] == 1
        assert (await store.fetch(COUNT))[0][0] == 1


async def test_nobody_sees_what_is_not_committed(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        async with store.begin() as transaction:
            await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
            other = asyncio.create_task(store.fetch(COUNT))
            await asyncio.sleep(0.02)
            if other.done():
                assert other.result()[0][0] == 0
        assert (await other)[0][0] in (0, 1)


async def test_a_transaction_with_a_failed_statement_cannot_be_committed(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        with pytest.raises(InternalError):
            async with store.begin() as transaction:
                await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
                with pytest.raises(UniqueViolated):
                    await transaction.fetch(write("INSERT INTO job VALUES (1, 'b', 'Bern')"))
        assert (await store.fetch(COUNT))[0][0] == 0


async def test_a_cancelled_transaction_leaves_nothing(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        inside = asyncio.Event()

        async def story() -> None:
            async with store.begin() as transaction:
                await transaction.fetch(write("INSERT INTO job VALUES (1, 'a', 'Bern')"))
                inside.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(story())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await store.fetch(COUNT))[0][0] == 0
        await add(store, 1)
        assert store.figures().in_use == 0


async def test_a_transaction_that_ended_takes_no_statement(opened: Opened) -> None:
    async with opened() as store:
        async with store.begin() as transaction:
            pass
        with pytest.raises(InternalError):
            await transaction.fetch(Statement("SELECT 1"))


async def test_a_reading_transaction_sees_one_state(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        async with store.begin(write=False) as transaction:
            before = (await transaction.fetch(COUNT))[0][0]
            writing = asyncio.create_task(add(store, 1))
            await asyncio.sleep(0.05)
            assert (await transaction.fetch(COUNT))[0][0] == before == 0
        await writing
        assert (await store.fetch(COUNT))[0][0] == 1


async def test_a_prepared_read_survives_a_changed_table(opened: Opened) -> None:
    async with opened() as store:
        await make_tables(store)
        await add(store, 1)
        everything = Statement("SELECT * FROM job")
        assert len((await store.fetch(everything))[0]) == 3
        async with store.session() as session:
            await session.run("ALTER TABLE job ADD COLUMN note text")
        assert len((await store.fetch(everything))[0]) == 4


async def test_closing_twice_is_closing_once(opened: Opened) -> None:
    async with opened() as store:
        await store.close()
        await store.close()
