"""Rows as messages: what a row answers becomes a message, and a message becomes the members of a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from strongback.contract.proto.rows import ETAG
from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import member_types, nested
from strongback.plan.value_fault import ValueFault
from strongback.serve.doors.grpc.values import Codec, Convert, codec_of


class Rows:
    """The rows of one model, by entity."""

    def __init__(self, model: Model) -> None:
        self.by_entity = {entity.name: RowCodec(self, entity) for entity in model.entities}


class RowCodec:
    """
    Rows of one entity.

    Attributes:
        codecs: Of members that are values, by wire name.
        related: Relations, by name: the entity of the other side, and whether there are many.
    """

    def __init__(self, rows: Rows, entity: Entity) -> None:
        self.rows = rows
        self.entity = entity
        self.codecs: Mapping[str, Codec] = {
            name: codec_of(type_, name, entity.parts) for name, type_ in member_types(entity)
        }
        self.related = {each.name: (each.target, each.kind == "to_many") for each in entity.relations}
        self._write: Mapping[str, Convert] = {
            **{name: codec.write for name, codec in self.codecs.items() if codec.write is not None},
            **{name: self._writer(*related) for name, related in self.related.items()},
        }

    def _writer(self, target: str, many: bool) -> Convert:
        def one(row: Any) -> dict[str, Any]:
            return self.rows.by_entity[target].write(row)

        return (lambda found: [one(row) for row in found]) if many else one

    def write(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the message of *row*, in wire form, is made of. A member that is null or hidden is not set."""
        convert = self._write
        return {
            name: convert[name](value) if name in convert else value for name, value in row.items() if value is not None
        }

    def read(self, message: Any, names: frozenset[str] | None, where: str) -> tuple[dict[str, Any], list[Fault]]:
        """
        The members that *message* holds, as a body has them, and what is wrong with them.

        Args:
            names: Those wanted, whether set or not; None for all that are set.
            where: The place of the row in the content, as a JSON pointer.
        """
        body: dict[str, Any] = {}
        faults: list[Fault] = []
        for descriptor, value in message.ListFields():
            name = descriptor.name
            if name != ETAG and (names is None or name in names):
                self._take(name, value, body, faults, where)
        # A member that is named and not set becomes null; rows that are named and not there are to be none.
        for name in sorted(names - body.keys()) if names else ():
            body[name] = [] if self.related.get(name, ("", False))[1] else None
        return body, faults

    def _take(self, name: str, value: Any, body: dict[str, Any], faults: list[Fault], where: str) -> None:
        place = f"{where}/{name}"
        if name in self.related:
            target, many = self.related[name]
            children = list(value) if many and name in nested(self.entity) else []
            body[name] = [self._child(target, each, f"{place}/{at}", faults) for at, each in enumerate(children)]
            return
        read = self.codecs[name].read
        try:
            body[name] = value if read is None else read(value)
        except ValueFault as wrong:
            faults += [Fault("SB201", message, place + below, hint) for below, message, hint in wrong.faults]

    def _child(self, target: str, message: Any, where: str, faults: list[Fault]) -> dict[str, Any]:
        body, wrong = self.rows.by_entity[target].read(message, None, where)
        if message.HasField(ETAG):
            faults.append(Fault("SB202", "is read-only", f"{where}/{ETAG}"))
        faults += wrong
        return body


def decoded(item: Any) -> Any:
    """A row or value in wire form as plain values: stores finish some as text."""
    return msgspec.json.decode(item if isinstance(item, msgspec.Raw) else msgspec.json.encode(item))
