"""Make the actor's row when its token is first seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from strongback.errors import ActorDeleted, Unauthenticated
from strongback.model.model import Model
from strongback.model.text import text_fault
from strongback.model.uuid7 import uuid7
from strongback.plan.actor import Actor
from strongback.plan.body import defaults_of
from strongback.plan.members import member_type
from strongback.plan.value_fault import ValueFault
from strongback.plan.values import reader_for
from strongback.plan.write import stored_names
from strongback.store.sql.objects import Objects
from strongback.store.sql.predicate import ACTOR, NOW
from strongback.store.sql.programs import SqlPrograms
from strongback.store.store import Transaction
from strongback.store.violations import UniqueViolated

SEEN_MAX = 100_000
NAME = "provision"
ANOTHERS = "the token's claims belong to another account"


@dataclass
class Provisioner:
    """
    Turns verified claims into an actor.

    An actor whose row stays when it is deleted (`soft_delete=True`) is looked up with each request, so that what another process deletes is
    refused here too. Any other row can only come, so it is looked up once.

    Attributes:
        seen: Keys whose row was found or made by this process, of an actor that is looked up once: nothing is asked of the store for
            them. The row itself is found in each statement.
    """

    model: Model
    programs: SqlPrograms
    objects: Objects
    seen: dict[str, Actor] = field(default_factory=dict)

    def known(self, claims: Mapping[str, Any]) -> Actor | None:
        """The actor that *claims* name, if this process has seen to their row before."""
        declared = self.model.actor
        key = claims.get(declared.key.claim) if declared is not None else None
        return self.seen.get(key) if isinstance(key, str) else None

    async def actor(self, claims: Mapping[str, Any], now: datetime, *, keep: bool = True) -> Actor:
        """
        The actor that *claims* name.

        Args:
            keep: Whether a row that is not there yet is made now. Otherwise the actor brings its values along.
        Raises:
            Unauthenticated: The claims do not name one, or do not fit the actor's fields.
            ActorDeleted: The row they name is deleted.
        """
        declared = self.model.actor
        if declared is None:
            return Actor()
        key = claims.get(declared.key.claim)
        if not isinstance(key, str) or not key:
            raise Unauthenticated(f"the token has no claim `{declared.key.claim}`")
        wrong = text_fault(key)  # before any store sees it
        if wrong:
            raise Unauthenticated(f"the token's claim `{declared.key.claim}` {wrong}")
        can_go = self.model.entity(declared.entity).soft_delete
        if can_go or declared.provision:
            if not await self._is_there(key) and declared.provision:
                if not keep:
                    return Actor(key, self._values(claims))
                await self._make_sure(key, claims, now)
            if not can_go:
                self._remember(key)
        return Actor(key)

    def _remember(self, key: str) -> None:
        if len(self.seen) >= SEEN_MAX:
            self.seen.clear()
        self.seen[key] = Actor(key)

    async def _is_there(self, key: str) -> bool:
        bound = self.objects.actor_is_there(NAME)
        found = await self.programs.store.fetch(bound.statement, bound.values({ACTOR: key}))
        if found and not any(row[0] for row in found):
            raise ActorDeleted
        return bool(found)

    async def _make_sure(self, key: str, claims: Mapping[str, Any], now: datetime) -> None:
        values = self._values(claims)
        try:
            async with self.programs.store.begin() as tx:
                await self._insert(tx, values, now)
        except UniqueViolated:
            # Two first requests at once: the other one has made the row.
            if not await self._is_there(key):
                raise Unauthenticated(ANOTHERS) from None

    async def introduce(self, tx: Transaction, newcomer: Mapping[str, Any], now: datetime) -> None:
        """
        Make the row of a *newcomer* for as long as *tx* lasts.

        Raises:
            Unauthenticated: Their claims belong to another account.
        """
        try:
            await self._insert(tx, newcomer, now)
        except UniqueViolated:
            raise Unauthenticated(ANOTHERS) from None

    def _values(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        declared = self.model.actor
        assert declared is not None
        entity = self.model.entity(declared.entity)
        values = dict.fromkeys(stored_names(entity)) | defaults_of(entity)
        for claim in declared.claims:
            try:
                values[claim.field] = reader_for(member_type(entity, claim.field))(claims.get(claim.claim))
            except ValueFault as wrong:
                raise Unauthenticated(f"the token's claim `{claim.claim}` {wrong}") from None
        return values

    async def _insert(self, tx: Transaction, values: Mapping[str, Any], now: datetime) -> None:
        declared = self.model.actor
        assert declared is not None
        entity = self.model.entity(declared.entity)
        write = self.objects.insert(entity)
        assert write.write is not None
        bound = {**values, "id": uuid7(), NOW: now, ACTOR: values[declared.key.field]}
        bound |= self.programs.seal(write.entity_number, write.sealed, bound, "")
        await tx.fetch(write.write.statement, write.write.values(bound))
        if write.history is not None:
            await tx.fetch(write.history.statement, write.history.values(bound))
