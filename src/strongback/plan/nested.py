"""
Read the children that a create or an update brings along, one relation after another, each row with a shape of its own.

Only a relation that says `nested=True` takes them. A child with an id is one there is and is changed; one without is made; one there
is that an update does not name is deleted (RFC 7396: an array replaces).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strongback.model.entity import Entity
from strongback.model.key import Id
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.wire import NESTED_DEPTH, NESTED_ROWS, nested, no_id, required, writable
from strongback.plan.body import Gatherer, defaults_of, read_body
from strongback.plan.operation import Child, Children
from strongback.plan.value_fault import ValueFault, escape
from strongback.plan.values import reader_for

NO_SUCH_ROW = "refers to no row"


@dataclass(slots=True)
class Nest:
    """
    What is read of one request.

    Attributes:
        rows: Children so far.
    """

    model: Model
    found: Gatherer
    rows: int = 0

    def take(
        self, entity: Entity, body: Mapping[str, object], where: str, *, new: bool, depth: int = 1
    ) -> tuple[Children, ...]:
        """The children that *body*, a row of *entity* at *where*, brings along."""
        known = nested(entity)
        given = [(known[name], raw) for name, raw in body.items() if name in known]
        return tuple(self._children(entity, relation, raw, where, new, depth) for relation, raw in given)

    def _children(self, entity: Entity, relation: Relation, raw: object, above: str, new: bool, depth: int) -> Children:
        where = f"{above}/{escape(relation.name)}"
        rows: tuple[Child, ...] = ()
        if not isinstance(raw, list):
            self.found.add("expected a list", where, 'write `[{"id": ...}, {...}]`')
        elif depth > NESTED_DEPTH:
            self.found.add(f"rows nest at most {NESTED_DEPTH} deep", where, code="SB227")
        elif self._is_too_many(len(raw), where):
            rows = ()
        else:
            target = self.model.entity(relation.target)
            rows = tuple(self._rows(target, relation, raw, where, new, depth))
        return Children(relation.name, where, rows)

    def _is_too_many(self, more: int, where: str) -> bool:
        self.rows += more
        if self.rows > NESTED_ROWS:
            message = f"this brings {self.rows:,} rows along; one request may write {NESTED_ROWS:,}"
            self.found.add(message, where, "send several requests", "SB227")
        return self.rows > NESTED_ROWS

    def _rows(
        self, target: Entity, relation: Relation, raw: list[object], where: str, new: bool, depth: int
    ) -> Iterator[Child]:
        seen: set[Id] = set()
        for at, each in enumerate(raw):
            place = f"{where}/{at}"
            if not isinstance(each, dict):
                self.found.add("expected an object", place)
                continue
            child = self._row(target, relation, each, place, new, depth)
            if child.id is not None and child.id in seen:
                self.found.add("is there twice", f"{place}/id", "name each row once", "SB228")
            elif child.id is not None:
                seen.add(child.id)
            yield child

    def _row(
        self, target: Entity, relation: Relation, body: dict[str, Any], place: str, new: bool, depth: int
    ) -> Child:
        inverse = target.relation(relation.inverse)
        assert inverse is not None  # checked when the model loaded
        there = "id" in body and not new
        id_ = self._id(target, body["id"], f"{place}/id") if there else None
        given = {name: raw for name, raw in body.items() if name not in nested(target) and not (there and name == "id")}
        values = self._values(target, inverse.column, given, place, create=not there)
        children = self.take(target, body, place, new=not there, depth=depth + 1)
        return Child(target.name, place, there, id_, values, children)

    def _values(
        self, target: Entity, column: str, given: Mapping[str, object], place: str, *, create: bool
    ) -> dict[str, Any]:
        types = {name: type_ for name, type_ in writable(target, create=create).items() if name != column}
        if column in given:
            self.found.add("is the row around it", f"{place}/{column}", "leave it out", "SB202")
        values = read_body(target, {n: raw for n, raw in given.items() if n != column}, types, self.found, place)
        if not create:
            return values
        for name in required(target):
            if name not in given and name != column:
                self.found.add("is required", f"{place}/{name}")
        return {**defaults_of(target), **values}

    def _id(self, target: Entity, raw: object, where: str) -> Id | None:
        """The id of a child there is. What is none is the id of no row, and told as that of any other."""
        wrong = no_id(target, raw)
        if wrong:
            self.found.add(wrong, where)
            return None
        try:
            found: Id = reader_for(target.id_type)(raw)
        except ValueFault:
            self.found.add(NO_SUCH_ROW, where, code="SB203")
            return None
        return found
