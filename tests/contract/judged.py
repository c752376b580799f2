"""
`python -m tests.contract.judged SERVICE`: a service with a world of rows in it, for other people's tools to judge.

Rates count nothing, so that they hide nothing; ids of rows there are stand in the document wherever it asks for one, since no schema can
say which these are. Writes the document, prints how a tool is told who asks, then serves until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.contract.openapi import make_openapi
from strongback.contract.parameters import ITEM_PATTERN
from strongback.contract.schema import TEXT_PATTERN
from strongback.crypto.keyring import Keyring
from strongback.declare.service import Service
from strongback.model.load import load
from strongback.serve.run import listen, serve
from strongback.store.blobs.memory import MemoryBlobs
from strongback.testing.files import WorldFiles
from strongback.testing.in_process import Bearers
from strongback.testing.stored import store_world
from strongback.testing.worlds import World, make_world
from tests.services.album import album
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.shop import shop

SERVICES = {service.name: service for service in (jobs, shop, clinic, guild, album)}
SIZE, IDS = 12, 6

Json = dict[str, Any]


def named(document: Json, world: World) -> Json:
    """*document* with the ids of rows there are: in paths, in filters, and where content that is sent refers to a row."""
    ids = {entity: [str(row.id) for row in rows[:IDS]] for entity, rows in world.rows.items()}
    entities = world.model.entities
    by_path = {entity.plural.replace("_", "-"): ids.get(entity.name, []) for entity in entities}
    by_column = {relation.column: ids.get(relation.target, []) for each in entities for relation in each.to_one()}
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        if "{id}" in path:
            item["parameters"] = [_one_of("id", by_path[path.split("/")[2]])]
        for operation in _operations(item):
            for parameter in operation.get("parameters", ()):
                _narrow(parameter.get("name", ""), parameter.get("schema", {}), by_column)
                _let_commas(parameter.get("schema", {}))
    for name in _sent(document):
        for member, schema in schemas[name].get("properties", {}).items():
            _narrow(member, schema, by_column)
    return document


def _one_of(name: str, values: list[str]) -> Json:
    schema: Json = {"type": "string", "format": "uuid"} | ({"enum": values} if values else {})
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _narrow(name: str, schema: Json, by_column: dict[str, list[str]]) -> None:
    """Say which rows there are beside what it says; others come to be while the tool asks, so that theirs are right as well."""
    if schema.get("format") == "uuid" and by_column.get(name):
        schema["anyOf"] = [{"enum": by_column[name]}, {"type": schema.pop("type"), "format": schema.pop("format")}]


def _let_commas(schema: Json) -> None:
    """A comma within a value makes two values of it, both of them right: what a tool means to be wrong is not."""
    items = schema.get("items", {})
    if items.get("pattern") == ITEM_PATTERN:
        items["pattern"] = TEXT_PATTERN


def _operations(item: Json) -> Iterator[Json]:
    yield from (each for name, each in item.items() if name != "parameters")


def _sent(document: Json) -> set[str]:
    """The schemas of content that is sent, and never of an answer."""
    operations = [operation for item in document["paths"].values() for operation in _operations(item)]
    sent = _reached(document, [each["requestBody"] for each in operations if "requestBody" in each])
    return sent - _reached(document, [each["responses"] for each in operations])


def _reached(document: Json, roots: list[Any]) -> set[str]:
    """The names of the schemas that *roots* refer to, in any number of steps."""
    found: set[str] = set()
    todo: list[Any] = list(roots)
    while todo:
        match todo.pop():
            case {"$ref": str(ref)}:
                kind, _, name = ref.removeprefix("#/components/").partition("/")
                if kind != "schemas" or name not in found:
                    found |= {name} if kind == "schemas" else set()
                    todo.append(document["components"][kind][name])
            case dict() as held:
                todo += held.values()
            case list() as held:
                todo += held
    return found


async def fill(service: Service, store: str) -> World:
    """A world in an empty store."""
    app = made(service, store)
    await app.start(create=True)
    try:
        world = make_world(app.model, f"judged-{service.name}", size=SIZE)
        await store_world(app, world)
        return world
    finally:
        await app.close()


def made(service: Service, store: str, **more: Any) -> App:
    keyring = Keyring({1: bytes(32)}, primary=1)
    app = App(load(service, service.folder), Team.of(service), store, keyring, limiters={}, **more)
    app.runtime.files = WorldFiles(MemoryBlobs(), keyring)
    return app


def users(world: World) -> list[str]:
    """The subjects of the callers there are."""
    actor = world.model.actor
    assert actor is not None
    return [str(row.values[actor.key.field]) for row in world.rows[actor.entity] if not row.deleted]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.judged", description=__doc__)
    parser.add_argument("service", choices=sorted(SERVICES))
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--document", type=Path, default=Path("judged.json"), help="where to write it")
    parser.add_argument("--store", help="an empty store [default: SQLite in a folder that is gone afterwards]")
    asked = parser.parse_args()
    service = SERVICES[asked.service]
    with tempfile.TemporaryDirectory() as folder:
        store = asked.store or f"sqlite:///{Path(folder) / 'judged.db'}"
        world = asyncio.run(fill(service, store))
        model = world.model
        bearers = Bearers(model)
        document = named(msgspec.json.decode(msgspec.json.encode(make_openapi(model))), world)
        asked.document.write_bytes(msgspec.json.encode(document))
        app = made(service, store, verify=bearers)
        for subject in users(world)[:2]:
            print(f"-H 'Authorization: Bearer {bearers.issue(subject, {})}'", flush=True)
        serve(app.application(), listen("127.0.0.1", asked.port))


if __name__ == "__main__":
    main()
