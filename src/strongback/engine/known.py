"""
The rows that one run of an action knows, as objects.

Rows are the same object wherever they are reached from. Nothing is loaded behind the team's back: what the source uses is loaded
before the body runs, a batch a step, never a query a row.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strongback.declare.tracking import attach, identity, is_loaded, reference_id, restore
from strongback.engine.changes import Key
from strongback.engine.runtime import Runtime
from strongback.model.entity import Entity
from strongback.model.key import Id
from strongback.model.relation import Relation
from strongback.predicate.tree import Path
from strongback.store.sql.objects import IDS, Objects, Stored
from strongback.store.store import Transaction

Instance = Any


@dataclass
class Known:
    """
    The rows of one run.

    Attributes:
        values: The context every statement may bind.
        name: The operation's, for the statements' comments.
        known: Rows as the objects they are in this run; *stored* what the store last held of them.
    """

    runtime: Runtime
    tx: Transaction
    values: Mapping[str, Any]
    anonymous: bool
    name: str
    known: dict[Key, Instance] = field(default_factory=dict)
    stored: dict[Key, Stored] = field(default_factory=dict)

    @property
    def objects(self) -> Objects:
        return self.runtime.objects

    @staticmethod
    def key(row: Instance) -> Key:
        return type(row).__name__, identity(row)

    def entity(self, row: Instance) -> Entity:
        return self.runtime.model.entity(type(row).__name__)

    def adopt(self, found: Iterable[Stored]) -> list[Instance]:
        """Make the rows just read into objects; one that is known already stays the object it is, with what the action did to it."""
        return [self._adopt(each) for each in found]

    def _adopt(self, found: Stored) -> Instance:
        key = (found.entity, found.id)
        if key not in self.known:
            self.stored[key] = found
            values = {name: apart(value) for name, value in found.values.items()}
            row = self.known[key] = restore(self.runtime.classes[found.entity], values)
            self._join_known(row)
        return self.known[key]

    def _join_known(self, row: Instance) -> None:
        for relation in self.entity(row).to_one():
            target = self.known.get((relation.target, reference_id(row, relation.name)))  # type: ignore[arg-type]  # None is no key
            if target is not None:
                attach(row, relation.name, target)

    async def fetch_ids(self, entity: Entity, ids: Sequence[Id]) -> list[Instance]:
        """Load rows by their ids."""
        bound = self.objects.by_ids(entity, self.name)
        rows = await self.tx.fetch(bound.statement, bound.values({**self.values, IDS: list(ids)}))
        return self.adopt(self.objects.stored(entity, rows))

    async def prefetch(self, paths: Iterable[Path], roots: Mapping[str, Instance]) -> None:
        """Load the relations at *paths*, one statement a step, however many rows there are."""
        for path in paths:
            rows = [roots[path.var]] if roots.get(path.var) is not None else []
            for step in path.steps:
                if not rows:
                    break
                relation = self.entity(rows[0]).relation(step)
                if relation is None:
                    break
                rows = await (
                    self._to_one(rows, relation) if relation.kind == "to_one" else self._to_many(rows, relation)
                )

    async def _to_one(self, rows: Sequence[Instance], relation: Relation) -> list[Instance]:
        target = self.runtime.model.entity(relation.target)
        wanted = {id_ for row in rows if (id_ := reference_id(row, relation.name)) is not None}
        missing = [id_ for id_ in wanted if (target.name, id_) not in self.known]
        if missing:
            await self.fetch_ids(target, missing)
        for row in rows:
            id_ = reference_id(row, relation.name)
            if id_ is not None:
                attach(row, relation.name, self.known[target.name, id_])
        return [self.known[target.name, id_] for id_ in wanted]

    async def _to_many(self, rows: Sequence[Instance], relation: Relation) -> list[Instance]:
        target = self.runtime.model.entity(relation.target)
        parents = [row for row in rows if not is_loaded(row, relation.name)]
        if parents:
            inverse = target.relation(relation.inverse)
            assert inverse is not None  # checked when the model loaded
            bound = self.objects.by_reference(target, inverse.column, self.name)
            found = await self.tx.fetch(
                bound.statement, bound.values({**self.values, IDS: [row.id for row in parents]})
            )
            children = self.adopt(self.objects.stored(target, found))
            of_parent: dict[Id | None, list[Instance]] = defaultdict(list)
            for child in children:
                of_parent[reference_id(child, inverse.name)].append(child)
            for row in parents:
                attach(row, relation.name, of_parent[row.id])
        return [child for row in rows for child in getattr(row, relation.name)]


def apart(value: Any) -> Any:
    """*value*, which no change in place of another holder reaches."""
    return copy.deepcopy(value) if isinstance(value, list | dict) else value
