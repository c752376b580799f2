"""Make up rows as callers make them: by the service's own operations, as those who may."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from strongback.cli.fake.ways import Given, Way, ways_of
from strongback.model.entity import Entity
from strongback.model.relation import Relation
from strongback.store.store import Statement
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import InProcess, Response
from strongback.testing.plausible import Plausible
from strongback.testing.worlds import same_tenant, storing_order

ARRIVING = "comes for the first time"
# Refusals one after another, after which an operation is left alone.
PATIENCE = 40
CHANCE_OF_A_CHANGE = 0.6
CHANCE_OF_NO_REFERENCE = 0.3
# Callers are few in what they do by chance: one in ten tries is of the kind that has done worse.
CURIOSITY = 0.1
KINDS = ("maker", "anyone")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks; *id* is that of their row."""

    client: AsyncClient
    id: str


@dataclass(frozen=True, slots=True)
class Made:
    """A row that was made; *by* is whoever made it."""

    entity: str
    id: str | int
    by: Caller
    tenant: str = ""


@dataclass
class Tries:
    """How an operation has gone: what lets it be left alone when nobody here may do it."""

    failed: int = 0
    last: str = ""
    tried: Counter[str] = field(default_factory=Counter)
    went: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, response: Response) -> bool:
        self.tried[kind] += 1
        if response.status < 300:
            self.failed = 0
            self.went[kind] += 1
            return True
        self.failed += 1
        problem = response.json or {}
        self.last = (
            f"{problem.get('code', response.status)} {problem.get('detail') or problem.get('title', '')}".strip()
        )
        return False

    def likely(self, kind: str) -> float:
        return (self.went[kind] + 1) / (self.tried[kind] + 2)


