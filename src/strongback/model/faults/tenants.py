"""Tenants: a path that stays, and roles that say whether they leave it."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.access import Role
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.faults.resolved import Permissions
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.tenancy import is_tenant_bound, tenant_of
from strongback.predicate.tree import Path, RoleCall
from strongback.predicate.walk import variables


def tenant_faults(permissions: Permissions) -> Iterator[Fault]:
    model = permissions.model
    for entity in model.entities:
        broken = list(_path(model, entity))
        yield from broken
        for role in entity.roles if entity.tenant and not broken else ():
            yield from _unbound(permissions, entity, role)


def _path(model: Model, entity: Entity) -> Iterator[Fault]:
    here = entity
    for taken, step in enumerate(entity.tenant):
        relation = here.relation(step)
        if relation is None or relation.kind != "to_one":
            yield _no_step(entity, here, step)
            return
        yield from _movable(entity, here, relation)
        if relation.target not in model.by_name:
            return
        here = model.entity(relation.target)
        yield from _rest(entity, here, entity.tenant[taken + 1 :])


def _no_step(entity: Entity, here: Entity, step: str) -> Fault:
    hint = did_you_mean(step, (relation.name for relation in here.to_one()))
    message = f"`tenant=` goes through `{here.name}.{step}`, which is no to-one relation"
    return fault("SB164", place(entity), message, hint)


def _movable(entity: Entity, here: Entity, relation: Relation) -> Iterator[Fault]:
    if relation.optional:
        message = f"the tenant of `{entity.name}` goes through `{here.name}.{relation.name}`, which may be None"
        yield fault("SB164", place(entity), message, "every row has a tenant: make the relation required")
    if not relation.immutable:
        message = f"the tenant of `{entity.name}` goes through `{here.name}.{relation.name}`, which can be changed"
        yield fault(
            "SB164", place(entity), message, "a row never moves to another tenant: write `sb.to_one(immutable=True)`"
        )


def _rest(entity: Entity, target: Entity, rest: tuple[str, ...]) -> Iterator[Fault]:
    """On the way each entity belongs to the tenant itself; the last is the tenant, and global."""
    if target.tenant == rest:
        return
    if not rest:
        message = f"`{target.name}` is the tenant of `{entity.name}`, but has a tenant itself"
        yield fault(
            "SB164", place(entity), message, f'go on to its tenant: end the path in ".{".".join(target.tenant)}"'
        )
    else:
        spelt = ".".join(rest)
        message = f"the tenant of `{entity.name}` goes through `{target.name}`, whose own tenant is not `{spelt}`"
        yield fault("SB164", place(entity), message, f'write `class {target.name}(sb.Entity, tenant="{spelt}")`')


def _unbound(permissions: Permissions, entity: Entity, role: Role) -> Iterator[Fault]:
    model = permissions.model
    written = permissions.resolved(entity, RoleCall(Path("self"), role.name))
    nobody_known = written is None or ("me" in variables(written) and not _has_actor(model))
    if role.spans_tenants or nobody_known or is_tenant_bound(model, entity, role.name):
        return
    tenant = tenant_of(model, entity)
    message = f"the role `{entity.name}.{role.name}` is not bound to the row's `{tenant}`: it can hold in every tenant"
    hint = f"ask the {tenant} (`self.{'.'.join(entity.tenant)}...`), or say it aloud: @sb.role(spans_tenants=True)"
    yield fault("SB165", place(entity, role), message, hint)


def _has_actor(model: Model) -> bool:
    return model.actor is not None and model.actor.entity in model.by_name
