"""All faults of a Model, at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.faults.access import access_faults
from strongback.model.faults.actor import actor_faults
from strongback.model.faults.aggregates import aggregate_faults
from strongback.model.faults.blobs import blob_faults
from strongback.model.faults.bodies import body_faults
from strongback.model.faults.circles import circle_faults
from strongback.model.faults.erasure import erasure_faults
from strongback.model.faults.existing import existing_faults
from strongback.model.faults.graphql import graphql_faults
from strongback.model.faults.index_rows import index_row_faults
from strongback.model.faults.names import name_faults
from strongback.model.faults.nested import nested_faults
from strongback.model.faults.pii import pii_faults
from strongback.model.faults.queries import query_faults
from strongback.model.faults.relations import relation_faults
from strongback.model.faults.resolved import permissions_of
from strongback.model.faults.rpc import rpc_faults
from strongback.model.faults.search import search_faults
from strongback.model.faults.tenants import tenant_faults
from strongback.model.faults.types import type_faults
from strongback.model.faults.uniques import unique_faults
from strongback.model.model import Model


def find_faults(model: Model) -> tuple[Fault, ...]:
    """Find what is wrong with *model*: every fault once, in the order of files and lines."""
    found = dict.fromkeys(_found(model))
    if model.graphql and not found:  # its names are made of a model that is sound
        found = dict.fromkeys(graphql_faults(model))
    return tuple(sorted(found, key=_position))


def _found(model: Model) -> Iterator[Fault]:
    yield from name_faults(model)
    yield from type_faults(model)
    yield from blob_faults(model)
    yield from relation_faults(model)
    yield from nested_faults(model)
    yield from unique_faults(model)
    yield from index_row_faults(model)
    yield from pii_faults(model)
    yield from body_faults(model)
    yield from circle_faults(model)
    yield from query_faults(model)
    yield from search_faults(model)
    yield from aggregate_faults(model)
    yield from actor_faults(model)
    yield from erasure_faults(model)
    yield from existing_faults(model)
    yield from rpc_faults(model)
    permissions = permissions_of(model)
    yield from access_faults(permissions)
    yield from tenant_faults(permissions)


def _position(fault: Fault) -> tuple[str, int]:
    found = re.fullmatch(r"(.*):(\d+)", fault.where)
    return (found[1], int(found[2])) if found else (fault.where, 0)
