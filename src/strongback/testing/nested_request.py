"""Requests with rows in rows, made up: those to be made, those that are named or changed, and those left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from strongback.model.entity import Entity
from strongback.model.key import Id
from strongback.model.relation import Relation
from strongback.model.wire import nested, required, writable
from strongback.testing.asks import json_body
from strongback.testing.matrix import Matrix
from strongback.testing.oracle import Caller
from strongback.testing.worlds import RawRow
from strongback.testing.writes import changes


@dataclass(eq=False)
class Node:
    """
    A row of the request.

    Attributes:
        above: The relation it stands in; None of the row of the operation itself.
        row: What is stored of it; None of a row to be made, and of one that is not there.
        brings: Its children, by relation.
    """

    kind: str
    entity: Entity
    id: Id
    row: RawRow | None
    given: dict[str, Any] = field(default_factory=dict)
    above: Relation | None = None
    brings: dict[str, list[Node]] = field(default_factory=dict)

    @property
    def is_written(self) -> bool:
        return self.kind != "update" or self.above is None or bool(self.given or self.brings)

    def body(self) -> dict[str, Any]:
        types = writable(self.entity, create=self.kind == "create")
        own = {} if self.kind == "create" or self.above is None else {"id": str(self.id)}
        brought = {name: [row.body() for row in rows if row.kind != "delete"] for name, rows in self.brings.items()}
        return {**own, **json_body(types, self.given), **brought}

    def all(self) -> Iterator[Node]:
        yield self
        for rows in self.brings.values():
            for row in rows:
                yield from row.all()


class Draw:
    """Makes up one request."""

    def __init__(self, matrix: Matrix, caller: Caller) -> None:
        self.matrix, self.caller = matrix, caller

    def root(self, entity: Entity, kind: str) -> Node:
        matrix = self.matrix
        if kind == "create":
            values = self._values(entity, "")
            root = Node(
                kind, entity, values.get("id") or matrix.asks.unknown(entity.id_type, matrix.oracle), None, values
            )
        else:
            id_, row = matrix.pick(entity, self.caller)
            types = writable(entity, create=False)
            given = changes(matrix, entity, types) if types and matrix.asks.chance(0.3) else {}
            root = Node(kind, entity, id_, row, given)
        for relation in nested(entity).values():
            if not root.brings or matrix.asks.chance(0.4):
                root.brings[relation.name] = self._children(root, relation, 1)
        return root

    def _values(self, entity: Entity, column: str) -> dict[str, Any]:
        types, needed, asks = writable(entity, create=True), required(entity), self.matrix.asks
        names = [n for n in types if n != column and (n in needed or asks.chance(0.4))]
        return {name: asks.value(entity.name, name, types[name], self.matrix.oracle) for name in names}

    def _children(self, above: Node, relation: Relation, depth: int) -> list[Node]:
        target, asks = self.matrix.oracle.model.entity(relation.target), self.matrix.asks
        found = [self._there(target, relation, row) for row in stored_below(self.matrix, above, relation)]
        if above.kind == "update" and asks.chance(0.1):
            rows = self.matrix.oracle.world.rows.get(target.name, [])
            known = {each.id for each in found}
            other = self.matrix.random.choice(rows) if rows and asks.chance(0.7) else None
            if other is None or other.id not in known:
                found.append(Node("update", target, other.id if other else asks.samples.id(), other, {}, relation))
        for _ in range(self.matrix.random.choice((0, 1, 1, 2))):
            column = f"{relation.inverse}_id"
            found.append(Node("create", target, asks.samples.id(), None, self._values(target, column), relation))
        for node in found:
            if node.kind != "delete" and depth < 2 and asks.chance(0.25):
                for deeper in nested(target).values():
                    node.brings[deeper.name] = self._children(node, deeper, depth + 1)
        return found

    def _there(self, target: Entity, relation: Relation, row: RawRow) -> Node:
        """A child there is: named, changed, or left out; one that the caller does not read is left out mostly."""
        matrix = self.matrix
        chance = 0.85 if matrix.oracle.reads(row, self.caller) else 0.03
        if not matrix.asks.chance(chance):
            return Node("delete", target, row.id, row, {}, relation)
        types = {n: t for n, t in writable(target, create=False).items() if n != f"{relation.inverse}_id"}
        given = changes(matrix, target, types) if types and matrix.asks.chance(0.5) else {}
        return Node("update", target, row.id, row, given, relation)


def stored_below(matrix: Matrix, above: Node, relation: Relation) -> list[RawRow]:
    """The rows of *relation* there are below a row that is there."""
    if above.kind != "update" or above.row is None:
        return []
    rows = matrix.oracle.world.rows.get(relation.target, [])
    return [row for row in rows if not row.deleted and row.values.get(f"{relation.inverse}_id") == above.id]
