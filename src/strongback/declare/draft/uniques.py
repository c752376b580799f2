"""What no two rows may share, and which rows that binds."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Final

from strongback.declare.computed import Computed
from strongback.declare.constraint import Unique
from strongback.declare.declared import Declared
from strongback.declare.draft.access import member_name
from strongback.declare.draft.bodies import compile_row_condition
from strongback.declare.draft.world import Accepted, World, wrong_options
from strongback.model.entity import Unique as DraftedUnique
from strongback.model.origin import Origin
from strongback.predicate.tree import Expr

OPTIONS: Final[Mapping[str, Accepted]] = {"code": str, "where": (FunctionType, Computed, type(None))}


def draft_uniques(world: World, declared: Declared) -> tuple[DraftedUnique, ...]:
    """Draft what no two rows may share."""
    drafted = []
    for name, (unique, owner) in declared.things(Unique).items():
        origin = owner.origin(name)
        options = wrong_options(world, name, origin, "sb.Unique", unique.options, OPTIONS)
        members = [member_name(world, declared, each, name, origin) for each in unique.members]
        where = _where(world, declared, name, options.get("where"), origin)
        if all(members):
            drafted.append(DraftedUnique(name, tuple(members), str(options.get("code", "")), where, origin))
    return tuple(drafted)


def _where(world: World, declared: Declared, name: str, given: object, origin: Origin) -> Expr | None:
    """The condition that the method *given* returns; a fault, and none, when it is no method of the class."""
    body = given.body if isinstance(given, Computed) else given
    if not isinstance(body, FunctionType):
        return None
    owner = next((each for each in declared.bases() if any(value is given for value in each.own.values())), None)
    if owner is None or body.__name__ == "<lambda>":
        hint = f"write `def is_bound(self) -> bool: return ...` in the body of `{declared.name}`, and `where=is_bound`"
        message = f"`{name}`: `where={body.__name__}` is no method of `{declared.name}`"
        world.refuse(name, origin, "SB123", message, hint)
        return None
    return compile_row_condition(world, owner, body, origin)
