"""
Which roles are bound to the tenant of their row.

A role is bound when every way to true goes through a fact that the row's own tenant holds about the caller: a row behind
the tenant that names the caller (`any(m.user == me for m in self.company.staff)`), the tenant naming the caller
(`self.company.owner == me`), or the caller naming the tenant (`self.company == me.company`). The tenants where such a fact holds can be
found from the caller alone, so a list becomes a search in those tenants. A fact of the row itself (`self.candidate == me`) says nothing
of the tenant: such a role spans tenants, and has to say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.roles import resolve_roles
from strongback.predicate.normal import negation_normal
from strongback.predicate.tree import And, Compare, Exists, Expr, In, Or, Path, RoleCall

# Where a row stands: in the row's tenant, the tenant itself, behind the tenant, or a row of the caller's.
Place = Literal["inside", "tenant", "behind", "caller", "caller's"]


def tenant_of(model: Model, entity: Entity) -> str:
    """The name of the entity that *entity*'s tenant path ends in; empty for a global entity or a path that leads nowhere."""
    here = entity
    for step in entity.tenant:
        relation = here.relation(step)
        if relation is None or relation.target not in model.by_name:
            return ""
        here = model.entity(relation.target)
    return here.name if entity.tenant else ""


def is_tenant_bound(model: Model, entity: Entity, role: str) -> bool:
    """Whether every way to true of the role goes through a fact of the tenant of *entity*; False for a global entity."""
    if not entity.tenant:
        return False
    body = negation_normal(resolve_roles(model, entity, RoleCall(Path("self"), role)))
    start: Mapping[str, Stand] = {"self": Stand(entity.name, "inside")}
    if model.actor is not None:
        start = {**start, "me": Stand(model.actor.entity, "caller")}
    return _Tenancy(model, tenant_of(model, entity)).bound(body, start)


@dataclass(frozen=True, slots=True)
class Stand:
    """A row on the way: its entity, and where it stands."""

    entity: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Tenancy:
    model: Model
    tenant: str

    def bound(self, expr: Expr, stands: Mapping[str, Stand]) -> bool:
        match expr:
            case And(parts):
                return any(self.bound(part, stands) for part in parts)
            case Or(parts):
                return all(self.bound(part, stands) for part in parts)
            case Compare("==", Path() as left, Path() as right):
                return self._names(left, right, stands) or self._names(right, left, stands)
            case In(item, options, False):
                return all(self.bound(Compare("==", item, option), stands) for option in options)
            case Exists(var, relation, where, False):
                stand = self._at(relation, stands)
                return self.bound(where, {**stands, var: stand} if stand else _without(stands, var))
            case _:
                return False

    def _names(self, of_tenant: Path, of_caller: Path, stands: Mapping[str, Stand]) -> bool:
        """Whether the two paths are equal only where the tenant names the caller, or the caller the tenant."""
        caller = self._at(of_caller, stands)
        if caller is None:
            return False
        if caller.place == "caller":
            return self._behind(of_tenant, stands)
        tenant = self._at(of_tenant, stands)
        return caller.place == "caller's" and tenant is not None and tenant.place == "tenant"

    def _behind(self, path: Path, stands: Mapping[str, Stand]) -> bool:
        """Whether *path* is a row behind the tenant, or what the tenant or such a row refers to."""
        if not path.steps:
            stand = stands.get(path.var)
            return stand is not None and stand.place == "behind"
        owner = self._at(Path(path.var, path.steps[:-1]), stands)
        return owner is not None and owner.place in ("tenant", "behind")

    def _at(self, path: Path, stands: Mapping[str, Stand]) -> Stand | None:
        """Where the row at the end of *path* stands; None when nothing is known of it."""
        stand = stands.get(path.var)
        for step in path.steps:
            stand = self._step(stand, step) if stand is not None else None
        return stand

    def _step(self, stand: Stand, step: str) -> Stand | None:
        entity = self.model.entity(stand.entity)
        relation = entity.relation(step)
        if relation is None or relation.target not in self.model.by_name:
            return None
        target = self.model.entity(relation.target)
        if stand.place in ("caller", "caller's"):
            return Stand(target.name, "caller's")
        if relation.kind == "to_one":
            return self._to_one(stand, entity, step, target)
        return self._to_many(stand, relation.inverse, target)

    def _to_one(self, stand: Stand, entity: Entity, step: str, target: Entity) -> Stand | None:
        if entity.tenant == (step,):
            return Stand(target.name, "tenant")
        return self._among(stand, entity, target)

    def _to_many(self, stand: Stand, inverse: str, target: Entity) -> Stand | None:
        if stand.place == "tenant":
            return Stand(target.name, "behind") if target.tenant == (inverse,) else None
        return self._among(stand, self.model.entity(stand.entity), target)

    def _among(self, stand: Stand, entity: Entity, target: Entity) -> Stand | None:
        """A reference between two rows that both have this tenant never leaves it (values.md section 3)."""
        stays = tenant_of(self.model, entity) == tenant_of(self.model, target) == self.tenant
        return Stand(target.name, stand.place) if stays else None


def _without(stands: Mapping[str, Stand], var: str) -> Mapping[str, Stand]:
    return {name: stand for name, stand in stands.items() if name != var}
