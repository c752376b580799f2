"""Names: reserved ones, and those that would meet in a table, a path or a contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from strongback.errors import Fault
from strongback.model.entity import SYSTEM_FIELDS, Entity
from strongback.model.faults.place import Placed, fault, place
from strongback.model.model import Model

LONGEST = 48
# Query parameters and members of a list's answer that a field of the same name would hide (product.md section 4).
OF_REST = frozenset({"count", "page_size", "page_token", "sort", "include", "fields", "q", "items", "next_page_token"})
# Names that instances have for themselves.
OF_INSTANCES = frozenset({"self", "me", "access", "emit", "model_fields"})
# Names of types that every contract defines.
OF_CONTRACTS = frozenset({"Query", "Mutation", "Subscription", "Node", "Entity", "PageInfo", "Problem"})
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
PLURAL = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
REST = re.compile(r"(/[A-Za-z0-9._~-]+)+")


def name_faults(model: Model) -> Iterator[Fault]:
    yield from _service(model)
    for entity in model.entities:
        yield from _entity(entity)
        yield from _members(entity)
        yield from _wire(entity)
    yield from _clashes(model)


def _service(model: Model) -> Iterator[Fault]:
    if model.rest and not REST.fullmatch(model.rest):
        message = f"`rest={model.rest!r}` is no path"
        yield fault("SB177", model.name, message, 'it begins with "/" and does not end with it: "/v1"')


def _entity(entity: Entity) -> Iterator[Fault]:
    if entity.name in OF_CONTRACTS:
        yield fault("SB177", place(entity), f"`{entity.name}` is a name that contracts need", "choose another")
    yield from _spelling(entity.name, place(entity))
    if entity.plural and not PLURAL.fullmatch(entity.plural):
        message = f"`plural={entity.plural!r}` cannot stand in a path"
        yield fault("SB177", place(entity), message, "lower-case letters and digits, joined by - or _")


def _members(entity: Entity) -> Iterator[Fault]:
    """All names of a class are one: two of the same hide each other."""
    seen: dict[str, str] = {}
    for kind, item in _named(entity):
        yield from _spelling(item.name, place(entity, item))
        if item.name in _reserved(kind):
            message = f"`{item.name}` is a name that Strongback needs itself"
            yield fault("SB177", place(entity, item), message, "choose another")
        if item.name in seen:
            message = f"`{entity.name}` has two `{item.name}`: a {seen[item.name]} and a {kind}"
            yield fault("SB178", place(entity, item), message, "rename one")
        seen[item.name] = kind


def _named(entity: Entity) -> Iterator[tuple[str, Placed]]:
    families: tuple[tuple[str, Iterable[Placed]], ...] = (
        ("field", entity.fields),
        ("relation", entity.relations),
        ("role", entity.roles),
        ("query", entity.queries),
        ("action", entity.actions),
        ("unique", entity.uniques),
        ("index", entity.indexes),
        ("check", entity.checks),
    )
    for kind, items in families:
        yield from ((kind, item) for item in items)


def _reserved(kind: str) -> frozenset[str]:
    if kind in ("field", "relation"):
        return OF_REST | OF_INSTANCES | {field.name for field in SYSTEM_FIELDS}
    if kind in ("query", "action"):
        return OF_INSTANCES | {"batch"}
    return OF_INSTANCES


def _spelling(name: str, where: str) -> Iterator[Fault]:
    if not NAME.fullmatch(name) or "__" in name:
        hint = "names are ASCII letters, digits and single underscores, and begin with a letter"
        yield fault("SB177", where, f"`{name}` cannot be a name in every contract", hint)
    elif len(name) > LONGEST:
        yield fault(
            "SB177", where, f"`{name}` is longer than {LONGEST} characters", "PostgreSQL cuts names at 63 bytes"
        )


def _wire(entity: Entity) -> Iterator[Fault]:
    """A relation `company` is `company_id` on the wire."""
    taken = {f.name for f in entity.fields} | {r.name for r in entity.relations}
    for relation in entity.to_one():
        if relation.column in taken:
            message = (
                f"`{relation.column}` is both a member and what the relation `{relation.name}` is called on the wire"
            )
            yield fault(
                "SB178",
                place(entity, relation),
                message,
                f"the relation gives `{relation.column}`: take the other away",
            )


def _clashes(model: Model) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    for entity in model.entities:
        for what, name in _public(entity):
            if (what, name) in seen:
                message = f"`{entity.name}` and `{seen[what, name]}` are both the {what} `{name}`"
                yield fault("SB178", place(entity), message, "rename one")
            else:
                seen[what, name] = entity.name


def _public(entity: Entity) -> Iterator[tuple[str, str]]:
    yield "table", entity.table or _table(entity.name)
    if entity.history:
        yield "table", f"{entity.table or _table(entity.name)}_history"
    if entity.plural:
        yield "collection", entity.plural


def _table(name: str) -> str:
    """The table's name, as tables/make.py spells it; two that differ in case only are one in SQLite."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
