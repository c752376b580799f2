"""A database that dies, is gone, is full or is slow, seen from the caller's side: 503, and service again as soon as it is back."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from strongback.store.store import Statement
from strongback.testing.client import AsyncClient, async_client
from strongback.testing.in_process import Response
from tests.services.workshop import workshop

BUSY = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND (state LIKE 'idle in%' OR state = 'active')"


@dataclass
class Running:
    stranger: AsyncClient
    ann: AsyncClient
    order: str

    async def read(self) -> Response:
        return await self.ann.get(f"/v1/orders/{self.order}")

    async def rename(self, title: str) -> Response:
        return await self.ann.patch(f"/v1/orders/{self.order}", json={"title": title})

    async def sleep(self, seconds: float) -> Response:
        return await self.ann.post(f"/v1/orders/{self.order}/sleep", json={"seconds": seconds})

    async def is_ready(self) -> bool:
        return (await self.stranger.get("/ready")).status == 200


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Running]:
    async with async_client(workshop, url) as stranger:
        ann = stranger.as_user("ann")
        shop = (await ann.post("/v1/shops/start", json={"name": "Wood"})).json["id"]
        order = (await ann.post("/v1/orders", json={"shop_id": shop, "title": "chair"})).expect(201).json["id"]
        yield Running(stranger, ann, order)


def is_told_to_come_back(answer: Response, *codes: str) -> None:
    """503 as a problem, with a time after which to try again, and nothing of the database in it."""
    assert answer.status in (503, 504), answer
    assert answer.json["code"] in codes and answer.headers["content-type"] == "application/problem+json"
    if answer.status == 503:
        assert int(answer.headers["retry-after"]) >= 1
    assert not any(
        word in answer.body.lower() for word in (b"postgres", b"sqlite", b"asyncpg", b"select", b"127.0.0.1")
    )


async def terminate(server: str, url: str) -> None:
    """End every backend of the database at *url*, as a crash or a failover does."""
    admin = await asyncpg.connect(server)
    try:
        sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        await admin.fetch(sql, urlsplit(url).path[1:])
    finally:
        await admin.close()


async def test_a_database_that_dies_in_a_request(postgres_server: str, postgres_url: str) -> None:
    """The request is told to come back, nothing of it is done, and the next one is answered."""
    async with running(postgres_url) as service:
        under_way = asyncio.create_task(service.sleep(0.5))
        await asyncio.sleep(0.2)
        await terminate(postgres_server, postgres_url)
        is_told_to_come_back(await under_way, "SB301")
        assert (await service.read()).expect(200).json["title"] == "chair"
        assert (await service.rename("desk")).expect(200).json["title"] == "desk"


async def test_a_read_does_not_notice_that_its_connections_died(postgres_server: str, postgres_url: str) -> None:
    """Idle connections that a restart has cut are replaced before anybody sees it."""
    async with running(postgres_url) as service:
        for _ in range(3):
            await asyncio.gather(*(service.read() for _ in range(5)))
            await terminate(postgres_server, postgres_url)
            answers = await asyncio.gather(*(service.read() for _ in range(5)))
            assert [answer.status for answer in answers] == [200] * 5


async def test_a_database_that_is_gone_and_comes_back(postgres_server: str, postgres_url: str) -> None:
    """Meanwhile every request is told to come back and readiness says no; afterwards all is well without a restart."""
    admin = await asyncpg.connect(postgres_server)
    name = urlsplit(postgres_url).path[1:]
    try:
        async with running(postgres_url) as service:
            await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
            await terminate(postgres_server, postgres_url)
            for answer in (await service.read(), await service.rename("x"), await service.sleep(0)):
                is_told_to_come_back(answer, "SB301")
            assert not await service.is_ready()
            assert (await service.stranger.get("/live")).status == 200
            await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
            while (answer := await service.rename("desk")).status == 503:  # the pool pauses between its tries
                await asyncio.sleep(0.05)
            assert answer.expect(200).json["title"] == "desk"
            assert await service.is_ready()
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        await admin.close()


async def test_a_pool_without_a_free_connection(postgres_url: str) -> None:
    """Who waits in vain is told so after a bounded time; readiness and those who hold connections are not disturbed."""
    async with running(f"{postgres_url}?pool_size=2&pool_wait_s=0.2") as service:
        others = [(await service.ann.post("/v1/shops/start", json={"name": f"s{i}"})).json["id"] for i in range(2)]
        made = [await service.ann.post("/v1/orders", json={"shop_id": shop, "title": "t"}) for shop in others]
        holding = [
            asyncio.create_task(service.ann.post(f"/v1/orders/{m.json['id']}/sleep", json={"seconds": 1.0}))
            for m in made
        ]
        await asyncio.sleep(0.2)
        for answer in await asyncio.gather(*(service.read() for _ in range(10))):
            is_told_to_come_back(answer, "SB301")
        assert await service.is_ready()
        assert [answer.status for answer in await asyncio.gather(*holding)] == [204, 204]
        assert (await service.read()).status == 200


async def test_a_writer_that_waits_in_vain_on_sqlite(sqlite_url: str) -> None:
    """One writes at a time; the others wait a bounded time, and readers do not wait at all."""
    async with running(f"{sqlite_url}?write_wait_s=0.2") as service:
        holding = asyncio.create_task(service.sleep(1.0))
        await asyncio.sleep(0.2)
        is_told_to_come_back(await service.rename("x"), "SB301")
        assert (await service.read()).expect(200).json["title"] == "chair"
        assert (await holding).status == 204
        assert (await service.rename("desk")).status == 200


async def test_another_process_that_holds_the_sqlite_file(sqlite_url: str) -> None:
    async with running(f"{sqlite_url}?write_wait_s=0.2") as service:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        is_told_to_come_back(await service.rename("x"), "SB301")
        assert (await service.read()).status == 200
        other.execute("ROLLBACK")
        other.close()
        assert (await service.rename("desk")).status == 200


async def test_a_statement_that_takes_too_long(postgres_url: str) -> None:
    """A row that somebody else keeps locked: the writer is told in time, and its connection serves on."""
    async with running(f"{postgres_url}?statement_timeout_s=0.3&pool_size=1") as service:
        other = await asyncpg.connect(postgres_url)
        lock = other.transaction()
        await lock.start()
        await other.execute('SELECT * FROM "order" FOR UPDATE')
        is_told_to_come_back(await service.rename("x"), "SB302", "SB301")
        assert (await service.read()).expect(200).json["title"] == "chair"
        await lock.rollback()
        await other.close()
        assert (await service.rename("desk")).status == 200


async def test_a_connection_never_comes_back_with_a_transaction(postgres_url: str, postgres_server: str) -> None:
    """120 requests cancelled at random moments: nothing stays open, nothing stays lent, nothing is half done."""
    chance = random.Random(3)
    async with running(f"{postgres_url}?pool_size=3") as service:
        for _ in range(12):
            asks = [
                chance.choice([service.read, lambda: service.rename("t"), lambda: service.sleep(0.05)])
                for _ in range(10)
            ]
            tasks = [asyncio.create_task(ask()) for ask in asks]
            await asyncio.sleep(chance.random() * 0.02)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert (await service.rename("desk")).expect(200).json["title"] == "desk"
        assert service.ann.app.store.figures().in_use == 0
        admin = await asyncpg.connect(postgres_server)
        assert await admin.fetchval(BUSY, urlsplit(postgres_url).path[1:]) == 0
        await admin.close()


async def test_a_cancelled_writer_frees_sqlite(sqlite_url: str) -> None:
    chance = random.Random(3)
    async with running(sqlite_url) as service:
        for _ in range(12):
            asks = [chance.choice([lambda: service.rename("t"), lambda: service.sleep(0.05)]) for _ in range(6)]
            tasks = [asyncio.create_task(ask()) for ask in asks]
            await asyncio.sleep(chance.random() * 0.02)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert (await service.rename("desk")).expect(200).json["title"] == "desk"
        assert service.ann.app.store.figures().in_use == 0
        versions = Statement("SELECT count(*), max(_version) FROM order_history")
        assert len({tuple(row) for row in await service.ann.app.store.fetch(versions)}) == 1
        count, newest = (await service.ann.app.store.fetch(versions))[0]
        assert count == newest, "each version was kept, and none but those that were made"
