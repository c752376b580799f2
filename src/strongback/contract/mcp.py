"""The tools of a Model as MCP describes them: names, prose, what each takes, and what it may do. Equal models give equal bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from strongback.contract import bodies, parameters
from strongback.contract.batch import IF_MATCH
from strongback.contract.bodies import Names, closed
from strongback.contract.operations import Describer
from strongback.contract.parameters import MEANINGS, VALUES_MAX, relation_paths
from strongback.contract.responses import SCHEMAS
from strongback.contract.rest import Endpoint, endpoints
from strongback.contract.schema import Schema, described, schema_of
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.tool import DESTRUCTIVE, READS, Tool
from strongback.model.wire import filter_operators, filterable, filtered, member_types, orders_of
from strongback.model.words import ASKED_MAX
from strongback.predicate.tree import FALSE
from strongback.predicate.types import Type

COMPONENTS: Final = "#/components/schemas/"
PAGES: Final = (
    "Pass `next_page_token` of the answer as `page_token` for the next page, with the same filters and order."
)
PATCH: Final = "Members of `set` that are given are changed, null clears one; others stay as they are."
APPROVAL: Final = (
    "The first call changes nothing: it answers what would be done, and an `approval`. Show that to the user; when they agree, call again "
    "with the same arguments and the approval."
)
DRY_RUN: Final[Schema] = {
    "type": "boolean",
    "default": False,
    "description": "Judge it, do it and answer, then undo it: nothing of it stays.",
}
APPROVED: Final[Schema] = {
    "type": "string",
    "maxLength": 200,
    "description": "What the first call answered as `approval`, once the user has agreed.",
}


class Description(Struct, frozen=True):
    """
    One tool.

    Attributes:
        endpoint: The operation, as REST has it.
        annotations: Hints to the program that shows it to somebody (MCP, "Tool annotations").
    """

    tool: Tool
    endpoint: Endpoint
    title: str
    description: str
    input_schema: Schema
    annotations: dict[str, bool]

    @property
    def name(self) -> str:
        return self.endpoint.operation_id

    @property
    def document(self) -> dict[str, Any]:
        """As `tools/list` answers it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema,
            "annotations": {"title": self.title, **self.annotations},
        }


def describe_tools(model: Model) -> tuple[Description, ...]:
    """
    The tools of *model*, in the order in which its service names them.

    Source: Model Context Protocol, 2025-11-25 and 2026-07-28, "Tools"; JSON Schema draft 2020-12.
    """
    describer = _Describer(model)
    return tuple(describer.describe(tool) for tool in model.mcp)


