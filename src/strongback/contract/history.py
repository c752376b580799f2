"""What reading the history of rows looks like in the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace

from strongback.contract.bodies import Names, closed, refer
from strongback.contract.examples import example_of
from strongback.contract.parameters import VERSIONS_MAX
from strongback.contract.schema import Schema, schema_of
from strongback.contract.words import spoken, with_article
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.predicate.tree import FALSE
from strongback.predicate.types import DATETIME, UUID, Type

CHANGES: Final = ("create", "update", "delete", "restore", "erase")
TEXT: Final = (
    "The newest version first. A version is there when the caller would also have been let in by its own values, and a member of it when "
    "it is visible on the row as it is now as well. A row that is deleted now has none."
)
AS_OF: Final[Schema] = {
    "name": "as_of",
    "in": "query",
    "description": "The row as it was at this time, to those who may read its history; without an ETag, and without `include`.",
    "schema": {"type": "string", "format": "date-time"},
}


def schemas(model: Model, names: Names) -> Iterator[tuple[str, Schema]]:
    """The schemas of each entity whose history somebody may read."""
    for entity in model.entities:
        if entity.access.history != FALSE:
            yield names.of(entity.name, "HistoryItem"), _item(names, entity, _id_of_callers(model))
            yield names.of(entity.name, "HistoryPage"), _page(names, entity)


def _id_of_callers(model: Model) -> Type:
    return model.entity(model.actor.entity).id_type if model.actor is not None else UUID


def _item(names: Names, entity: Entity, by: Type) -> Schema:
    properties: dict[str, Schema] = {
        "version": {"type": "integer", "format": "int64", "minimum": 1},
        "at": {**schema_of(DATETIME), "description": "When it was made."},
        "change": {"type": "string", "enum": list(CHANGES), "description": "What made it."},
        "by": {**schema_of(replace(by, optional=True)), "description": "Whose row did; null when nobody with a row."},
        "row": refer(names.of(entity.name, "Partial")),
    }
    doc = f"One version of {with_article(spoken(entity.name))}."
    return closed(properties, tuple(properties), doc)


def _page(names: Names, entity: Entity) -> Schema:
    items = {"type": "array", "items": refer(names.of(entity.name, "HistoryItem")), "maxItems": VERSIONS_MAX}
    token = {"type": "string", "description": "Give it as `page_token` to go on; absent on the last page."}
    doc = f"A page of the versions of {with_article(spoken(entity.name))}."
    return closed({"items": items, "next_page_token": token}, ("items",), doc)


def example(model: Model, row: dict[str, Any] | None) -> dict[str, Any] | None:
    """A page with the one version that there is of a new *row*."""
    if row is None:
        return None
    version = {
        "version": 1,
        "at": row["created_at"],
        "change": "create",
        "by": example_of(_id_of_callers(model)),
        "row": row,
    }
    return {"items": [version]}
