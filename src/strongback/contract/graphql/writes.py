"""Types of what is written: inputs and payloads of mutations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strongback.contract.graphql.rows import Rows
from strongback.contract.graphql.types import Definitions, Line, needed
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.graphql import Root, action_name, batch_members, camel, member_type_name, pascal
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.wire import BATCH_MAX, arguments_of, nested, required, writable
from strongback.predicate.tree import FALSE
from strongback.predicate.types import Type

ID, IF_MATCH = "id: ID!", "ifMatch: [String!]"
TAGS = "Versions of the row that are meant, as `etag` gave them."
ETAG = Line("etag: String", "The version of the row, for `ifMatch`.")


class Writes:
    """Defines what mutations take and give."""

    def __init__(self, model: Model, made: Definitions, rows: Rows) -> None:
        self.model, self.made, self.rows = model, made, rows

    def field(self, root: Root, entity: Entity) -> Line:
        """The field of `Mutation` that *root* is."""
        action = entity.action(root.operation) if root.kind == "action" else None
        arguments = ", ".join(self._arguments(root, entity, action))
        payload = self.payload(root, entity)
        return Line(f"{root.name}{f'({arguments})' if arguments else ''}: {payload}", action.doc if action else "")

    def _arguments(self, root: Root, entity: Entity, action: Action | None) -> Iterator[str]:
        if root.kind in ("update", "delete", "restore") or (action is not None and action.on == "row"):
            yield from (ID, IF_MATCH)
        if root.kind in ("create", "update"):
            yield f"input: {self.input(root, entity)}!"
        if root.kind == "batch":
            yield f"operations: [{self._operation(entity)}!]!"
        if action is not None and action.parameters:
            yield f"input: {self._action_input(root, action)}"

    # -- what they take

    def input(self, root: Root, entity: Entity) -> str:
        """The values of a create or an update."""
        create = root.kind == "create"
        asked = required(entity) if create else ()

        def lines() -> Iterator[Line]:
            yield from self._values(entity, writable(entity, create=create), asked)
            yield from self._brought(entity)
            if not create and not writable(entity, create=False) and not nested(entity):
                yield Line("nothing: Boolean", "No field of this row can be changed.")

        return self.made.add("input", f"{root.type_name}Input", lines())

    def _values(self, entity: Entity, types: Mapping[str, Type], asked: tuple[str, ...]) -> Iterator[Line]:
        for name, type_ in types.items():
            spelt = self.made.type_of(type_, member_type_name(entity, name), given=True)
            field, relation = entity.field(name), entity.relation_of(name)
            doc = field.doc if field is not None else relation.doc if relation is not None else ""
            yield Line(f"{given_name(name)}: {needed(spelt, nullable=name not in asked)}", doc)

    def _brought(self, entity: Entity) -> Iterator[Line]:
        for relation in nested(entity).values():
            yield Line(f"{camel(relation.name)}: [{self._child(entity, relation)}!]", relation.doc)

    def _child(self, entity: Entity, relation: Relation) -> str:
        """A row that is written with the one around it: one there is by its id, otherwise a new one."""
        target, inverse = self.model.entity(relation.target), relation.inverse
        types = {n: t for n, t in writable(target, create=True).items() if n not in ("id", f"{inverse}_id")}

        def lines() -> Iterator[Line]:
            yield Line("id: ID", "Of a row there is; left out for a new one.")
            yield from self._values(target, types, ())
            yield from self._brought(target)

        return self.made.add("input", f"{entity.name}{pascal(relation.name)}Child", lines())

    def _action_input(self, root: Root, action: Action) -> str:
        """The type of what an action takes, with what says that it must be given where a parameter must."""
        name = self.made.add("input", f"{root.type_name}Input", self._parameters(root, action))
        return needed(name, nullable=all(p.default is not None for p in action.parameters))

    def _parameters(self, root: Root, action: Action) -> Iterator[Line]:
        for name, parameter in arguments_of(action).items():
            spelt = self.made.type_of(parameter.type, f"{root.type_name}{pascal(name)}", given=True)
            nullable = parameter.default is not None or parameter.type.optional
            yield Line(f"{camel(name)}: {needed(spelt, nullable=nullable)}", parameter.doc)

    def _operation(self, entity: Entity) -> str:
        """One operation of a batch: just one of what it may be."""
        begin = f"Batch{entity.name}"

        def lines() -> Iterator[Line]:
            for name, meant in batch_members(entity).items():
                yield Line(f"{name}: {self._item(entity, begin, name, meant)}")

        doc = f"One operation of a batch, which has 1 to {BATCH_MAX} of them."
        return self.made.add("input", f"{begin}Operation", lines(), doc, " @oneOf")

    def _item(self, entity: Entity, begin: str, name: str, meant: str) -> str:
        if name == meant == "create":
            return self.input(Root(f"create{entity.name}", "create", entity.name, "create"), entity)
        if name == meant and meant in ("delete", "restore") and entity.action(meant) is None:
            return self.made.add("input", "BatchRow", [Line(ID), Line(IF_MATCH, TAGS)])
        if name == meant == "update":
            root = Root(f"update{entity.name}", "update", entity.name, "update")
            lines = [Line(ID), Line(IF_MATCH, TAGS), Line(f"set: {self.input(root, entity)}!")]
            return self.made.add("input", f"{begin}Update", lines)
        action = entity.action(meant)
        if action is None:
            return self.made.add("input", "BatchRow", [Line(ID), Line(IF_MATCH, TAGS)])
        root = Root(action_name(entity, action), "action", entity.name, action.name)
        given = [Line(f"input: {self._action_input(root, action)}")] if action.parameters else []
        if action.on == "row":
            given = [Line(ID), Line(IF_MATCH, TAGS), *given]
        lines = given or [Line("run: Boolean")]
        return self.made.add("input", f"{begin}{pascal(name)}", lines, action.doc)

    # -- what they give

    def payload(self, root: Root, entity: Entity) -> str:
        name = f"{root.type_name}Payload"
        match root.kind:
            case "delete":
                return self.made.add("type", name, [Line("id: ID!", "Of the row that is gone.")])
            case "batch":
                return self.made.add("type", name, [Line(f"results: [{self._result(entity)}!]!")])
            case "action":
                action = entity.action(root.operation)
                assert action is not None
                return self.made.add("type", name, self._returned(root, action))
            case _:
                return self.made.add("type", name, self._row(entity, "id: ID!"))

    def _row(self, entity: Entity, id_: str) -> Iterator[Line]:
        if entity.access.read != FALSE:
            doc = "Null where the caller may not read it."
            yield Line(f"{row_member(entity)}: {self.rows.row(entity)}", doc)
        yield Line(id_, "Of the row.")
        yield ETAG

    def _returned(self, root: Root, action: Action) -> Iterator[Line]:
        if action.returns_type is not None:
            spelt = self.made.type_of(action.returns_type, f"{root.type_name}Value")
            yield Line(f"value: {needed(spelt, nullable=action.returns_type.optional)}")
        elif not action.returns_entity:
            yield Line("done: Boolean!", "True.")
        elif action.returns_many:
            entity = self.model.entity(action.returns_entity)
            if entity.access.read != FALSE:
                doc = "In place of one that the caller may not read stands null."
                yield Line(f"{many_member(entity)}: [{self.rows.row(entity)}]!", doc)
            yield Line("ids: [ID!]!", "Of all rows.")
        else:
            yield from self._row(self.model.entity(action.returns_entity), "id: ID")

    def _result(self, entity: Entity) -> str:
        """What one operation of a batch came to: a row, or what its action gives."""

        def lines() -> Iterator[Line]:
            yield from self._row(entity, "id: ID")
            for name, meant in batch_members(entity).items():
                action = entity.action(meant)
                if action is not None and name not in ("create", "update", "delete", "restore"):
                    root = Root(action_name(entity, action), "action", entity.name, action.name)
                    yield Line(f"{name}: {self.payload(root, entity)}", "Of this action.")

        return self.made.add("type", f"Batch{entity.name}Result", lines())


def given_name(wire: str) -> str:
    """The name of a value that is given: the id of a new row is its key, and no global one."""
    return "rowId" if wire == "id" else camel(wire)


def row_member(entity: Entity) -> str:
    """The member of a payload that holds a row: `job`."""
    return camel(entity.name[:1].lower() + entity.name[1:])


def many_member(entity: Entity) -> str:
    """The member of a payload that holds rows: `jobs`."""
    many = camel(entity.plural)
    return f"{many}List" if many == row_member(entity) else many
