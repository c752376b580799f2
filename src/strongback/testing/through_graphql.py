"""
What the matrix asks, asked by GraphQL: a document for each request, its answer read back into the words of the wire.

The document gives every member its wire name, so that what comes back can be compared as it is. A null with an error at its path is what
other doors leave out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from strongback.contract.graphql.writes import given_name, many_member, row_member
from strongback.engine.door import Result
from strongback.engine.pipeline import perform
from strongback.engine.request import Request
from strongback.engine.runtime import Runtime
from strongback.errors import Fault, InvalidInput, StrongbackError
from strongback.model.aggregate import COUNT
from strongback.model.entity import Entity
from strongback.model.graphql import Root, camel, global_id, order_name, roots
from strongback.model.model import Model
from strongback.model.wire import arguments_of, member_types, writable
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked, FilterAsk, SelectAsk
from strongback.plan.outcome import Did, Outcome
from strongback.plan.page import Tokens
from strongback.predicate.types import Type
from strongback.serve.doors.graphql.door import GraphqlDoor

HIDDEN = "SB262"
HEADERS = {"content-type": "application/json", "accept": "application/graphql-response+json"}
READS = frozenset({"get", "list", "aggregate"})
WRITES = frozenset({"create", "update", "delete", "restore", "action"})
PAGE = "pageInfo { hasNextPage endCursor }"


class Refused(StrongbackError):
    """What a GraphQL answer says in place of an outcome."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


@dataclass
class ThroughGraphql:
    """
    Performs what is asked by way of the GraphQL door.

    Attributes:
        through: Requests that went this way; the others have no words in GraphQL and went the engine's own.
    """

    model: Model
    door: GraphqlDoor
    through: int = 0

    async def __call__(self, asked: Asked, actor: Actor, runtime: Runtime) -> Outcome:
        """
        The outcome that the answer tells.

        Raises:
            StrongbackError: The error that it tells.
        """
        words = words_of(self.model, asked)
        if words is None:
            return await perform(asked, actor, runtime)
        self.through += 1
        request = Request("POST", "/graphql", headers=HEADERS, body=msgspec.json.encode(words))
        several = self.door.read(request)
        results = [await _result(each, actor, runtime) for each in several.asked]
        answer = msgspec.json.decode(self.door.render(request, several, actor, results).body)
        return _Answer(self.model, asked, answer).outcome()


def through(model: Model, tokens: Tokens) -> ThroughGraphql:
    """What asks by GraphQL, of a service that may not serve it."""
    return ThroughGraphql(model, GraphqlDoor(model, tokens))


async def _result(asked: Asked, actor: Actor, runtime: Runtime) -> Result:
    try:
        return Result(asked, await perform(asked, actor, runtime), None, 0.0)
    except StrongbackError as error:
        return Result(asked, None, error, 0.0)


# -- the document


def words_of(model: Model, asked: Asked) -> dict[str, Any] | None:
    """The document and variables of a request; None where GraphQL has no words for it."""
    kind = asked.target.kind
    plain = not (asked.faults or asked.if_none_match or asked.deleted or asked.as_of)
    if kind not in READS | WRITES or not plain:
        return None
    if kind in WRITES and asked.body is not None and not _names(model, asked).keys() >= asked.body.keys():
        return None  # rows that are brought along
    asks = [(f.member, f.op) for f in asked.filters]
    root = root_of(model, asked)
    return None if root is None or len(asks) > len(set(asks)) else _Words(model, asked, root).words()


def _names(model: Model, asked: Asked) -> Mapping[str, Type]:
    """The wire names and types that a body may have."""
    entity = model.entity(asked.target.entity)
    action = entity.action(asked.target.name) if asked.target.kind == "action" else None
    if action is not None:
        return {name: parameter.type for name, parameter in arguments_of(action).items()}
    return writable(entity, create=asked.target.kind == "create")


def root_of(model: Model, asked: Asked) -> Root | None:
    """The field at the root that asks this; None for what is granted to nobody."""
    target = asked.target
    found = (r for r in roots(model) if (r.entity, r.kind, r.operation) == (target.entity, target.kind, target.name))
    return next(found, None)


