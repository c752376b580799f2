"""The values of a body: read by the types of their members, with everything wrong gathered; and what stands in for those not given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import SYSTEM_FIELDS, Entity
from strongback.model.field import Default
from strongback.plan.scalars import Reader
from strongback.plan.value_fault import ValueFault, escape
from strongback.plan.values import reader_for
from strongback.predicate.types import Type


class Gatherer:
    """What is wrong with a request, as it is found; and what read the values that the caller gave, in their order."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self.faults: list[Fault] = list(faults)
        self.readers: list[tuple[str, Reader]] = []

    def take(
        self, name: str, type_: Type, raw: object, where: str, *, text: bool = False, pointer: bool = False
    ) -> Any:
        """Read the value that is bound as *name*."""
        self.readers.append((name, reader_for(type_, text)))
        return self.read(type_, raw, where, text=text, pointer=pointer)

    def add(self, message: str, where: str, hint: str = "", code: str = "SB201") -> None:
        self.faults.append(Fault(code, message, where, hint))

    def read(self, type_: Type, raw: object, where: str, *, text: bool = False, pointer: bool = False) -> Any:
        """Read *raw*; a fault is kept and gives None."""
        try:
            return reader_for(type_, text)(raw)
        except ValueFault as wrong:
            for below, message, hint in wrong.faults:
                self.add(message, where + below if pointer else where, hint)
            return None


def read_body(
    entity: Entity, body: Mapping[str, object], known: Mapping[str, Type], found: Gatherer, above: str = ""
) -> dict[str, Any]:
    """The typed values of *body*, which is at *above*; unknown, read-only and immutable members are faults at their pointer."""
    values: dict[str, Any] = {}
    for name, raw in body.items():
        where = f"{above}/{escape(name)}"
        if name in known:
            values[name] = found.take(name, known[name], raw, where, pointer=True)
        else:
            message, hint, code = _refused(entity, name, known)
            found.add(message, where, hint, code)
    return values


def _refused(entity: Entity, name: str, known: Mapping[str, Type]) -> tuple[str, str, str]:
    member = entity.field(name) or entity.relation_of(name)
    if getattr(member, "blob", None) is not None:
        return "is a file", f"send its bytes: PUT .../{name.replace('_', '-')}", "SB202"
    if member is not None and (member.read_only or getattr(member, "computed", None) is not None):
        return "is read-only", "", "SB202"
    if member is not None:
        return "cannot be changed after it is made", "", "SB202"
    relation = entity.relation(name)
    if relation is not None and relation.kind == "to_one":
        return "is a relation", f"give `{relation.column}`, the id of the row", "SB204"
    return "is not known here", did_you_mean(name[:80], known), "SB204"


@lru_cache(maxsize=2048)
def defaults_of(entity: Entity) -> dict[str, Any]:
    """What a create stores for members it does not give: declared defaults, and None for optional ones."""
    values: dict[str, Any] = {}
    for field in entity.fields:
        if field.stored and field.name not in SYSTEM_NAMES:
            if field.default is not None:
                values[field.name] = default_value(field.default, field.type)
            elif field.type.optional:
                values[field.name] = None
    return values | {r.column: None for r in entity.to_one() if r.optional}


SYSTEM_NAMES = frozenset(field.name for field in SYSTEM_FIELDS)


def default_value(default: Default, type_: Type) -> Any:
    """The typed value of a declared default."""
    return reader_for(type_)(msgspec.json.decode(default.json))
