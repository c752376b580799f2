"""
How many rows a search and an aggregate visit, as the store itself tells.

    .venv/bin/python -m benchmarks.plans --store postgresql://postgres@127.0.0.1:5432/plans --rows 100000

Needs an empty database. On PostgreSQL rows visited are counted (`EXPLAIN ANALYZE`); SQLite only tells by which index it finds them.
`tests/scenarios/test_plans.py` asks the same of fewer rows in every test run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import strongback as sb
from strongback import testing
from strongback.store.store import Row, Statement, Store
from strongback.testing.client import AsyncClient


class User(sb.Entity):
    subject: str = sb.field(max=80, unique=True, read_only=True)

    access = sb.Access(read=sb.SIGNED_IN)


class Ad(sb.Entity):
    owner: User = sb.to_one(immutable=True)
    title: str = sb.field(max=140)
    body: str = sb.field(max=2_000)
    city: str = sb.field(max=80, index=True)
    status: Literal["draft", "open", "closed"] = sb.field(default="draft", index=True)
    amount: int | None = sb.field(default=None)

    @sb.role
    def mine(self, me: User) -> bool:
        return self.owner == me

    @sb.role
    def public(self, me: User | None) -> bool:
        return self.status == "open"

    access = sb.Access(read=mine | public, create=mine)
    search = sb.Query(
        text=(title, body), where=(city, status, owner), group=(city, status), measure=(amount,), sort=("-created_at",)
    )


market = sb.Service(
    "market", rest="/v1", entities=[User, Ad], actor=sb.Actor(User, claims={"sub": User.subject}, provision=True)
)

OWNERS, CITIES = 200, 1_000
# One row in five thousand has this word; one in two has that.
RARE, COMMON = "rare", "common"
OWNER = "00000000-0000-7000-8000-000000000007"
ASKED = (
    f"?q={RARE}",
    f"?q={RARE}&page_size=1",
    f"?q=number+{RARE[:3]}&count=true",
    f"?q={RARE}&city=City+7",
    f"?q={COMMON}",
    "?city=City+7",
    f"?owner_id={OWNER}",
    "/aggregate?city=City+7&measures=count,sum.amount,max.amount",
    "/aggregate?city=City+7&group_by=status",
    f"/aggregate?owner_id={OWNER}&group_by=city",
    f"/aggregate?q={RARE}&measures=count,avg.amount",
    f"/aggregate?q={RARE}&group_by=status",
)
_FILL = {
    "postgresql": """
        INSERT INTO "user" (id, subject, created_at, updated_at, _version)
        SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'user ' || i, now(), now(), 1
        FROM generate_series(0, {owners} - 1) i;
        INSERT INTO ad (id, owner_id, title, body, city, status, amount, created_at, updated_at, _version, _title_words, _body_words)
        SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid,
          ('00000000-0000-7000-8000-' || lpad((i % {owners})::text, 12, '0'))::uuid,
          'Number ' || i, repeat('What it is. ', 20), 'City ' || i % {cities},
          (ARRAY['open', 'open', 'draft', 'closed'])[1 + (i / {cities}) % 4], i % 100,
          timestamptz '2026-01-01Z' + i * interval '1 second', now(), 1,
          array_to_tsvector(ARRAY['number', 'n' || i,
            CASE WHEN i % 5000 = 7 THEN '{rare}' WHEN i % 2 = 0 THEN '{common}' ELSE 'other' END]),
          array_to_tsvector(ARRAY['what', 'it', 'is'])
        FROM generate_series(0, {rows} - 1) i""",
    "sqlite": """
        INSERT INTO "user" (id, subject, created_at, updated_at, _version)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {owners} - 1)
        SELECT printf('00000000-0000-7000-8000-%012d', i), 'user ' || i,
          '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', 1 FROM n;
        INSERT INTO ad (id, owner_id, title, body, city, status, amount, created_at, updated_at, _version, _title_words, _body_words)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} - 1)
        SELECT printf('00000000-0000-7000-8000-%012d', i), printf('00000000-0000-7000-8000-%012d', i % {owners}), 'Number ' || i,
          'What it is.', 'City ' || i % {cities}, CASE (i / {cities}) % 4 WHEN 2 THEN 'draft' WHEN 3 THEN 'closed' ELSE 'open' END, i % 100,
          strftime('%Y-%m-%dT%H:%M:%S', '2026-01-01', i || ' seconds') || '.000000Z', '2026-01-01T00:00:00.000000Z', 1,
          'number n' || i || ' ' || CASE WHEN i % 5000 = 7 THEN '{rare}' WHEN i % 2 = 0 THEN '{common}' ELSE 'other' END, 'what it is'
        FROM n""",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """
    How a statement reads the advertisements.

    Attributes:
        visited: Rows looked at; None where the store does not tell.
        steps: The plan's lines about their table.
    """

    visited: int | None
    steps: tuple[str, ...]


class Watched:
    """Statements that a store was given."""

    def __init__(self, store: Store) -> None:
        self.store, self.seen = store, list[tuple[Statement, Sequence[object]]]()
        self._fetch = store.fetch
        store.fetch = self.fetch  # type: ignore[method-assign]

    async def fetch(self, statement: Statement, values: Sequence[object] = ()) -> list[Row]:
        self.seen.append((statement, values))
        return await self._fetch(statement, values)

    async def visits(self) -> list[Visit]:
        """How those since the last time that read advertisements do so."""
        asked, self.seen = [each for each in self.seen if " ad " in each[0].sql.replace("\n", " ")], []
        return [await self._visit(statement.sql, values) for statement, values in asked]

    async def _visit(self, sql: str, values: Sequence[object]) -> Visit:
        if self.store.dialect == "sqlite":
            rows = await self._fetch(Statement(f"EXPLAIN QUERY PLAN {sql}"), values)
            return Visit(None, tuple(row[3] for row in rows if " ad_" in row[3] and " ad_search" not in row[3]))
        rows = await self._fetch(Statement(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}"), values)
        told = json.loads(rows[0][0]) if isinstance(rows[0][0], str) else rows[0][0]
        nodes = [node for node in _nodes(told[0]["Plan"]) if node.get("Relation Name") == "ad" and node["Actual Loops"]]
        names = (f"{node['Node Type']} {node.get('Index Name', '')} {_rows(node)}" for node in nodes)
        return Visit(sum(map(_rows, nodes)), tuple(names))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _rows(node: dict[str, Any]) -> int:
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return int(node["Actual Loops"] * (node["Actual Rows"] + sum(node.get(name, 0) for name in removed)))


@asynccontextmanager
async def filled(url: str, rows: int) -> AsyncIterator[tuple[AsyncClient, Watched]]:
    """The service on *url* with so many advertisements; PostgreSQL counts its values, as it does by itself, SQLite does not."""
    async with testing.async_client(market, store=url) as client:
        store = client.app.store
        script = _FILL[store.dialect].format(rows=rows, owners=OWNERS, cities=CITIES, rare=RARE, common=COMMON)
        async with store.session() as session:
            for statement in script.split(";\n"):
                await session.run(statement)
            if store.dialect == "postgresql":
                await session.run("VACUUM ANALYZE ad")
        yield client, Watched(store)


async def main(url: str, rows: int) -> None:
    async with filled(url, rows) as (client, watched):
        for path in ASKED:
            for name, caller in (("a stranger", client), ("an owner", client.as_user("user 3"))):
                watched.seen.clear()
                (await caller.get(f"/v1/ads{path}")).expect(200)
                for visit in await watched.visits():
                    print(
                        f"{path:60} {name:11} {'' if visit.visited is None else visit.visited:>7}  {'; '.join(visit.steps)}"
                    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    asyncio.run(main(given.store, given.rows))
