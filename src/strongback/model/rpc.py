"""
What a service is called in gRPC: its package, its methods, their messages. The contract prints it, the door serves it.

Names follow the resource methods of Google's API improvement proposals (AIP-130 to 136, 162, 164, 231), within buf's STANDARD rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Protocol

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import batched
from strongback.predicate.tree import FALSE

Kind = Literal["get", "list", "aggregate", "create", "update", "delete", "restore", "action", "batch", "history"]
SEARCH: Final = "search"


@dataclass(frozen=True)
class Rpc:
    """
    One method.

    Attributes:
        package: `jobs.v1`.
        name: `PublishJob`; its messages are this with `Request` and `Response`.
        operation: Of a list or an aggregate the query's name, of an action the action's; otherwise the kind.
    """

    package: str
    service: str
    name: str
    entity: str
    kind: Kind
    operation: str

    @cached_property
    def path(self) -> str:
        """Where it is called: `/jobs.v1.JobService/PublishJob`."""
        return f"/{self.package}.{self.service}/{self.name}"

    @property
    def request(self) -> str:
        return f"{self.name}Request"

    @property
    def response(self) -> str:
        return f"{self.name}Response"


class Makes(Protocol):
    """Makes a method of one entity."""

    def __call__(self, name: str, kind: Kind, operation: str = "") -> Rpc: ...


def package_of(model: Model) -> str:
    """
    The package of a service: a new one with each major version, which may break its callers.

    >>> package_of(Model("night-shift", version="2.1.0")), package_of(Model("jobs", version="0.3.0"))
    ('night_shift.v2', 'jobs.v1')
    """
    major = re.match(r"\d+", model.version)
    return f"{snake(model.name)}.v{max(1, int(major[0]) if major else 1)}"


def rpcs_of(model: Model) -> tuple[Rpc, ...]:
    """Every method of *model*, entity by entity. What is granted to nobody is not there."""
    return tuple(rpc for entity in model.entities for rpc in _of(package_of(model), entity))


def pascal(name: str) -> str:
    """
    >>> pascal("job_offers"), pascal("Job"), pascal("already-applied")
    ('JobOffers', 'Job', 'AlreadyApplied')
    """
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_-]", name))


def snake(name: str) -> str:
    """
    >>> snake("JobOffer"), snake("night-shift"), snake("URLPart")
    ('job_offer', 'night_shift', 'url_part')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def message_of(entity: Entity) -> str:
    """The message of a row."""
    return pascal(entity.name)


def row_field(entity: Entity) -> str:
    """The field of requests and responses that holds one row: `job`."""
    return snake(entity.name)


def rows_field(entity: Entity) -> str:
    """The field of responses that holds many: `jobs`."""
    return snake(entity.plural)


def _of(package: str, entity: Entity) -> Iterator[Rpc]:
    one, many = message_of(entity), pascal(entity.plural)
    taken: set[str] = set()

    def rpc(name: str, kind: Kind, operation: str = "") -> Rpc:
        # An action may be called as a method is that every entity has: `get`, `update`.
        named = f"{name}Action" if name in taken and kind == "action" else name
        taken.add(named)
        return Rpc(package, f"{one}Service", named, entity.name, kind, operation or kind)

    access = entity.access
    if access.read != FALSE:
        yield rpc(f"Get{one}", "get")
        for query in entity.queries:
            if query.allow != FALSE:
                which = "" if query.name == SEARCH else pascal(query.name)
                yield rpc(f"List{which}{many}", "list", query.name)
                if query.has_aggregates:
                    yield rpc(f"Aggregate{which}{many}", "aggregate", query.name)
    yield from _writes(entity, one, rpc)
    if FALSE not in (access.read, access.history):
        yield rpc(f"List{one}Revisions", "history")
    if batched(entity):
        yield rpc(f"Batch{many}", "batch")
    for action in entity.actions:
        if action.allow != FALSE and (action.on == "class" or access.read != FALSE):
            yield rpc(f"{pascal(action.name)}{one}", "action", action.name)


def _writes(entity: Entity, one: str, rpc: Makes) -> Iterator[Rpc]:
    access = entity.access
    if access.create != FALSE:
        yield rpc(f"Create{one}", "create")
    if access.read == FALSE:
        return
    if access.update != FALSE:
        yield rpc(f"Update{one}", "update")
    if access.delete != FALSE:
        yield rpc(f"Delete{one}", "delete")
    if access.restore != FALSE:
        yield rpc(f"Undelete{one}", "restore")
