"""The Model as an OpenAPI 3.1 document: every operation, every schema, every answer. Equal models give equal bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from strongback.contract import batch, bodies, history, parameters, responses
from strongback.contract.examples import example_of
from strongback.contract.operations import Describer
from strongback.contract.parameters import SHARED
from strongback.contract.rest import endpoints
from strongback.contract.schema import Schema, schema_of
from strongback.contract.words import spoken
from strongback.model.entity import Entity
from strongback.model.model import Model

VERSION: Final = "3.1.0"
COMPONENTS: Final = "#/components/"


def make_openapi(model: Model, server: str = "/") -> dict[str, Any]:
    """
    Describe *model*'s REST surface.

    Args:
        server: Where it is served: a URL, or a path on the document's own host.
    Source: OpenAPI Specification 3.1.0; JSON Schema draft 2020-12.
    """
    describer = Describer(model)
    paths: dict[str, Any] = {}
    for endpoint in endpoints(model):
        item = paths.setdefault(
            endpoint.path, {"parameters": [_id(model.entity(endpoint.entity))]} if endpoint.on_row else {}
        )
        item[endpoint.method.lower()] = describer.describe(endpoint)
    document: dict[str, Any] = {
        "openapi": VERSION,
        "info": _info(model),
        "servers": [{"url": server, "description": "Where this document is served."}],
        "tags": _tags(model, paths),
        "paths": paths,
    }
    return {**document, "components": _components(model, describer, document)}


def write_openapi(model: Model, server: str = "/") -> bytes:
    """The document as JSON, indented, one line feed at its end."""
    return msgspec.json.format(msgspec.json.encode(make_openapi(model, server)), indent=2) + b"\n"


def _id(entity: Entity) -> Schema:
    """The id in a path to a row of *entity*."""
    if entity.key is None:
        return bodies.refer("Id", "parameters")
    return {**SHARED["Id"], "schema": schema_of(entity.id_type), "example": example_of(entity.id_type, "id")}


def _info(model: Model) -> dict[str, Any]:
    return {
        "title": model.name,
        "version": model.version,
        "description": model.doc.strip() or f"The service {model.name}.",
        "contact": {"name": f"The {model.name} team"},
        "license": {"name": "Not stated", "identifier": "LicenseRef-not-stated"},
    }


def _tags(model: Model, paths: dict[str, Any]) -> list[dict[str, Any]]:
    """One tag for each entity that has operations."""
    used = {
        tag
        for item in paths.values()
        for operation in item.values()
        if isinstance(operation, dict)
        for tag in operation["tags"]
    }
    return [
        {"name": entity.name, "description": entity.doc.strip() or f"Each {spoken(entity.name)}."}
        for entity in model.entities
        if entity.name in used
    ]


def _components(model: Model, describer: Describer, document: dict[str, Any]) -> dict[str, Any]:
    """The components that the paths use, directly or through each other, in the order of their making."""
    known: dict[str, dict[str, Any]] = {
        "schemas": {
            **dict(bodies.schemas(model, describer.names)),
            **dict(batch.schemas(model, describer.names)),
            **dict(history.schemas(model, describer.names)),
            **responses.SCHEMAS,
        },
        "responses": responses.shared(),
        "parameters": parameters.SHARED,
        "headers": responses.HEADERS,
    }
    used = _reachable(document["paths"], known)
    kept = {kind: {name: part for name, part in parts.items() if (kind, name) in used} for kind, parts in known.items()}
    made = {kind: parts for kind, parts in kept.items() if parts}
    return made if model.actor is None else {**made, "securitySchemes": {"bearer": BEARER}}


BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A JSON Web Token that names the caller (RFC 6750).",
}


def _reachable(paths: object, known: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """Kind and name of every component that *paths* refers to."""
    found: set[tuple[str, str]] = set()
    waiting = list(_references(paths))
    while waiting:
        reference = waiting.pop()
        if reference not in found:
            found.add(reference)
            waiting += _references(known[reference[0]][reference[1]])
    return found


def _references(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref" and isinstance(value, str):
                kind, _, component = value.removeprefix(COMPONENTS).partition("/")
                yield kind, component
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
