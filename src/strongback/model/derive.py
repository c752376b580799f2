"""Fill in what follows from the declaration."""

from __future__ import annotations

from msgspec.structs import replace

from strongback.model.access import Role
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.tenancy import is_tenant_bound


def derive(model: Model) -> Model:
    """*model*, free of faults, with its derived facts: which roles are tenant-bound."""
    return replace(model, entities=tuple(_derive(model, entity) for entity in model.entities))


def _derive(model: Model, entity: Entity) -> Entity:
    roles = tuple(_bound(model, entity, role) for role in entity.roles)
    return replace(entity, roles=roles)


def _bound(model: Model, entity: Entity, role: Role) -> Role:
    return replace(role, tenant_bound=is_tenant_bound(model, entity, role.name))
