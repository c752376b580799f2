"""The Model: one service, whole."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from msgspec import Struct

from strongback.model.entity import Entity
from strongback.model.tool import Tool

IR_VERSION = 1


class Claim(Struct, frozen=True):
    """A token's claim and the actor's field it fills."""

    claim: str
    field: str


class Actor(Struct, frozen=True, omit_defaults=True):
    """
    How a token becomes a row.

    Attributes:
        entity: The entity of callers.
        claims: The first is the key: a unique field.
        provision: Whether the row is made when its token is first seen.
    """

    entity: str
    claims: tuple[Claim, ...]
    provision: bool = False

    @property
    def key(self) -> Claim:
        return self.claims[0]


class Mount(Struct, frozen=True):
    """A prefix below which the team's own code answers: outside the promise of permissions but for who may ask at all."""

    path: str
    allow: Literal["EVERYONE", "SIGNED_IN"]


class Model(Struct, frozen=True, omit_defaults=True, dict=True):
    """
    A service as frozen data.

    Attributes:
        version: The service's own version, shown in contracts.
        rest: The prefix of REST paths, empty when REST is not served.
        graphql: Whether GraphQL is served.
        grpc: Whether gRPC is served.
        mcp: The operations that are tools of MCP; none when it is not served.
    """

    name: str
    version: str = "0.0.0"
    doc: str = ""
    rest: str = ""
    graphql: bool = False
    grpc: bool = False
    mcp: tuple[Tool, ...] = ()
    entities: tuple[Entity, ...] = ()
    actor: Actor | None = None
    mounts: tuple[Mount, ...] = ()
    ir_version: int = IR_VERSION

    @cached_property
    def by_name(self) -> dict[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    @cached_property
    def holds_files(self) -> bool:
        """Whether any row holds a file."""
        return any(True for entity in self.entities for _ in entity.blobs())

    def entity(self, name: str) -> Entity:
        """The entity *name*; a KeyError here is a fault of ours, since names were checked when the model loaded."""
        return self.by_name[name]
