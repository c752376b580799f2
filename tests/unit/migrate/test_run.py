"""A migration brings an empty store to a model, and a store with rows to the next one, without losing any."""

from __future__ import annotations

from strongback.migrate.run import check_schema, migrate, preview
from strongback.tables.make import make_schema
from tests.jobs_model import jobs_model
from tests.stores import Opened


async def test_a_new_store_becomes_what_the_model_needs(opened: Opened) -> None:
    schema = make_schema(jobs_model())
    async with opened() as store:
        assert "table `job` is missing" in await check_schema(store, schema)
        done = await migrate(store, schema)
        assert done.work.sql
        assert await check_schema(store, schema) == ()
        assert (await preview(store, schema)).plan.differences == ()
        assert (await migrate(store, schema)).work.sql == ()
