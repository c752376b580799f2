"""Services of the tests as they are when they ask for gRPC."""

from __future__ import annotations

import importlib
from functools import lru_cache

from msgspec.structs import replace

from examples.jobs.service import jobs
from strongback.declare.service import Service
from strongback.model.load import load
from strongback.model.model import Model
from strongback.testing.conformance.service import SERVICE as EVERY_TYPE

NAMES = (
    "album",
    "archive",
    "bazaar",
    "clinic",
    "depot",
    "guild",
    "legacy",
    "notes",
    "reports",
    "retention",
    "shop",
    "workshop",
    "conformance",
)


def service_of(name: str) -> Service:
    """The service of the tests, or of the example, that is called *name*."""
    if name in ("jobs", "conformance"):
        return jobs if name == "jobs" else EVERY_TYPE
    found: Service = getattr(importlib.import_module(f"tests.services.{name}"), name)
    return found


@lru_cache(maxsize=32)
def with_grpc(name: str) -> Model:
    """Its model, asked to be served by gRPC."""
    service = service_of(name)
    model = load(service, service.folder)
    # SQLite does not hold a decimal as wide as this one has.
    entities = tuple(entity for entity in model.entities if entity.name != "Wide")
    return load(replace(model, entities=entities, grpc=True))
