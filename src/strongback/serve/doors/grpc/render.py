"""An outcome as the message of a response: one maker a kind of method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from strongback.model.parts import returned_key
from strongback.model.rpc import Kind, row_field, rows_field
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome, WholeRows
from strongback.serve.doors.grpc.read import Method
from strongback.serve.doors.grpc.rows import decoded
from strongback.serve.doors.grpc.values import Convert, codec_of


def render(method: Method, asked: Asked, outcome: Outcome) -> dict[str, Any]:
    """What the response to *asked* is made of."""
    if method.rpc.kind != "batch":
        return _MAKERS[method.rpc.kind](method, outcome)
    named = {of.target: (name, of) for name, (_, of) in method.batched.items()}
    found = [named[item.asked.target] for item in asked.items if item.asked is not None]
    pairs = zip(found, outcome.parts, strict=True)
    return {"results": [{name: _MAKERS[of.rpc.kind](of, part)} for (name, of), part in pairs]}


def _row(method: Method, outcome: Outcome) -> dict[str, Any]:
    codec = method.rows.by_entity[method.answered.name]
    made = codec.write(decoded(outcome.item))
    if outcome.etag:
        made["etag"] = outcome.etag
    return made


def _get(method: Method, outcome: Outcome) -> dict[str, Any]:
    return {method.row_field: _row(method, outcome)}


def _written(method: Method, outcome: Outcome) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if outcome.item is not None:
        made[row_field(method.answered)] = _row(method, outcome)
    if outcome.id != "":
        made["id"] = outcome.id
    return made


def _rows(method: Method, outcome: Outcome) -> list[dict[str, Any]]:
    write = method.rows.by_entity[method.answered.name].write
    items = outcome.items.text if isinstance(outcome.items, WholeRows) else outcome.items
    return [write(row) for row in decoded(items)]


def _list(method: Method, outcome: Outcome) -> dict[str, Any]:
    made: dict[str, Any] = {rows_field(method.entity): _rows(method, outcome)}
    if outcome.next_page_token:
        made["next_page_token"] = outcome.next_page_token
    if outcome.count is not None:
        made["total_size"] = outcome.count
    return made


def _nothing(method: Method, outcome: Outcome) -> dict[str, Any]:
    return {}


def _action(method: Method, outcome: Outcome) -> dict[str, Any]:
    if outcome.items is not None:
        return {rows_field(method.answered): _rows(method, outcome)}
    if not outcome.has_value:
        return _written(method, outcome)
    value = decoded(outcome.value)
    if value is None:
        return {}
    write = _returned(method)
    return {"value": value if write is None else write(value)}


def _returned(method: Method) -> Convert | None:
    action = method.entity.action(method.rpc.operation)
    assert action is not None
    assert action.returns_type is not None  # or there would be no value
    return codec_of(action.returns_type, returned_key(action), method.entity.parts).write


def _aggregate(method: Method, outcome: Outcome) -> dict[str, Any]:
    return {"groups": [_group(method, group) for group in decoded(outcome.items)], **_token(outcome)}


def _group(method: Method, group: Mapping[str, Any]) -> dict[str, Any]:
    """Keys are members of rows; a measure, or what there is of each function, is what it is in JSON."""
    made: dict[str, Any] = {}
    for name, value in group.items():
        codec = method.row.codecs.get(name)
        if isinstance(value, dict):
            made[name] = {member: measure for member, measure in value.items() if measure is not None}
        elif value is not None:
            made[name] = value if codec is None or codec.write is None else codec.write(value)
    return made


def _token(outcome: Outcome) -> dict[str, Any]:
    return {"next_page_token": outcome.next_page_token} if outcome.next_page_token else {}


def _history(method: Method, outcome: Outcome) -> dict[str, Any]:
    revisions = [_revision(method, each) for each in decoded(outcome.items)]
    return {"revisions": revisions, **_token(outcome)}


def _revision(method: Method, version: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "version": version["version"],
        "time": version["at"],
        "change": f"CHANGE_{version['change'].upper()}",
        method.row_field: method.row.write(version["row"]),
    }
    return made if version["by"] is None else {**made, "by": version["by"]}


_MAKERS: Final[Mapping[Kind, Callable[[Method, Outcome], dict[str, Any]]]] = {
    "get": _get,
    "list": _list,
    "aggregate": _aggregate,
    "history": _history,
    "create": _written,
    "update": _written,
    "delete": _nothing,
    "restore": _written,
    "action": _action,
}
