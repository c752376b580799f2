"""Filters that tell so much that a plan is made for their value, and not for any value."""

from __future__ import annotations

from strongback.model.entity import Entity
from strongback.model.field import Field

# As many plans of one form of request there may be for each such filter in it.
VALUES_MAX = 16


def telling(entity: Entity) -> frozenset[str]:
    """
    The members of *entity* that take few values, by wire name: those on which roles turn.

    `status=open` settles what a role says that asks `self.status == "open"`: its scan needs no further condition, and the scan of a role
    that asks for the opposite is not made at all. In a table that others keep, equal may mean something else to the store than to us.
    """
    return frozenset(f.name for f in entity.all_fields() if _takes_few(f)) if entity.managed else frozenset()


def _takes_few(field: Field) -> bool:
    type_ = field.type
    few = type_.kind == "bool" or (type_.kind == "enum" and len(type_.members) <= VALUES_MAX)
    return few and field.stored and field.pii is None