class Maker:
    """
    Makes rows of one service.

    Attributes:
        made: How many rows, by entity.
    """

    def __init__(self, served: InProcess, seed: str) -> None:
        self.made: Counter[str] = Counter()
        self._served, self._app, self._model = served, served.app, served.app.model
        self._stranger = AsyncClient(served)
        self._random = Random(seed)  # noqa: S311 - not for secrets: it has to be repeatable
        self._values = Plausible(self._model, self._random)
        self._callers: list[Caller] = []
        self._rows: dict[str, list[Made]] = defaultdict(list)
        self._within: dict[tuple[str, str], list[Made]] = defaultdict(list)
        self._tries: dict[str, Tries] = defaultdict(Tries)
        self._ways = list(ways_of(self._model))

    def wanted(self, rows: int, entity: str) -> Counter[str]:
        """How many rows of each entity make *rows* in all; of one *entity* all of them, and some of those it needs."""
        order = [each.name for each in storing_order(self._model)]
        weights = {name: self._weight(name) for name in order if self._making(name)}
        if entity:
            needed = {name: max(1, rows // 50) for name in self._needs(entity, frozenset()) if name in weights}
            return Counter({**needed, entity: rows})
        all_ = sum(weights.values())
        shares = Counter({name: max(1, rows * weight // all_) for name, weight in weights.items()})
        if shares:
            shares[max(weights, key=lambda name: weights[name])] += max(0, rows - shares.total())
        return shares

    async def make(self, wanted: Counter[str]) -> AsyncIterator[str]:
        """
        Make what is *wanted*, entity by entity: each name is given when a row of it was made.

        What nobody here may make is made up for by rows of others, those that refer to most of them first.
        """
        order = [entity.name for entity in storing_order(self._model)]
        for name in order:
            async for made in self._some(name, wanted[name]):
                yield made
        for name in reversed(order) if len(wanted) > 1 else ():
            missing = wanted.total() - self.made.total()
            if wanted[name] and missing > 0:
                async for made in self._some(name, self.made[name] + missing):
                    yield made

    async def _some(self, name: str, count: int) -> AsyncIterator[str]:
        """Rows of one entity, until there are *count*."""
        while self.made[name] < count:
            ways = [way for way in self._making(name) if self._tries[way.operation].failed < PATIENCE]
            if not ways:
                return
            if await self._one(self._random.choice(ways)):
                self.made[name] += 1
                yield name

    def refused(self, wanted: Counter[str]) -> Iterator[str]:
        """Of what is fewer than *wanted*, why."""
        for name, count in wanted.items():
            if self.made[name] < count:
                said = [f"{way.operation}: {self._tries[way.operation].last}" for way in self._making(name)]
                yield f"{name}: {self.made[name]} of {count}; {'; '.join(said) or 'no operation makes one'}"

    # -- which rows

    def _weight(self, entity: str) -> int:
        """The more a row stands on others, the more of them there are; callers are the few who do all of it."""
        depth = self._depth(self._model.entity(entity), frozenset())
        return 2 if entity == self._actor() else 2 ** min(5, depth)

    def _making(self, entity: str) -> list[Way]:
        actor = self._model.actor
        if actor is not None and actor.provision and actor.entity == entity:
            return [Way(ARRIVING, "", entity, ())]
        return [way for way in self._ways if way.makes == entity]

    def _needs(self, entity: str, above: frozenset[str]) -> Iterator[str]:
        """Who refers and who may: the entities that rows of *entity* stand on, and callers."""
        if self._model.actor is not None:
            yield self._model.actor.entity
        for relation in self._model.entity(entity).to_one():
            if relation.target not in above and relation.target != entity:
                yield relation.target
                yield from self._needs(relation.target, above | {entity})

    def _depth(self, entity: Entity, above: frozenset[str]) -> int:
        targets = {r.target for r in entity.to_one() if not r.optional} - above - {entity.name}
        return max((1 + self._depth(self._model.entity(t), above | {entity.name}) for t in targets), default=0)

    # -- one row

    async def _one(self, way: Way) -> bool:
        """Try to make one row; whether it was made."""
        if way.operation == ARRIVING:
            return await self._arrive()
        tries = self._tries[way.operation]
        kind = self._kind(tries)
        on = self._any(way.on) if way.on else None
        if way.on and on is None:
            tries.failed, tries.last = PATIENCE, f"there is no {way.on}"
            return False
        first = on or self._first(way)
        caller = self._caller(kind, first)
        body = None if caller is None else self._body(way, caller, first, on)
        if caller is None or body is None:
            tries.failed, tries.last = tries.failed + 1, "there is no row to refer to"
            return False
        response = await caller.client.post(way.path.replace("{id}", str(on.id) if on else ""), json=body)
        if not tries.note(kind, response):
            return False
        await self._keep(way, body, response, caller, on)
        return True

    def _kind(self, tries: Tries) -> str:
        if self._random.random() < CURIOSITY:
            return self._random.choice(KINDS)
        return max(KINDS, key=tries.likely)

    def _any(self, entity: str) -> Made | None:
        rows = self._rows[entity]
        return self._random.choice(rows) if rows else None

    def _caller(self, kind: str, row: Made | None) -> Caller | None:
        """Whoever made *row*, or has made anything; or anyone."""
        if kind == "maker":
            if row is None:
                makers = [rows[self._random.randrange(len(rows))] for rows in self._rows.values() if rows]
                row = self._random.choice(makers) if makers else None
            if row is not None:
                return row.by
        return self._random.choice(self._callers) if self._callers else Caller(self._stranger, "")

    def _first(self, way: Way) -> Made | None:
        """The row that decides who may: what the tenant is, or else the first one referred to."""
        entity = self._model.entity(way.makes)
        relations = [r for r in entity.to_one() if not r.optional and r.target != self._actor()]
        relations.sort(key=lambda r: entity.tenant[:1] != (r.name,))
        return self._any(relations[0].target) if relations else None

    def _actor(self) -> str:
        return self._model.actor.entity if self._model.actor is not None else ""

    def _body(self, way: Way, caller: Caller, first: Made | None, on: Made | None) -> dict[str, Any] | None:
        """What is sent; None when a row is needed that is not there."""
        body: dict[str, Any] = {}
        given = way.given if not way.makes or way.on else sorted(way.given, key=lambda g: not self._leads(way, g))
        for each in given:
            if each.type.kind != "ref":
                if each.needed or self._random.random() < 0.5:
                    make = self._values.fresh if each.unique else self._values.value
                    body[each.name] = make(each.type, each.where)
                continue
            row = self._refer(way, each, caller, first, on)
            if row is None and not each.type.optional:
                return None
            body[each.name] = row
        return body

    def _leads(self, way: Way, given: Given) -> bool:
        entity = self._model.entity(way.makes)
        return bool(entity.tenant) and given.name == f"{entity.tenant[0]}_id"

    def _refer(self, way: Way, given: Given, caller: Caller, first: Made | None, on: Made | None) -> str | int | None:
        if given.type.optional and self._random.random() < CHANCE_OF_NO_REFERENCE:
            return None
        target = given.type.target
        if target == self._actor() and caller.id and self._random.random() < 0.5:
            return caller.id
        if first is not None and on is None and first.entity == target:
            return first.id
        relation = self._relation(way, given)
        tenant = first.tenant if first is not None else ""
        bound = relation is not None and same_tenant(self._model, self._model.entity(way.makes), relation)
        rows = self._within[target, tenant] if bound else self._rows[target]
        return self._random.choice(rows).id if rows else None

    def _relation(self, way: Way, given: Given) -> Relation | None:
        return self._model.entity(way.makes).relation_of(given.name) if way.makes else None

    # -- afterwards

    async def _keep(self, way: Way, body: dict[str, Any], response: Response, caller: Caller, on: Made | None) -> None:
        entity = self._model.entity(way.makes)
        id_ = (response.json or {}).get("id")
        if id_ is None:
            return
        made = Made(entity.name, id_, caller, self._tenant(entity, str(id_), body, on))
        self._rows[entity.name].append(made)
        self._within[entity.name, made.tenant].append(made)
        for change in self._ways:
            if change.on == entity.name and not change.makes and self._tries[change.operation].failed < PATIENCE:
                await self._change(change, made)

    def _tenant(self, entity: Entity, id_: str, body: dict[str, Any], on: Made | None) -> str:
        """The tenant of a new row: that of the row its path begins with; a row that is a tenant is its own."""
        if not entity.tenant:
            return id_
        relation = entity.relation(entity.tenant[0])
        assert relation is not None  # checked when the model loaded
        at = str(body.get(relation.column) or (on.id if on is not None else ""))
        return (
            at if len(entity.tenant) == 1 else next((r.tenant for r in self._rows[relation.target] if r.id == at), "")
        )

    async def _change(self, way: Way, row: Made) -> None:
        """Let its maker do with the row what actions are there for, now and then; a refusal is none of anybody's."""
        if self._random.random() > CHANCE_OF_A_CHANGE:
            return
        body = self._body(way, row.by, None, row)
        if body is not None:
            self._tries[way.operation].note(
                "maker", await row.by.client.post(way.path.replace("{id}", str(row.id)), json=body)
            )

    async def _arrive(self) -> bool:
        """Somebody comes for the first time, and gets a row."""
        await asyncio.sleep(0)  # no request is asked: let Ctrl-C be heard here
        actor = self._model.actor
        assert actor is not None  # else nobody arrives
        entity = self._model.entity(actor.entity)
        claims: dict[str, Any] = {}
        for claim in (actor.key, *actor.claims):
            found = entity.field(claim.field)
            assert found is not None  # checked when the model loaded
            make = self._values.fresh if found.unique or claim == actor.key else self._values.value
            claims.setdefault(claim.claim, make(found.type, f"{entity.name}.{claim.field}"))
        subject = str(claims.pop(actor.key.claim)).replace(" ", "-")
        said = {name: value for name, value in claims.items() if value is not None}
        token = self._served.bearers.issue(subject, said)
        id_ = await self._row_of((await self._app.authenticate(token)).key)
        self._callers.append(Caller(AsyncClient(self._served, token), id_))
        made = Made(entity.name, id_, self._callers[-1], id_)
        self._rows[entity.name].append(made)
        self._within[entity.name, id_].append(made)
        return True

    async def _row_of(self, key: Any) -> str:
        """The id of a caller's row: they know it, whether or not they may read it by an operation."""
        actor = self._model.actor
        assert actor is not None  # asked for a caller alone
        table = self._app.schema.tables[actor.entity]
        real = {column.name: column.real for column in table.columns}
        mark = "$1" if self._app.store.dialect == "postgresql" else "?"
        sql = f'SELECT "{real["id"]}" FROM "{table.name}" WHERE "{real[actor.key.field]}" = {mark}'  # noqa: S608 - names of the model
        rows = await self._app.store.fetch(Statement(sql, ("key",)), (key,))
        return str(rows[0][0]) if rows else ""
