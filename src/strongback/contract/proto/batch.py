"""The messages of a batch: its operations are the requests of other methods, its results their responses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from strongback.contract.proto.requests import ACTIONS_AFTER, BATCHED
from strongback.contract.proto.schema import ProtoField, ProtoMessage
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.rpc import Rpc, rpcs_of

OPERATION: Final = "Operation"
RESULT: Final = "Result"


@dataclass(frozen=True, slots=True)
class Batched:
    """A method that a batch takes, under the name and number of its field."""

    name: str
    number: int
    rpc: Rpc


def batched_rpcs(model: Model, entity: Entity) -> tuple[Batched, ...]:
    """The methods that a batch on *entity* takes."""
    return tuple(_batched(entity, (rpc for rpc in rpcs_of(model) if rpc.entity == entity.name)))


def _batched(entity: Entity, rpcs: Iterable[Rpc]) -> Iterator[Batched]:
    taken = {name for name, _ in BATCHED.values()}
    for rpc in rpcs:
        if rpc.kind in BATCHED:
            yield Batched(*BATCHED[rpc.kind], rpc)
        action = entity.action(rpc.operation) if rpc.kind == "action" else None
        if action is not None:
            name = f"{action.name}_action" if action.name in taken else action.name
            yield Batched(name, ACTIONS_AFTER + action.number, rpc)


def operation_message(package: str, batched: Iterable[Batched]) -> ProtoMessage:
    fields = [_field(package, each, each.rpc.request, "operation") for each in batched]
    doc = "One operation. What each says of masks and terms is the batch's to say, and refused."
    return ProtoMessage(OPERATION, tuple(sorted(fields, key=lambda field: field.number)), doc=doc)


def result_message(package: str, batched: Iterable[Batched]) -> ProtoMessage:
    fields = [_field(package, each, each.rpc.response, "result") for each in batched]
    return ProtoMessage(
        RESULT, tuple(sorted(fields, key=lambda field: field.number)), doc="What one operation came to."
    )


def _field(package: str, batched: Batched, message: str, oneof: str) -> ProtoField:
    return ProtoField(batched.name, batched.number, f".{package}.{message}", oneof=oneof)
