"""
What the matrix asks, asked by gRPC: the bytes of a request for each, and the bytes of its answer read back into the words of the wire.

A message does not tell null from hidden, nor no rows from none that were asked for: of an answer and of what is expected both are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
from strongback.model.parts import returned_key
from strongback.model.rpc import row_field, rows_field
from strongback.plan.actor import Actor
from strongback.plan.asked import Asked
from strongback.plan.outcome import Did, Outcome
from strongback.serve.doors.grpc.door import GrpcDoor, make_doors
from strongback.serve.doors.grpc.values import codec_of
from strongback.testing.grpc_words import Unspeakable, Words

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
            body = None if door is None else Words(self.door_of, door, asked).content()
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
