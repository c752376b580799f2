"""
What the matrix asks, asked by gRPC: the bytes of a request for each, and the bytes of its answer read back into the words of the wire.

A message does not tell null from hidden, nor no rows from none that were asked for: of an answer and of what is expected both are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from google.rpc import error_details_pb2, status_pb2
from msgspec.structs import replace

from strongback.engine.pipeline import perform
from strongback.engine.request import Request
from strongback.engine.runtime import Runtime
from strongback.errors import BatchRefused, Fault, InvalidInput, RefusedItem, RequestError, StrongbackError
from strongback.model.entity import Entity
from strongback.model.load import load
from strongback.model.model import Model
from strongback.model.parts import parameters_key, returned_key
from strongback.model.rpc import row_field, rows_field
from strongback.model.wire import arguments_of, nested
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked, FilterAsk, Item, SelectAsk
from strongback.plan.outcome import Did, Outcome
from strongback.serve.doors.grpc.door import GrpcDoor, make_doors
from strongback.serve.doors.grpc.filter import OPERATORS
from strongback.serve.doors.grpc.values import codec_of

# A field that no message has: how a request is wrong that is to be wrong.
WRONG = b"\xf8\xff\xff\xff\x07\x01"
DID: Mapping[str, Did] = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "action": "ran",
    "batch": "ran",
}


class Refused(RequestError):
    """What a status says in place of an outcome."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Unspeakable(Exception):
    """There is no message for this request."""


def shown(item: Any) -> Any:
    """*item* as a message tells it: without what is null, and without lists of no rows."""
    if isinstance(item, dict):
        told = {name: shown(value) for name, value in item.items()}
        return {name: value for name, value in told.items() if value is not None and value != []}
    return [shown(each) for each in item] if isinstance(item, list) else item


@dataclass
class ThroughGrpc:
    """
    Performs what is asked by way of the gRPC door.

    Attributes:
        through: Requests that went this way; the others have no message and went the engine's own.
    """

    model: Model
    through: int = 0

    @cached_property
    def doors(self) -> Mapping[tuple[str, str, str], GrpcDoor]:
        found = make_doors(self.model)[1].values()
        return {(d.method.rpc.entity, d.method.rpc.kind, d.method.rpc.operation): d for d in found}

    async def __call__(self, asked: Asked, actor: Actor, runtime: Runtime) -> Outcome:
        """
        The outcome that the answer tells.

        Raises:
            StrongbackError: The error that it tells.
        """
        door = self.door_of(asked)
        try:
            body = None if door is None else _Words(self, door, asked).content()
        except Unspeakable:
            body = None
        if door is None or body is None:
            return await perform(asked, actor, runtime)
        self.through += 1
        request = Request("POST", door.method.rpc.path, body=body)
        try:
            read = door.read(request)
            outcome = await perform(read, actor, runtime)
        except StrongbackError as error:
            raise _error(status_pb2.Status.FromString(door.refuse(request, error).body)) from None
        answer = door.response.FromString(door.render(request, read, outcome).body)
        return _Answer(self, door, asked, outcome.written).outcome(answer)

    def door_of(self, asked: Asked) -> GrpcDoor | None:
        """The door of what is asked; None for what has none."""
        kind = "get" if asked.target.kind == "as_of" else asked.target.kind
        name = kind if asked.target.kind == "as_of" else asked.target.name
        return self.doors.get((asked.target.entity, kind, name))


def through(model: Model) -> ThroughGrpc:
    """What asks by gRPC, of a service that may not serve it."""
    return ThroughGrpc(load(replace(model, grpc=True)))


# -- the request


