"""
The OpenAPI document says what is answered: every answer to a hostile or a decent request has a documented status, media type, header
fields and content, and none is an error of ours.

The same seeds ask the same; `docs/how-to/contract-checks.md` says how tools of others ask.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from time import process_time

import msgspec
import pytest

from examples.jobs.service import jobs
from strongback.contract.openapi import make_openapi
from strongback.crypto.keyring import Keyring
from strongback.declare.service import Service
from strongback.store.blobs.memory import MemoryBlobs
from strongback.testing.client import AsyncClient, async_client
from strongback.testing.files import WorldFiles
from strongback.testing.stored import store_world
from strongback.testing.worlds import World, make_world
from tests.contract.hostile import Attacker, Hostile, Ids
from tests.contract.judge import Judge
from tests.services.album import album
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.shop import shop

SERVICES = [jobs, shop, clinic, guild, album]
REQUESTS = 1_250
SEEDS = range(1, 11)
# Of this process, for one request, the collector's turn in a process full of tests included: what loops or explodes takes more.
CPU_MAX_S = 5.0


@dataclass
class Tried:
    """What came of many requests."""

    statuses: Counter[int]
    faults: list[str]


def ids_of(world: World) -> Ids:
    """Ids of rows there are, by collection path."""
    entities = {entity.name: entity.plural.replace("_", "-") for entity in world.model.entities}
    return {entities[name]: [str(row.id) for row in rows] for name, rows in world.rows.items()}


def callers(stranger: AsyncClient, world: World) -> list[AsyncClient]:
    """A stranger and some users there are."""
    actor = world.model.actor
    assert actor is not None
    subjects = [str(row.values[actor.key.field]) for row in world.rows[actor.entity] if not row.deleted]
    return [stranger, *(stranger.as_user(subject) for subject in subjects[:4])]


async def attack(service: Service, seed: int) -> Tried:
    async with async_client(service) as stranger:
        model = stranger.app.model
        world = make_world(model, f"honest-{seed}", size=8)
        stranger.app.runtime.files = WorldFiles(MemoryBlobs(), Keyring({1: bytes(range(32))}, primary=1))
        await store_world(stranger.app, world)
        document = msgspec.json.decode(msgspec.json.encode(make_openapi(model)))
        judge = Judge(document)
        attacker = Attacker(list(judge.operations()), document, ids_of(world), seed)
        who, tried = callers(stranger, world), Tried(Counter(), [])
        for number in range(REQUESTS):
            one = attacker.next()
            await send(who[number % len(who)], one, judge, tried)
        return tried


async def send(caller: AsyncClient, one: Hostile, judge: Judge, tried: Tried) -> None:
    began = process_time()
    answer = await caller.request(one.method, one.path, json=one.body, headers=one.headers)
    spent_s = process_time() - began
    tried.statuses[answer.status] += 1
    wrong = judge.faults(one.asked, answer)
    if spent_s > CPU_MAX_S:
        wrong = [*wrong, f"cost {spent_s:.2f} s of the processor"]
    if answer.status >= 500 or wrong:
        tried.faults.append(
            f"{one.method} {one.path[:300]} {one.headers} {(one.body or b'')[:300]!r}: {answer.status} {wrong}"
        )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_what_is_answered_is_what_is_documented(service: Service, seed: int) -> None:
    tried = await attack(service, seed)
    assert tried.faults == []
    assert sum(tried.statuses.values()) == REQUESTS
    # The requests reach everything behind the door, not only its guard.
    assert tried.statuses[200] + tried.statuses[201] + tried.statuses[204] >= REQUESTS / 60
    assert tried.statuses[422] >= REQUESTS / 40


def test_enough_hostile_requests_are_sent() -> None:
    assert REQUESTS * len(SERVICES) * len(SEEDS) >= 50_000
