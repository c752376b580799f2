"""Which columns a role holds to one value."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.model.entity import Entity
from strongback.predicate.tree import And, Compare, Const, Expr, Or, Path, RoleCall


def columns_held_by_roles(entity: Entity) -> Iterator[str]:
    """
    The columns that a role which may read holds to one value (`self.status == "open"`): led by it, an index serves that role's own scan of
    a list in order.
    """
    readers = entity.access.read.parts if isinstance(entity.access.read, Or) else (entity.access.read,)
    for reader in readers:
        role = entity.role(reader.role) if isinstance(reader, RoleCall) and not reader.of.steps else None
        for part in () if role is None else role.body.parts if isinstance(role.body, And) else (role.body,):
            name = _held_to_a_value(part)
            field = entity.field(name) if name else None
            if field is not None and field.stored and field.pii is None:
                yield field.name


def _held_to_a_value(part: Expr) -> str:
    """The field that *part* compares with a constant for equality; empty when it does something else."""
    match part:
        case Compare("==", Path("self", (name,)), Const()) | Compare("==", Const(), Path("self", (name,))):
            return name
        case _:
            return ""