@dataclass
class _Words:
    """Words one request."""

    through: ThroughGrpc
    door: GrpcDoor
    asked: Asked
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def entity(self) -> Entity:
        return self.door.method.entity

    def content(self) -> bytes:
        asked = self.asked
        if asked.if_none_match is not None or len(asked.if_match or ()) > 1:
            raise Unspeakable
        made: bytes = self.message().SerializeToString()
        return made + WRONG if asked.faults else made

    def message(self) -> Any:
        getattr(self, f"_{self.door.method.rpc.kind}")()
        try:
            return self.door.request(**self.said)
        except (TypeError, ValueError, OverflowError):
            raise Unspeakable from None  # an id that is no number, of rows whose ids are numbers

    def _id(self) -> None:
        self.said["id"] = _typed_id(self.entity, self.asked.id)

    def _select(self, *, lists: bool = False) -> None:
        paths, included = list(_paths(self.asked.select)), list(_included(self.asked.select))
        if included and not lists:
            raise Unspeakable
        if paths:
            self.said["read_mask"] = {"paths": paths}
        if included:
            self.said["included"] = included

    def _get(self) -> None:
        self._id()
        self._select(lists=True)
        if self.asked.as_of:
            self.said["as_of"] = self.asked.as_of
        if self.asked.deleted:
            self.said["show_deleted"] = True

    def _page(self) -> None:
        asked = self.asked
        self.said |= {"filter": " AND ".join(map(_filter, asked.filters)), "page_token": asked.page_token}
        if asked.page_size is not None:
            self.said["page_size"] = int(str(asked.page_size))
        if asked.text is not None:
            self.said["query"] = asked.text

    def _list(self) -> None:
        self._page()
        self._select(lists=True)
        self.said |= {"order_by": _order(self.asked.sort), "with_total_size": self.asked.count}
        if self.asked.deleted:
            self.said["show_deleted"] = True

    def _aggregate(self) -> None:
        self._page()
        self.said |= {"group_by": self.asked.group_by, "measures": self.asked.measures}

    def _history(self) -> None:
        self._id()
        size = self.asked.page_size
        self.said |= {"page_token": self.asked.page_token, "page_size": 0 if size is None else int(str(size))}

    def _create(self) -> None:
        self._select()
        body = self.asked.body or {}
        defaults = {f.name for f in self.entity.fields if f.default is not None}
        if any(value is None and name in defaults for name, value in body.items()):
            raise Unspeakable  # null, where a default stands in for what is not given
        self.said[self.door.method.row_field] = self._row(body)

    def _update(self) -> None:
        self._select()
        body = self.asked.body or {}
        row = {**self._row(body), "id": _typed_id(self.entity, self.asked.id)}
        self.said[self.door.method.row_field] = row | ({"etag": self.asked.if_match[0]} if self.asked.if_match else {})
        self.said["update_mask"] = {"paths": sorted(body)}
        if not body:
            raise Unspeakable

    def _row(self, body: Mapping[str, Any]) -> dict[str, Any]:
        for name in nested(self.entity).keys() & body.keys():
            if _has_null(body[name]):
                raise Unspeakable
        return self.door.method.row.write(body)

    def _delete(self) -> None:
        self._id()
        self.said["etag"] = self.asked.if_match[0] if self.asked.if_match else ""

    def _restore(self) -> None:
        self._delete()
        self._select()

    def _action(self) -> None:
        action, body = self.door.method.action, self.asked.body or {}
        if action.on == "row":
            self._delete()
        if action.returns_entity:
            self._select()
        key, parts = parameters_key(action), self.entity.parts
        for name, parameter in arguments_of(action).items():
            if body.get(name) is not None:
                write = codec_of(parameter.type, f"{key}.{name}", parts).write
                self.said[name] = body[name] if write is None else write(body[name])
            elif name in body and parameter.default is not None:
                raise Unspeakable

    def _batch(self) -> None:
        self.said["operations"] = [self._operation(item) for item in self.asked.items]

    def _operation(self, item: Item) -> Any:
        asked = item.asked
        door = None if asked is None else self.through.door_of(asked)
        if asked is None or door is None:
            raise Unspeakable
        named = {of.target: name for name, (_, of) in self.door.method.batched.items()}
        made = _Words(self.through, door, asked).content()
        operation = self.door.request().operations.add()
        getattr(operation, named[door.method.target]).MergeFromString(made)
        return operation


def _typed_id(entity: Entity, id_: str | None) -> Any:
    if entity.id_type.kind != "int":
        return id_ or ""
    if not (id_ or "").removeprefix("-").isdecimal():
        raise Unspeakable
    return int(id_ or "")


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


def _paths(select: SelectAsk, above: str = "") -> Iterator[str]:
    if select.fields == ():
        raise Unspeakable
    if select.fields is not None:
        yield from (f"{above}{name}" for name in select.fields)
    elif above:
        yield above[:-1]
    elif select.include:
        yield "*"
    for name, below in select.include.items():
        yield from _paths(below, f"{above}{name}.")


def _included(select: SelectAsk, above: str = "") -> Iterator[dict[str, Any]]:
    for name, below in select.include.items():
        more = {} if below.page_size is None else {"page_size": int(str(below.page_size))}
        if below.sort or more:
            yield {"path": f"{above}{name}", "order_by": _order(below.sort), **more}
        yield from _included(below, f"{above}{name}.")


def _order(sort: str) -> str:
    return ", ".join(f"{key[1:]} desc" if key.startswith("-") else key for key in sort.split(",")) if sort else ""


def _filter(ask: FilterAsk) -> str:
    if ask.op == "null":
        return f"NOT {ask.member}:*" if ask.values[0] else f"{ask.member}:*"
    if ask.op == "in":
        return f"({' OR '.join(f'{ask.member} = {_literal(value)}' for value in ask.values)})"
    operator = next(text for text, op in OPERATORS.items() if op == ask.op)
    return f"{ask.member} {operator} {_literal(ask.values[0])}"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if isinstance(value, int | float) else '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


# -- the answer


