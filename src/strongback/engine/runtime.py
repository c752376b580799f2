"""What a running service is made of, joined by `app.py` and used by the pipeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from secrets import token_bytes
from typing import Any, Protocol

from strongback.engine.files import Files
from strongback.engine.links import Links
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.observe.sink import Sink
from strongback.plan.actor import Actor
from strongback.plan.asked import Target
from strongback.plan.form import Operations
from strongback.plan.shape import Shape
from strongback.store.sql.objects import Objects
from strongback.store.sql.programs import SqlPrograms
from strongback.store.store import Transaction

PLANS_KEPT = 1000
NOT_FOUND_FLOOR_S = 0.005

Introduce = Callable[[Transaction, Mapping[str, Any], datetime], Awaitable[None]]


class Authenticate(Protocol):
    """Finds out who asks."""

    async def __call__(self, credentials: str | Mapping[str, Any] | None, *, keep: bool = True) -> Actor:
        """
        Whom *credentials* name: a bearer token, or claims that were verified before; none are an anonymous caller's.

        Args:
            keep: Whether whoever is seen for the first time gets their row now.
        Raises:
            Unauthenticated: The token is none of this service's.
        """
        ...


class Limiter(Protocol):
    """Counts what one caller asks of one operation."""

    def check(self, caller: str, times: int = 1, /) -> None:
        """
        Count *times* requests of *caller* at once, or none of them.

        Raises:
            RateLimited: *caller* asks too often.
        """
        ...


class Clock(Protocol):
    """The time, injected."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Runtime:
    """
    A service, ready to answer.

    Attributes:
        introduce: Makes the row of somebody new inside a transaction that is not kept.
        files: The bytes of files.
        handlers: The team's methods, by entity and action.
        classes: The team's classes, by entity.
        convert: What an action's argument becomes before the team's method gets it, by entity, action and parameter (a value object).
        provide: What makes the team's own dependencies, by the name of their type.
        not_found_floor_s: How long an answer "not found" takes at least, so that its time does not tell hidden from absent.
        programs_kept: Compiled programs by shape.
        links: The links to them.
    """

    model: Model
    programs: SqlPrograms
    operations: Operations
    authenticate: Authenticate
    introduce: Introduce
    files: Files
    handlers: Mapping[tuple[str, str], Callable[..., Any]] = field(default_factory=dict)
    classes: Mapping[str, type[Any]] = field(default_factory=dict)
    provide: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    limiters: Mapping[Target, Limiter] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    sink: Sink | None = None
    not_found_floor_s: float = NOT_FOUND_FLOOR_S
    action_time_s: float = 10.0
    convert: Mapping[tuple[str, str, str], Callable[[Any], Any]] = field(default_factory=dict)
    programs_kept: dict[Shape, Any] = field(default_factory=dict)
    links: Links = field(default_factory=lambda: Links(token_bytes(32)))

    @cached_property
    def objects(self) -> Objects:
        """The statements that load and save whole rows, for actions."""
        return Objects(self.programs.target)

    def kept(self, shape: Shape, make: Callable[[Shape], Any]) -> Any:
        """The compiled program of *shape*, made on first sight. Shapes come from callers, so what is kept is bounded."""
        found = self.programs_kept.get(shape)
        if found is None:
            if len(self.programs_kept) >= PLANS_KEPT:
                self.programs_kept.clear()
            found = self.programs_kept[shape] = make(shape)
        return found

    def entity(self, target: Target) -> Entity:
        return self.model.entity(target.entity)
