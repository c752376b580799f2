"""One entity."""

from __future__ import annotations

import re
from typing import Final

from strongback.declare.action import ActionSpec
from strongback.declare.computed import Computed
from strongback.declare.constraint import CheckSpec
from strongback.declare.declared import Declared
from strongback.declare.draft.access import draft_access, draft_indexes, draft_queries
from strongback.declare.draft.actions import draft_actions
from strongback.declare.draft.bodies import clean_doc, draft_checks, draft_computed, draft_roles
from strongback.declare.draft.members import draft_key, draft_members
from strongback.declare.draft.uniques import draft_uniques
from strongback.declare.draft.world import World, wrong_options
from strongback.declare.permission import Role
from strongback.model.entity import Entity

KEYWORDS: Final = {
    "tenant": str,
    "soft_delete": bool,
    "history": bool,
    "conditional_writes": bool,
    "was": str,
    "abstract": bool,
    "plural": str,
    "table": str,
    "managed": bool,
}


def draft_entity(world: World, declared: Declared) -> Entity:
    """Draft an entity: as whole as its faults allow, so that the model can be judged as well."""
    origin = declared.origin()
    options = wrong_options(world, declared.name, origin, "the class", declared.options, KEYWORDS)
    _refuse_bases(world, declared)
    _refuse_wrapped(world, declared)
    members = draft_members(world, declared)
    computed = draft_computed(world, declared)
    tenant = str(options.get("tenant", ""))
    return Entity(
        declared.name,
        doc=clean_doc(declared.own.get("__doc__")),  # type: ignore[arg-type]  # a docstring is text or None
        plural=str(options.get("plural") or plural(declared.name)),
        members=(*members.names, *(each.name for each in computed)),
        fields=(*members.fields, *computed),
        relations=tuple(members.relations),
        roles=draft_roles(world, declared),
        access=draft_access(world, declared),
        queries=draft_queries(world, declared),
        actions=draft_actions(world, declared),
        uniques=draft_uniques(world, declared),
        indexes=draft_indexes(world, declared),
        checks=draft_checks(world, declared),
        tenant=tuple(tenant.split(".")) if tenant else (),
        soft_delete=options.get("soft_delete") is True,
        history=options.get("history") is True,
        conditional_writes=options.get("conditional_writes") is True,
        key=draft_key(world, declared.key) if declared.key is not None else None,
        table=str(options.get("table", "")),
        managed=options.get("managed") is not False,
        was=str(options.get("was", "")),
        origin=origin,
    )


def _refuse_bases(world: World, declared: Declared) -> None:
    for base in declared.bases()[:-1]:
        if not base.abstract:
            hint = f"write class {base.name}(sb.Entity, abstract=True) if it is a mixin, or refer to it by a relation"
            message = f"`{declared.name}` stands on the entity `{base.name}`"
            world.faults.add("SB110", message, declared.origin(), hint)


def _refuse_wrapped(world: World, declared: Declared) -> None:
    """A decorator of ours under one of Python's would be seen by nobody."""
    for name, value in declared.own.items():
        inner = getattr(value, "__func__", getattr(value, "fget", None))
        if isinstance(inner, ActionSpec | Role | CheckSpec | Computed):
            what = type(value).__name__
            hint = f"put @{what} below it" if isinstance(inner, ActionSpec) else f"take @{what} out"
            world.refuse(
                name, declared.origin(name), "SB119", f"`{name}`: @{what} stands above Strongback's decorator", hint
            )


def plural(name: str) -> str:
    """
    The collection's name in paths, by the rules of English.

    >>> plural("Job"), plural("Company"), plural("JobSkill"), plural("Address"), plural("Day")
    ('jobs', 'companies', 'job-skills', 'addresses', 'days')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
    if re.search(r"[^aeiou]y$", words):
        return f"{words[:-1]}ies"
    return f"{words}es" if re.search(r"(s|x|z|ch|sh)$", words) else f"{words}s"
