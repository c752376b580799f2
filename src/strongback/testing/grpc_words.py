"""The bytes of a gRPC request for what the matrix asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from strongback.model.entity import Entity
from strongback.model.parts import parameters_key
from strongback.model.wire import arguments_of, nested
from strongback.plan.asked import Asked, FilterAsk, Item, SelectAsk
from strongback.serve.doors.grpc.door import GrpcDoor
from strongback.serve.doors.grpc.filter import OPERATORS
from strongback.serve.doors.grpc.values import codec_of

DoorOf = Callable[[Asked], GrpcDoor | None]
# A field that no message has: how a request is wrong that is to be wrong.
WRONG = b"\xf8\xff\xff\xff\x07\x01"


class Unspeakable(Exception):
    """There is no message for this request."""


@dataclass
class Words:
    """
    Words one request.

    Attributes:
        door_of: Finds the door of what is asked.
    """

    door_of: DoorOf
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
        door = None if asked is None else self.door_of(asked)
        if asked is None or door is None:
            raise Unspeakable
        named = {of.target: name for name, (_, of) in self.door.method.batched.items()}
        made = Words(self.door_of, door, asked).content()
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