@dataclass
class _Answer:
    """Reads the answer to one request. How much was written is on no wire, and is as the engine says."""

    through: ThroughGrpc
    door: GrpcDoor
    asked: Asked
    written: int

    def outcome(self, answer: Any) -> Outcome:
        kind = self.door.method.rpc.kind
        match kind:
            case "list":
                rows = [self._row(each) for each in getattr(answer, rows_field(self.door.method.entity))]
                count = answer.total_size if answer.HasField("total_size") else None
                return Outcome("read", items=rows, next_page_token=answer.next_page_token, count=count)
            case "aggregate":
                return Outcome("read", items=[*map(self._group, answer.groups)], next_page_token=answer.next_page_token)
            case "history":
                found = [*map(self._revision, answer.revisions)]
                return Outcome("read", items=found, next_page_token=answer.next_page_token)
            case "batch":
                return Outcome("ran", parts=tuple(self._parts(answer)), written=self.written)
            case _:
                return self._one(answer, DID.get(kind, "read"))

    def _one(self, answer: Any, did: Did) -> Outcome:
        of, names = self.door.method.answered, answer.DESCRIPTOR.fields_by_name
        if "value" in names:
            value = self._value(answer) if answer.HasField("value") else None
            return Outcome(did, value=value, returned=True, has_value=True)
        if names and rows_field(of) in names and names[rows_field(of)].is_repeated:
            return Outcome(did, items=[self._row(each) for each in getattr(answer, rows_field(of))], returned=True)
        there = row_field(of) in names and answer.HasField(row_field(of))
        row = getattr(answer, row_field(of)) if there else None
        item, etag = (None, "") if row is None else (self._row(row), row.etag)
        return Outcome(did, item=item, id=getattr(answer, "id", ""), etag=etag, written=self.written)

    def _row(self, message: Any) -> dict[str, Any]:
        return self._read(message, self.door.method.answered)

    def _read(self, message: Any, entity: Entity) -> dict[str, Any]:
        codec, made = self.door.method.rows.by_entity[entity.name], {}
        for descriptor, value in message.ListFields():
            name = descriptor.name
            relation = entity.relation(name)
            if relation is not None:
                target = self.through.model.entity(relation.target)
                many = relation.kind == "to_many"
                made[name] = [self._read(each, target) for each in value] if many else self._read(value, target)
            elif name != "etag":
                read = codec.codecs[name].read
                made[name] = value if read is None else read(value)
        return made

    def _group(self, message: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for descriptor, value in message.ListFields():
            codec = self.door.method.row.codecs.get(descriptor.name)
            if descriptor.message_type is not None:
                made[descriptor.name] = {each.name: measure for each, measure in value.ListFields()}
            else:
                made[descriptor.name] = value if codec is None or codec.read is None else codec.read(value)
        return made

    def _revision(self, message: Any) -> dict[str, Any]:
        change = message.Change.Name(message.change).removeprefix("CHANGE_").lower()
        row = self._row(getattr(message, self.door.method.row_field))
        return {
            "version": message.version,
            "at": message.time,
            "change": change,
            "by": message.by if message.HasField("by") else None,
            "row": row,
        }

    def _value(self, answer: Any) -> Any:
        action = self.door.method.action
        assert action.returns_type is not None
        read = codec_of(action.returns_type, returned_key(action), self.door.method.entity.parts).read
        return answer.value if read is None else read(answer.value)

    def _parts(self, answer: Any) -> Iterator[Outcome]:
        for item, result in zip(self.asked.items, answer.results, strict=True):
            assert item.asked is not None
            door = self.through.door_of(item.asked)
            assert door is not None
            part = getattr(result, result.WhichOneof("result"))
            yield _Answer(self.through, door, item.asked, 0).outcome(part)


def _error(status: Any) -> StrongbackError:
    """The error that a status tells."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for packed in status.details:
        if not packed.Unpack(info):
            packed.Unpack(bad)
    faults = [Fault(each.reason, each.description, each.field) for each in bad.field_violations]
    if any(fault.where.startswith("operations[") for fault in faults):
        return _batch_error(faults)
    if info.reason == InvalidInput.code and faults:
        return InvalidInput(faults)
    return Refused(info.reason, status.message, info.metadata.get("hint", ""))


def _batch_error(faults: list[Fault]) -> BatchRefused:
    """Of each operation what is told of it: a code of a refusal, or what is wrong with its values."""
    items = []
    for fault in faults:
        place = re.match(r"operations\[(\d+)\]", fault.where)
        code = fault.code if place is not None and place.end() == len(fault.where) else InvalidInput.code
        at = place[1] if place is not None else ""
        told = Fault(fault.code, fault.message, f"/operations/{at}")
        items.append(RefusedItem(Refused(code, fault.message), (told,)))
    return BatchRefused(items, len(items))
