"""Fields of `Mutation`: what each asks, and the shape of its payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, SelectionSetNode

from strongback.contract.graphql.writes import many_member, row_member
from strongback.engine.serve_action import OnlyId
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.graphql import Root, action_name, batch_members, global_id
from strongback.model.model import Model
from strongback.model.wire import arguments_of
from strongback.plan.asked import Asked, Item, Kind, SelectAsk, Target
from strongback.plan.outcome import Outcome
from strongback.serve.doors.graphql.arguments import Arguments, read_body, read_parameters, row_id, tags
from strongback.serve.doors.graphql.collect import TYPENAME, below
from strongback.serve.doors.graphql.fields import Field, Filled, plain, rows_of
from strongback.serve.doors.graphql.selection import Selector, Wanted
from strongback.serve.doors.graphql.shapes import RowShape
from strongback.serve.doors.graphql.told import At, Told

Shaped = Callable[[Outcome, At, Told], Any]
# Operations of a batch that are no action.
DERIVED = frozenset({"create", "update", "delete", "restore"})


@dataclass(frozen=True, slots=True)
class Payload:
    """
    The shape of a payload.

    Attributes:
        select: What is wanted of the row that is answered, or of each of them.
        parts: Name in the answer, and what makes it.
    """

    select: SelectAsk
    parts: tuple[tuple[str, Shaped], ...]

    def shape(self, outcome: Outcome, at: At, told: Told) -> dict[str, Any]:
        return {name: make(outcome, (at, name), told) for name, make in self.parts}


@dataclass(frozen=True, slots=True)
class WriteField:
    """A create, an update, a delete, a restore or an action."""

    model: Model
    entity: Entity
    kind: Kind
    payload: Payload
    action: Action | None = None
    above: str = "/input"

    def ask(self, arguments: Arguments) -> Asked:
        return self.asked(arguments, arguments.get("input"))

    def asked(self, arguments: Arguments, given: Arguments | None) -> Asked:
        """What it asks, with the values *given*."""
        name = self.action.name if self.action is not None else self.kind
        target = Target(self.entity.name, self.kind, name)
        id_ = row_id(self.entity, arguments["id"]) if "id" in arguments else None
        return Asked(target, id_, self.payload.select, body=self._body(given), if_match=tags(arguments))

    def _body(self, given: Arguments | None) -> Mapping[str, object] | None:
        if self.action is not None:
            types = {name: parameter.type for name, parameter in arguments_of(self.action).items()}
            return read_parameters(types, given)
        if self.kind in ("create", "update"):
            return read_body(self.model, self.entity, given or {}, create=self.kind == "create")
        return None

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any:
        return self.payload.shape(outcome, at, told)

    def rows(self, arguments: Arguments) -> int:
        return rows_of(self.payload.select)


@dataclass(frozen=True, slots=True)
class BatchField:
    """
    A batch.

    Attributes:
        kinds: By the name of an operation: what it does, and the shape of its own payload.
        results: Names in the answer of `results`, and what of each is selected.
        rest: Other members of the payload.
    """

    model: Model
    entity: Entity
    kinds: Mapping[str, WriteField]
    results: tuple[tuple[str, Callable[[str, Outcome, At, Told], Any]], ...]
    parts: tuple[tuple[str, bool], ...]
    above: str = ""

    def ask(self, arguments: Arguments) -> Asked:
        items = tuple(self._item(at, each) for at, each in enumerate(arguments["operations"]))
        return Asked(Target(self.entity.name, "batch", "batch"), items=items)

    def _item(self, at: int, operation: Arguments) -> Item:
        ((name, content),) = operation.items()
        place, write = f"/operations/{at}", self.kinds[name]
        below_, given = f"{place}/{name}", content
        if write.kind == "update":
            below_, given = f"{below_}/set", content["set"]
        elif write.action is not None:
            content = content if isinstance(content, Mapping) else {}
            below_, given = f"{below_}/input", content.get("input")
        elif write.kind != "create":
            given = None
        arguments = {} if write.kind == "create" else content
        return Item(place, below_, write.asked(arguments, given))

    def shape(self, filled: Filled, outcome: Outcome, at: At, told: Told) -> Any:
        return {name: self._results(filled.asked, outcome, (at, name), told) if is_list else f"Batch{self.entity.name}Payload"
                for name, is_list in self.parts}  # fmt: skip

    def _results(self, asked: Asked, outcome: Outcome, at: At, told: Told) -> list[Any]:
        names = [self._name(item) for item in asked.items]
        pairs = enumerate(zip(names, outcome.parts, strict=True))
        return [{key: make(name, done, ((at, i), key), told) for key, make in self.results}
                for i, (name, done) in pairs]  # fmt: skip

    def _name(self, item: Item) -> str:
        """The operation that *item* is, by its name in GraphQL."""
        return item.values.split("/")[3]

    def rows(self, arguments: Arguments) -> int:
        return sum(rows_of(self.kinds[name].payload.select) for each in arguments["operations"] for name in each)


def mutation_field(selector: Selector, root: Root, nodes: Sequence[FieldNode]) -> Field:
    """The field of `Mutation` that *root* is, as *nodes* select of it."""
    entity = selector.model.entity(root.entity)
    if root.kind == "batch":
        return _Batch(selector, entity, below(nodes)).field()
    return _write_field(selector, root, entity, below(nodes))


def _write_field(selector: Selector, root: Root, entity: Entity, selected: Sequence[SelectionSetNode]) -> WriteField:
    action = entity.action(root.operation) if root.kind == "action" else None
    payload = _Payloads(selector, root, entity, action).payload(selected)
    return WriteField(selector.model, entity, root.kind, payload, action)  # type: ignore[arg-type]  # no node


class _Payloads:
    """Compiles one payload."""

    def __init__(self, selector: Selector, root: Root, entity: Entity, action: Action | None) -> None:
        self.selector, self.root, self.action = selector, root, action
        answered = action.returns_entity if action is not None else entity.name
        self.entity = selector.model.entity(answered) if answered else entity
        self.wanted = Wanted()

    def payload(self, selected: Sequence[SelectionSetNode]) -> Payload:
        type_name = f"{self.root.type_name}Payload"
        found = self.selector.scope.collect(selected, type_name)
        parts = [(name, self._part(nodes, type_name)) for name, nodes in found.items()]
        return Payload(self.wanted.ask(), tuple(parts))

    def _part(self, nodes: Sequence[FieldNode], type_name: str) -> Shaped:
        said, entity = nodes[0].name.value, self.entity
        many = self.action is not None and self.action.returns_many
        match said:
            case "__typename":
                return _constant(type_name)
            case "done":
                return _constant(True)
            case "id":
                return _id(entity.name)
            case "etag":
                return lambda outcome, at, told: outcome.etag or None
            case "ids" if many:
                return lambda outcome, at, told: [global_id(entity.name, row["id"]) for row in plain(outcome.items)]
            case "value" if self.action is not None and self.action.returns_type is not None:
                return self._value(self.action, below(nodes))
            case _:
                form = self.selector.row(entity, below(nodes), self.wanted)
                return _rows(form) if many and said == many_member(entity) else _row(form)

    def _value(self, action: Action, selected: Sequence[SelectionSetNode]) -> Shaped:
        if not selected or action.returns_type is None:
            return lambda outcome, at, told: plain(outcome.value)
        form = self.selector.value(action.returns_type, f"{self.root.type_name}Value", selected)
        return lambda outcome, at, told: form(plain(outcome.value))


def _constant(value: object) -> Shaped:
    return lambda outcome, at, told: value


def _id(entity: str) -> Shaped:
    return lambda outcome, at, told: None if outcome.id == "" else global_id(entity, outcome.id)


def _row(form: RowShape) -> Shaped:
    def shape(outcome: Outcome, at: At, told: Told) -> Any:
        if outcome.item is not None:
            return form(plain(outcome.item), at, told)
        if outcome.id != "" and outcome.did != "deleted":
            told.hide(at)
        return None

    return shape


def _rows(form: RowShape) -> Shaped:
    def shape(outcome: Outcome, at: At, told: Told) -> Any:
        shaped: list[Any] = []
        for i, item in enumerate(outcome.items or ()):
            if isinstance(item, OnlyId):
                told.hide((at, i))
                shaped.append(None)
            else:
                shaped.append(form(plain(item), (at, i), told))
        return shaped

    return shape


class _Batch:
    """
    Compiles one batch: what each of its operations may ask, and what is selected of its results.

    Attributes:
        payloads: Of each action, whatever name its payload is selected under.
    """

    def __init__(self, selector: Selector, entity: Entity, selected: Sequence[SelectionSetNode]) -> None:
        self.selector, self.entity, self.selected = selector, entity, selected
        self.members = batch_members(entity)
        self.wanted = Wanted()
        self.payloads = {name: self._payloads(meant) for name, meant in self.members.items() if name not in DERIVED}

    def _payloads(self, meant: str) -> _Payloads:
        action = self.entity.action(meant)
        assert action is not None
        root = Root(action_name(self.entity, action), "action", self.entity.name, action.name)
        return _Payloads(self.selector, root, self.entity, action)

    def field(self) -> BatchField:
        parts, inner = [], []
        for name, nodes in self.selector.scope.collect(self.selected, f"Batch{self.entity.name}Payload").items():
            parts.append((name, nodes[0].name.value == "results"))
            inner += below(nodes) if nodes[0].name.value == "results" else []
        type_name = f"Batch{self.entity.name}Result"
        found = self.selector.scope.collect(inner, type_name).items()
        results = tuple((key, self._result(nodes, type_name)) for key, nodes in found)
        kinds = {name: self._kind(name, meant) for name, meant in self.members.items()}
        return BatchField(self.selector.model, self.entity, kinds, results, tuple(parts))

    def _kind(self, name: str, meant: str) -> WriteField:
        model = self.selector.model
        if name in DERIVED:
            return WriteField(model, self.entity, meant, Payload(self.wanted.ask(), ()))  # type: ignore[arg-type]  # a kind
        payloads = self.payloads[name]
        return WriteField(model, self.entity, "action", Payload(payloads.wanted.ask(), ()), payloads.action)

    def _result(self, nodes: Sequence[FieldNode], type_name: str) -> Callable[[str, Outcome, At, Told], Any]:
        said = nodes[0].name.value
        if said == TYPENAME:
            return lambda name, outcome, at, told: type_name
        if said in self.payloads:
            payload = self.payloads[said].payload(below(nodes))
            return lambda name, outcome, at, told: payload.shape(outcome, at, told) if name == said else None
        make = self._derived(said, nodes)
        return lambda name, outcome, at, told: make(outcome, at, told) if name in DERIVED else None

    def _derived(self, said: str, nodes: Sequence[FieldNode]) -> Shaped:
        if said == "id":
            return _id(self.entity.name)
        if said == "etag":
            return lambda outcome, at, told: outcome.etag or None
        assert said == row_member(self.entity)
        return _row(self.selector.row(self.entity, below(nodes), self.wanted))