class _Words:
    """Words one request."""

    def __init__(self, model: Model, asked: Asked, root: Root) -> None:
        self.model, self.asked, self.root = model, asked, root
        self.entity = model.entity(asked.target.entity)
        self.arguments: list[str] = []
        self.variables: dict[str, Any] = {}
        self.declared: list[str] = []

    def words(self) -> dict[str, Any]:
        getattr(self, f"_{self.asked.target.kind if self.asked.target.kind in READS else 'write'}")()
        selected = self._selected()
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        arguments = f"({', '.join(self.arguments)})" if self.arguments else ""
        operation = "mutation" if self.root.is_mutation else "query"
        query = f"{operation} {declared} {{ root: {self.root.name}{arguments} {{ {selected} }} }}"
        return {"query": query, "variables": self.variables}

    def _give(self, name: str, type_: str, value: object) -> None:
        self.declared.append(f"${name}: {type_}")
        self.arguments.append(f"{name}: ${name}")
        self.variables[name] = value

    def _get(self) -> None:
        self._give("id", "ID!", self.asked.id)

    def _list(self) -> None:
        self._page()
        if self.asked.sort:
            self.arguments.append(f"orderBy: {order_name(self.asked.sort)}")

    def _aggregate(self) -> None:
        self._page()
        if self.asked.group_by:
            self.arguments.append(f"groupBy: [{', '.join(map(camel, self.asked.group_by))}]")

    def _page(self) -> None:
        asked = self.asked
        if asked.filters:
            query = self.entity.query(asked.target.name)
            assert query is not None
            self._give("where", f"{self.entity.name}{_pascal(query.name)}Where", where_of(asked.filters))
        if asked.text is not None:
            self._give("q", "String", asked.text)
        if asked.page_size is not None:
            self._give("first", "Int", asked.page_size)
        if asked.page_token:
            self._give("after", "String", asked.page_token)

    def _write(self) -> None:
        asked, action = self.asked, self.entity.action(self.asked.target.name)
        if asked.id is not None:
            self._give("id", "ID!", asked.id)
        if asked.if_match is not None:
            self._give("ifMatch", "[String!]", list(asked.if_match))
        takes = action.parameters if asked.target.kind == "action" and action is not None else asked.body is not None
        if takes:
            names = _names(self.model, asked)
            values = {given_name(n): given_value(names[n], v) for n, v in (asked.body or {}).items()}
            self._give("input", f"{self.root.type_name}Input!", values)

    # -- what is selected

    def _selected(self) -> str:
        asked = self.asked
        match asked.target.kind:
            case "get":
                return self.row(self.entity, asked.select)
            case "list":
                count = "totalCount" * asked.count
                return f"nodes {{ {self.row(self.entity, asked.select)} }} {PAGE} {count}"
            case "aggregate":
                return f"nodes {{ {self._group()} }} {PAGE}"
            case "delete":
                return "id"
            case "action":
                return self._payload()
            case _:
                return f"id row: {row_member(self.entity)} {{ {self.row(self.entity, asked.select)} }}"

    def _payload(self) -> str:
        action = self.entity.action(self.asked.target.name)
        assert action is not None
        if not action.returns_entity:
            return "__typename"
        entity = self.model.entity(action.returns_entity)
        if action.returns_many:
            return f"ids rows: {many_member(entity)} {{ {self.row(entity, self.asked.select)} }}"
        return f"id row: {row_member(entity)} {{ {self.row(entity, self.asked.select)} }}"

    def _group(self) -> str:
        of: dict[str, list[str]] = {}
        parts = [f"{name}: {camel(name)}" for name in self.asked.group_by]
        for measure in self.asked.measures:
            function, _, member = measure.partition(".")
            if function == COUNT:
                parts.append(COUNT)
            else:
                of.setdefault(function, []).append(f"{member}: {camel(member)}")
        return " ".join([*parts, *(f"{function} {{ {' '.join(names)} }}" for function, names in of.items())])

    def row(self, entity: Entity, select: SelectAsk) -> str:
        """A row's members under their wire names, and the relations with them."""
        types = dict(member_types(entity))
        names = types if select.fields is None else [name for name in types if name in select.fields]
        parts = [f"{n}: {'rowId' if n == 'id' else camel(n)}{value_members(types[n])}" for n in names]
        for name, below in select.include.items():
            parts.append(self._relation(entity, name, below))
        return " ".join(part for part in parts if part) or "__typename"

    def _relation(self, entity: Entity, name: str, below: SelectAsk) -> str:
        relation = entity.relation(name)
        assert relation is not None
        target = self.model.entity(relation.target)
        inner = self.row(target, below)
        if relation.kind == "to_one":
            return f"{name}: {camel(name)} {{ {inner} }}"
        size = [f"first: {below.page_size}"] if below.page_size is not None else []
        order = [f"orderBy: {order_name(below.sort)}"] if below.sort else []
        given = f"({', '.join([*size, *order])})" if size or order else ""
        return f"{name}: {camel(name)}{given} {{ nodes {{ {inner} }} }}"


def _pascal(name: str) -> str:
    spelt = camel(name)
    return spelt[:1].upper() + spelt[1:]


def where_of(filters: tuple[FilterAsk, ...]) -> dict[str, Any]:
    where: dict[str, dict[str, Any]] = {}
    for each in filters:
        op = "isNull" if each.op == "null" else each.op
        where.setdefault(camel(each.member), {})[op] = list(each.values) if op == "in" else each.values[0]
    return where


def value_members(type_: Type) -> str:
    """What is selected of a value object, under wire names; nothing of any other value."""
    while type_.kind == "list" and type_.item is not None:
        type_ = type_.item
    if type_.kind != "object":
        return ""
    members = (f"{member.name}: {camel(member.name)}{value_members(member.type)}" for member in type_.fields)
    return f" {{ {' '.join(members)} }}"


