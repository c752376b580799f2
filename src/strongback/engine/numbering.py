"""New rows that the store gives their ids: what stands for an id until then, and what is put in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strongback.declare.tracking import identity
from strongback.engine.changes import Change
from strongback.errors import Interlocked
from strongback.model.key import Id, Unsaved


@dataclass
class Numbers:
    """The ids that the store gave in one run of an action, by what stood for them."""

    given: dict[Id, Id] = field(default_factory=dict)

    def note(self, stand_in: Id, id_: Id) -> None:
        self.given[stand_in] = id_

    def put_in(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """*values*, whose references to new rows are the ids that these have by now."""
        return {n: self.given.get(each, each) if isinstance(each, Unsaved) else each for n, each in values.items()}


def references_to_itself(change: Change) -> tuple[str, ...]:
    """
    References of a new row to itself, which has no id before it is there: they are left empty, and filled then.

    Raises:
        Interlocked: Such a reference may not be empty.
    """
    stand_in = identity(change.row)
    if not isinstance(stand_in, Unsaved):
        return ()
    found = tuple(name for name, value in change.after.items() if value is stand_in)
    for column in found:
        relation = change.entity.relation_of(column)
        if relation is not None and not relation.optional:
            raise Interlocked([f"make {change.entity.name} {stand_in}, whose {column} is its own id"])
    return found
