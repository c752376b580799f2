"""The REST surface of a Model: which methods there are on which paths. The door serves it, the OpenAPI document describes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import batched
from strongback.predicate.tree import FALSE

Kind = Literal[
    "get",
    "list",
    "aggregate",
    "create",
    "update",
    "delete",
    "restore",
    "action",
    "batch",
    "history",
    "download",
    "upload",
    "remove",
    "link",
]
DERIVED = frozenset({"get", "create", "update", "delete"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    One operation and where it is.

    Attributes:
        path: A template: `/v1/jobs/{id}/publish`.
        name: Of a list the query's name, of an action the action's, of a file the field's and the kind (`photo.download`); otherwise the
            kind.
        operation_id: Stable and unique in the document: `jobs_publish`.
    """

    method: str
    path: str
    entity: str
    kind: Kind
    name: str
    operation_id: str

    @property
    def field(self) -> str:
        """Of a file: the field that holds it."""
        return self.name.partition(".")[0]

    @property
    def operation(self) -> str:
        """What the operation is called in logs and figures, as a request's target spells it."""
        return f"{self.entity}.{self.name}{'.aggregate' * (self.kind == 'aggregate')}"

    @property
    def on_row(self) -> bool:
        """Whether the path names one row."""
        return "/{id}" in self.path


def endpoints(model: Model) -> tuple[Endpoint, ...]:
    """Every operation of *model*, entity by entity. What is granted to nobody is not there."""
    return tuple(endpoint for entity in model.entities for endpoint in _of(model, entity))


def collection(model: Model, entity: Entity) -> str:
    """
    The path of an entity's rows.

    >>> collection(Model("jobs", rest="/v1"), Entity("JobOffer", plural="job_offers"))
    '/v1/job-offers'
    """
    return f"{model.rest}/{kebab(entity.plural)}"


def kebab(name: str) -> str:
    return name.replace("_", "-")


def _of(model: Model, entity: Entity) -> Iterator[Endpoint]:
    path, access = collection(model, entity), entity.access
    if access.read != FALSE:
        yield from _lists(entity, path)
    if access.create != FALSE:
        yield _endpoint(entity, "POST", path, "create", "create")
    if access.read != FALSE:
        yield _endpoint(entity, "GET", f"{path}/{{id}}", "get", "get")
        yield from _writes(entity, f"{path}/{{id}}")
        yield from _files(entity, f"{path}/{{id}}")
        if access.history != FALSE:
            yield _endpoint(entity, "GET", f"{path}/{{id}}/history", "history", "history")
    yield from _actions(entity, path)
    if batched(entity):
        yield _endpoint(entity, "POST", f"{path}/batch", "batch", "batch")


def _lists(entity: Entity, path: str) -> Iterator[Endpoint]:
    for query in entity.queries:
        if query.allow != FALSE:
            at = path if query.name == "search" else f"{path}/{kebab(query.name)}"
            yield _endpoint(entity, "GET", at, "list", query.name)
            if query.has_aggregates:
                yield _endpoint(entity, "GET", f"{at}/aggregate", "aggregate", query.name)


def _writes(entity: Entity, path: str) -> Iterator[Endpoint]:
    if entity.access.update != FALSE:
        yield _endpoint(entity, "PATCH", path, "update", "update")
    if entity.access.delete != FALSE:
        yield _endpoint(entity, "DELETE", path, "delete", "delete")
    if entity.access.restore != FALSE:
        yield _endpoint(entity, "POST", f"{path}/restore", "restore", "restore")


def _files(entity: Entity, path: str) -> Iterator[Endpoint]:
    for field in entity.blobs():
        if may_never_see(entity, field.name):
            continue
        at = f"{path}/{kebab(field.name)}"
        yield _file(entity, "GET", at, field.name, "download")
        yield _file(entity, "POST", f"{at}/link", field.name, "link")
        if entity.access.update != FALSE:
            yield _file(entity, "PUT", at, field.name, "upload")
            if not field.immutable:
                yield _file(entity, "DELETE", at, field.name, "remove")


def may_never_see(entity: Entity, field: str) -> bool:
    """Whether *field* is granted to nobody."""
    return any(access.field == field and access.allow == FALSE for access in entity.access.fields)


def _file(entity: Entity, method: str, path: str, field: str, kind: Kind) -> Endpoint:
    named = f"{entity.plural.replace('-', '_')}_{field}_{kind}"
    return Endpoint(method, path, entity.name, kind, f"{field}.{kind}", named)


def _actions(entity: Entity, path: str) -> Iterator[Endpoint]:
    for action in entity.actions:
        if action.allow == FALSE or (action.on == "row" and entity.access.read == FALSE):
            continue
        at = f"{path}/{{id}}" if action.on == "row" else path
        yield _endpoint(entity, "POST", f"{at}/{kebab(action.name)}", "action", action.name)


def _endpoint(entity: Entity, method: str, path: str, kind: Kind, name: str) -> Endpoint:
    derived = DERIVED if entity.access.history == FALSE else {*DERIVED, "history"}
    taken = kind == "aggregate" or (kind in ("list", "action") and name in derived)
    ending = f"_{kind}" if taken else ""
    return Endpoint(method, path, entity.name, kind, name, f"{entity.plural.replace('-', '_')}_{name}{ending}")
