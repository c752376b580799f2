"""A second opinion: the example's permissions as hand-written row-level security, asked of the same rows by the database itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import msgspec

from examples.jobs.service import jobs
from strongback.app import App
from strongback.engine.pipeline import perform
from strongback.errors import NotFound, Unauthenticated
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked, Target
from strongback.testing.oracle import Caller, Oracle
from strongback.testing.permissions import opened
from strongback.testing.stored import clear, store_world
from strongback.testing.worlds import World, make_world

POLICIES = (Path(__file__).parent / "policies.sql").read_text()
TABLES = {
    "User": '"user"',
    "Company": "company",
    "Membership": "membership",
    "Skill": "skill",
    "Job": "job",
    "JobSkill": "job_skill",
    "Application": "application",
}
WORLDS = 12


class Database:
    """The database as one of its own users sees it, who owns nothing."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def visible(self, entity: str, subject: str | None) -> set[UUID]:
        """The ids of the rows that the policies show to *subject*."""
        await self.connection.execute("SELECT set_config('app.subject', $1, false)", subject or "")
        return {row["id"] for row in await self.connection.fetch(f"SELECT id FROM {TABLES[entity]}")}


@asynccontextmanager
async def guarded(url: str) -> AsyncIterator[Database]:
    """The policies put in place, and a connection they apply to."""
    reader = f"sb_reader_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(POLICIES)
        await connection.execute(f"CREATE ROLE {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}")
        await connection.execute(f"SET ROLE {reader}")
        yield Database(connection)
    finally:
        await connection.execute("RESET ROLE")
        await connection.execute(f"DROP OWNED BY {reader}; DROP ROLE {reader}")
        await connection.close()


async def readable(app: App, entity: str, ids: list[UUID], actor: Actor) -> set[UUID]:
    """The ids under which we answer a row."""
    found = set()
    for id_ in ids:
        try:
            await perform(Asked(Target(entity, "get", "get"), str(id_)), actor, app.runtime)
        except (NotFound, Unauthenticated):
            continue
        found.add(id_)
    return found


async def listed(app: App, actor: Actor) -> set[UUID]:
    """The jobs that a list answers, page by page."""
    found: list[str] = []
    token = ""
    while True:
        asked = Asked(Target("Job", "list", "search"), page_size=3, page_token=token)
        page = await perform(asked, actor, app.runtime)
        found += [msgspec.json.decode(msgspec.json.encode(item))["id"] for item in page.items or ()]
        token = page.next_page_token
        if not token:
            assert len(found) == len(set(found))
            return {UUID(str(each)) for each in found}


async def compare(app: App, database: Database, world: World, caller: Caller) -> int:
    for entity, rows in world.rows.items():
        theirs = await database.visible(entity, caller.actor.key)
        ours = await readable(app, entity, [row.id for row in rows], caller.actor)
        assert ours == theirs, f"{entity} as {caller.label} in world {world.seed}"
        if entity == "Job":
            assert await listed(app, caller.actor) == theirs, f"Job.search as {caller.label} in world {world.seed}"
    return sum(map(len, world.rows.values()))


async def test_the_database_agrees_on_who_sees_what(postgres_url: str) -> None:
    """Every row, for every caller: answered by us exactly where the database itself shows it."""
    compared = 0
    async with opened(jobs, postgres_url) as app, guarded(postgres_url) as database:
        for n in range(WORLDS):
            await clear(app)
            world = make_world(app.model, f"rls/{n}")
            await store_world(app, world)
            for caller in Oracle(jobs, app.model, world).callers():
                compared += await compare(app, database, world, caller)
    assert compared > 2_000
