"""The example service, running on a store, for stories told through the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.declare.service import Service
from strongback.engine.pipeline import perform
from strongback.errors import StrongbackError
from strongback.model.load import load
from strongback.model.model import Model
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.asked import Asked, FilterAsk, Kind, SelectAsk, Target
from strongback.plan.outcome import Outcome

KINDS: Mapping[str, Kind] = {
    **{kind: kind for kind in ("get", "create", "update", "delete", "restore", "history", "as_of")},
    "search": "list",
}


def kind_of(model: Model, entity: str, name: str) -> Kind:
    """What kind of operation *name* is."""
    return "list" if model.entity(entity).query(name) is not None else KINDS.get(name, "action")


@dataclass
class Said:
    """What an operation came to, in wire form: an answer or a refusal."""

    outcome: Outcome | None
    error: StrongbackError | None

    @property
    def item(self) -> dict[str, Any]:
        assert self.outcome is not None, self.error
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.outcome.item))
        return found

    @property
    def items(self) -> list[dict[str, Any]]:
        assert self.outcome is not None, self.error
        found: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(list(self.outcome.items or ())))
        return found

    @property
    def code(self) -> str:
        return self.error.code if self.error is not None else ""


class Caller:
    """One caller of a running app."""

    def __init__(self, app: App, actor: Actor) -> None:
        self.app, self.actor = app, actor

    async def __call__(self, operation: str, id: str | None = None, /, **more: Any) -> Said:
        entity, name = operation.split(".")
        asked = Asked(Target(entity, kind_of(self.app.model, entity, name), name), id=id, **more)
        try:
            return Said(await perform(asked, self.actor, self.app.runtime), None)
        except StrongbackError as error:
            return Said(None, error)


@dataclass
class Stage:
    """A running app and who calls it."""

    app: App
    stranger: Caller

    async def user(self, name: str) -> Caller:
        claims = {"sub": name, "name": name.title(), "email": f"{name}@example.org"}
        return Caller(self.app, await self.app.provisioner.actor(claims, self.app.clock.now()))


def keyring() -> Keyring:
    return Keyring({1: bytes(range(32))}, primary=1)


@asynccontextmanager
async def stage(
    url: str, model: Model | None = None, service: Service = jobs, ring: Keyring | None = None, **more: Any
) -> AsyncIterator[Stage]:
    """A service, the example if no other is named, on the store at *url*, its schema brought up to the model."""
    app = App(model or load(service), Team.of(service), url, ring or keyring(), **more)
    await app.start(create=True)
    try:
        yield Stage(app, Caller(app, ANONYMOUS))
    finally:
        await app.close()


def including(**relations: SelectAsk) -> SelectAsk:
    return SelectAsk(include=relations)


def where(**equals: object) -> tuple[FilterAsk, ...]:
    return tuple(FilterAsk(name, "eq", (value,), name, text=False) for name, value in equals.items())