def write_tools(model: Model) -> bytes:
    """The tools as JSON, indented, one line feed at its end."""
    document = {"tools": [each.document for each in describe_tools(model)]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


class _Describer:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.of_rest = Describer(model)
        self.places = {(each.entity, each.kind, each.name): each for each in endpoints(model)}
        self.known = {**dict(bodies.schemas(model, self.of_rest.names)), **SCHEMAS}

    def describe(self, tool: Tool) -> Description:
        entity = self.model.entity(tool.entity)
        endpoint = self.places[tool.entity, tool.kind, tool.name]
        told = self.of_rest.describe(endpoint)
        text = str(told["description"])
        if tool.kind == "update":
            text = text.replace("A merge patch (RFC 7396): members that are given are changed, null clears one.", PATCH)
        note = {"list": PAGES}.get(tool.kind, APPROVAL if tool.approval else "")
        schema = self._within(closed(*_MEMBERS[tool.kind](self.model, self.of_rest.names, entity, tool)))
        return Description(
            tool,
            endpoint,
            told["summary"],
            "\n\n".join(filter(None, (f"{told['summary']}.", text, note))),
            schema,
            _hints(tool),
        )

    def _within(self, schema: Schema) -> Schema:
        """*schema* with the components it refers to inside it, since there is no document around it."""
        used: dict[str, Schema] = {}
        local = self._local(schema, used)
        return {**local, "$defs": {name: used[name] for name in sorted(used)}} if used else local

    def _local(self, node: Any, used: dict[str, Schema]) -> Any:
        if isinstance(node, list):
            return [self._local(each, used) for each in node]
        if not isinstance(node, dict):
            return node
        if isinstance(name := node.get("$ref"), str):
            name = name.removeprefix(COMPONENTS)
            if name not in used:
                used[name] = {}  # a component may hold itself
                used[name] = self._local(self.known[name], used)
            return {**node, "$ref": f"#/$defs/{name}"}
        return {key: self._local(value, used) for key, value in node.items()}


def _hints(tool: Tool) -> dict[str, bool]:
    if tool.kind in READS:
        return {"readOnlyHint": True, "openWorldHint": False}
    return {
        "readOnlyHint": False,
        "destructiveHint": tool.approval or (tool.kind in DESTRUCTIVE and tool.kind != "action"),
        "idempotentHint": tool.kind in ("update", "delete"),
        "openWorldHint": False,
    }


Members = tuple[dict[str, Schema], tuple[str, ...]]


def _of_get(model: Model, names: Names, entity: Entity, tool: Tool) -> Members:
    return {ID.name: _id(entity), **_chosen(model, entity)}, (ID.name,)


def _of_list(model: Model, names: Names, entity: Entity, tool: Tool) -> Members:
    query = entity.query(tool.name)
    assert query is not None  # a tool is named only where there is one
    orders = orders_of(entity, query)
    members: dict[str, Schema] = {}
    if where := _where(model, entity, query):
        members["where"] = {**closed(where), "description": "Only rows that meet all of these."}
    if query.text:
        members["q"] = {
            "type": "string",
            "maxLength": ASKED_MAX,
            "description": f"Only rows with all of these words in {' and '.join(query.text)}.",
        }
    members["sort"] = {
        "type": "string",
        "enum": list(orders),
        "default": orders[0],
        "description": "`-` is descending.",
    }
    size = min(query.page_default, query.page_max)
    members["page_size"] = {"type": "integer", "minimum": 1, "maximum": query.page_max, "default": size}
    members["page_token"] = {**parameters.SHARED["PageToken"]["schema"], "description": "Where to go on."}
    members["count"] = {"type": "boolean", "default": False, "description": "Whether to count all rows that match."}
    if entity.access.restore != FALSE:
        members["deleted"] = parameters.DELETED["schema"] | {"description": parameters.DELETED["description"]}
    return {**members, **_chosen(model, entity)}, ()


def _where(model: Model, entity: Entity, query: Query) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for member in filterable(model, entity, query):
        of = filtered(model, entity, member)
        type_ = replace(dict(member_types(of.entity))[of.member], optional=False)
        ops = sorted(filter_operators(model, entity, member), key=[*MEANINGS, "null"].index)
        found[member] = {**closed({op: _operand(op, type_) for op in ops}), "minProperties": 1}
    return found


def _operand(op: str, type_: Type) -> Schema:
    if op == "null":
        return {"type": "boolean", "description": "Whether there is no value."}
    schema = schema_of(type_)
    if op == "in":
        return {"type": "array", "items": schema, "minItems": 1, "maxItems": VALUES_MAX}
    return schema


def _chosen(model: Model, entity: Entity) -> dict[str, Schema]:
    """Which members and relations to answer."""
    members: dict[str, Schema] = {
        "fields": _names("Members to answer; all when not given.", [name for name, _ in member_types(entity)])
    }
    if paths := list(relation_paths(model, entity)):
        members["include"] = _names("Relations to answer with each row; a dot goes on to theirs.", paths)
    return members


def _names(doc: str, options: list[str]) -> Schema:
    items: Schema = {"type": "string", "enum": options}
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True, "description": doc}


def _of_create(model: Model, names: Names, entity: Entity, tool: Tool) -> Members:
    return _written(tool, {"values": _body(model, names, names.of(entity.name, "Create"))}, ("values",))


def _of_update(model: Model, names: Names, entity: Entity, tool: Tool) -> Members:
    changes = _body(model, names, names.of(entity.name, "Update"))
    needed = (ID.name, "set", *(("if_match",) if entity.conditional_writes else ()))
    return _written(tool, {ID.name: _id(entity), "set": changes, **_condition(entity)}, needed)


def _of_row(model: Model, names: Names, entity: Entity, tool: Tool) -> Members:
    needed = (ID.name, *(("if_match",) if entity.conditional_writes and tool.kind == "delete" else ()))
    return _written(tool, {ID.name: _id(entity), **_condition(entity)}, needed)


def _of_action(model: Model, names: Names, entity: Entity, tool: Tool) -> Members:
    action = entity.action(tool.name)
    assert action is not None  # a tool is named only where there is one
    on_row = action.on == "row"
    members = {ID.name: _id(entity), **_condition(entity)} if on_row else {}
    needed: tuple[str, ...] = (ID.name,) if on_row else ()
    if action.parameters:
        members["arguments"] = _body(model, names, names.of_action(entity.name, action.name))
        needed += ("arguments",) if any(each.default is None for each in action.parameters) else ()
    return _written(tool, members, needed)


def _body(model: Model, names: Names, name: str) -> Schema:
    return next(schema for known, schema in bodies.schemas(model, names) if known == name)


def _written(tool: Tool, members: dict[str, Schema], needed: tuple[str, ...]) -> Members:
    """What any write takes beside."""
    return {**members, "dry_run": DRY_RUN, **({"approval": APPROVED} if tool.approval else {})}, needed


def _id(entity: Entity) -> Schema:
    return described(schema_of(entity.id_type), "The row's id.")


def _condition(entity: Entity) -> dict[str, Schema]:
    """The version a write means; rows of a table that is not ours have none."""
    return {"if_match": IF_MATCH} if entity.managed else {}


_MEMBERS: Final[Mapping[str, Callable[[Model, Names, Entity, Tool], Members]]] = {
    "get": _of_get,
    "list": _of_list,
    "create": _of_create,
    "update": _of_update,
    "delete": _of_row,
    "restore": _of_row,
    "action": _of_action,
}