def given_value(type_: Type, value: Any) -> Any:
    """A value of a body, its value objects in names of GraphQL."""
    if type_.kind == "object" and isinstance(value, Mapping):
        types = {member.name: member.type for member in type_.fields}
        return {camel(name): given_value(types[name], each) for name, each in value.items()}
    if type_.kind == "list" and type_.item is not None and isinstance(value, list):
        return [given_value(type_.item, each) for each in value]
    return value


# -- the answer


class _Answer:
    """Reads one answer back."""

    def __init__(self, model: Model, asked: Asked, answer: Mapping[str, Any]) -> None:
        self.model, self.asked, self.answer = model, asked, answer
        self.errors = list(answer.get("errors", ()))
        self.hidden = {tuple(e["path"]) for e in self.errors if e["extensions"]["code"] == HIDDEN}

    def outcome(self) -> Outcome:
        whole = [error for error in self.errors if len(error.get("path", ())) < 2]
        if whole:
            raise _raised(whole[0])
        root, kind = self.answer["data"]["root"], self.asked.target.kind
        entity = self.model.entity(self.asked.target.entity)
        if kind == "get":
            return Outcome("read", self._row(entity, self.asked.select, root, ("root",)))
        if kind in ("list", "aggregate"):
            return self._page(entity, root)
        if kind == "delete":
            return Outcome("deleted", id=_row_id(entity, root["id"]))
        if kind == "action":
            return self._returned(root)
        did: Did = "created" if kind == "create" else "updated"
        item = self._perhaps(entity, root["row"], ("root", "row"))
        return Outcome(did, item, id=_row_id(entity, root["id"]), returned=True)

    def _page(self, entity: Entity, root: Mapping[str, Any]) -> Outcome:
        nodes = root["nodes"]
        if self.asked.target.kind == "list":
            places = ((i, ("root", "nodes", i)) for i in range(len(nodes)))
            nodes = [self._row(entity, self.asked.select, nodes[i], at) for i, at in places]
        token = root["pageInfo"]["endCursor"] if root["pageInfo"]["hasNextPage"] else ""
        return Outcome("read", items=nodes, next_page_token=token, count=root.get("totalCount"))

    def _returned(self, root: Mapping[str, Any]) -> Outcome:
        action = self.model.entity(self.asked.target.entity).action(self.asked.target.name)
        assert action is not None
        if not action.returns_entity:
            return Outcome("ran")
        entity = self.model.entity(action.returns_entity)
        if not action.returns_many:
            item = self._perhaps(entity, root["row"], ("root", "row"))
            return Outcome("ran", item, id="" if root["id"] is None else _row_id(entity, root["id"]), returned=True)
        rows = [self._perhaps(entity, row, ("root", "rows", i)) for i, row in enumerate(root["rows"])]
        ids = [_row_id(entity, id_) for id_ in root["ids"]]
        items = [{"id": _json_id(entity, id_)} if row is None else row for row, id_ in zip(rows, ids, strict=True)]
        return Outcome("ran", items=items, returned=True)

    def _perhaps(self, entity: Entity, row: Mapping[str, Any] | None, at: tuple[Any, ...]) -> dict[str, Any] | None:
        return None if row is None else self._row(entity, self.asked.select, row, at)

    def _row(self, entity: Entity, select: SelectAsk, row: Mapping[str, Any], at: tuple[Any, ...]) -> dict[str, Any]:
        return dict(self._members(entity, select, row, at))

    def _members(
        self, entity: Entity, select: SelectAsk, row: Mapping[str, Any], at: tuple[Any, ...]
    ) -> Iterator[tuple[str, Any]]:
        for name, value in row.items():
            if name == "__typename" or (*at, name) in self.hidden:
                assert name == "__typename" or value is None, f"{name} has a value and an error"
                continue
            if name not in select.include:
                yield name, value
                continue
            relation = entity.relation(name)
            assert relation is not None
            target, below = self.model.entity(relation.target), select.include[name]
            if relation.kind == "to_many":
                nodes = enumerate(value["nodes"])
                yield name, [self._row(target, below, node, (*at, name, "nodes", i)) for i, node in nodes]
            elif value is not None:
                yield name, self._row(target, below, value, (*at, name))


def _raised(error: Mapping[str, Any]) -> StrongbackError:
    told = error["extensions"]
    if told["code"] == InvalidInput.code:
        faults = told.get("errors", ())
        return InvalidInput([Fault(f["code"], f["detail"], f["pointer"], f.get("hint", "")) for f in faults])
    return Refused(told["code"], error["message"], told.get("hint", ""))


def _row_id(entity: Entity, given: str) -> str:
    return given.removeprefix(global_id(entity.name, ""))


def _json_id(entity: Entity, id_: str) -> str | int:
    return int(id_) if entity.id_type.kind == "int" else id_
