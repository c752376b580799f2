"""Answer a file: a read of its row's field, then of its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from strongback.engine.files import file_of, place_of
from strongback.engine.held import read_row, tenant_of
from strongback.engine.runtime import Runtime
from strongback.engine.serve_read import NEEDS_TOKEN, run_get
from strongback.errors import FileMissing, InvalidInput, LinkExpired, NotFound, StaleVersion, Unauthenticated
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.plan.asked import FileAsk
from strongback.plan.operation import Operation
from strongback.plan.outcome import File, Outcome
from strongback.plan.part import Part, part_of
from strongback.plan.permission import may_see
from strongback.predicate.tree import FALSE
from strongback.store.sql.predicate import NOW


async def run_download(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """
    Answer the file of a row; a hidden one, and none, are not there.

    Raises:
        NotFound, Unauthenticated, StaleVersion, RangeNotThere: In this order of precedence.
    """
    for attempt in range(2):
        held = await (_followed if operation.file.link else read_held)(runtime, operation, values)
        try:
            return await _answer(runtime, operation, values, held)
        except FileMissing:
            # Another upload came between the row and its file: what the row says now is there.
            if attempt == 1:
                raise
    raise AssertionError("unreachable")


async def read_held(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Mapping[str, Any]:
    """What the row says of its file, in wire form, as the caller may see it."""
    target = operation.shape.target
    plain = msgspec.structs.replace(operation, if_match=None, if_none_match=None)
    outcome = await run_get(runtime, plain, values)
    item: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(outcome.item))
    held: Mapping[str, Any] | None = item.get(target.field)
    if held is None:
        _refuse_kind(runtime, operation)
        raise NotFound
    return held


async def _followed(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Mapping[str, Any]:
    """
    What the row says of its file, to whoever holds a link to it.

    Raises:
        NotFound: The link was not made here, or for something else.
        LinkExpired: It was, and its time is over, or the file is another now.
    """
    target = operation.shape.target
    entity = runtime.entity(target)
    link = runtime.links.read(entity, blob_field(entity, target.field), values["id"], operation.file.link)
    if link is None:
        raise NotFound
    if operation.faults:
        raise InvalidInput(operation.faults)
    row = await read_row(runtime, entity, values["id"], str(target))
    held = None if row is None else row.values[target.field]
    if link.is_over(values[NOW]) or held is None or held["id"] != link.file:
        raise LinkExpired("the time of this link is over, or its file is another now", hint="ask for a new link")
    return {**held, "id": str(held["id"])}


def _refuse_kind(runtime: Runtime, operation: Operation) -> None:
    """A caller without a token, where none of their kind ever sees the field, may come back with one."""
    shape = operation.shape
    entity = runtime.entity(shape.target)
    if shape.anonymous and may_see(runtime.model, entity, shape.target.field, anonymous=True) == FALSE:
        raise Unauthenticated(NEEDS_TOKEN)


async def _answer(runtime: Runtime, operation: Operation, values: dict[str, Any], held: Mapping[str, Any]) -> Outcome:
    entity, asked, tag = runtime.entity(operation.shape.target), operation.file, held["sha256"]
    field = blob_field(entity, operation.shape.target.field)
    if operation.if_match is not None and not _among(operation.if_match, tag):
        raise StaleVersion("the file is another now")
    if operation.if_none_match is not None and _among(operation.if_none_match, tag):
        return Outcome("unchanged", etag=tag)
    return Outcome("read", etag=tag, file=await opened(runtime, entity, field, values["id"], held, asked))


async def opened(
    runtime: Runtime, entity: Entity, field: Field, row: Any, held: Mapping[str, Any], asked: FileAsk
) -> File:
    """The file as asked for: whole, in part, or unread."""
    size = held["size"]
    part = part_of(asked.part, size) if asked.part is not None and asked.part_if in (None, held["sha256"]) else None
    file = File(size, held["media_type"], held["sha256"], held["name"], part, inline=asked.inline)
    if asked.unread:
        return file
    place = place_of(
        entity, field, row, file_of(held), await tenant_of(runtime, entity, row, f"{entity.name}.download")
    )
    content = await runtime.files.open(place, size, part or Part(0, size))
    return msgspec.structs.replace(file, content=content)


def _among(tags: tuple[str, ...], tag: str) -> bool:
    return "*" in tags or tag in tags


def blob_field(entity: Entity, name: str) -> Field:
    """The field *name*, which holds a file."""
    field = entity.field(name)
    assert field is not None  # a door routes only to fields there are
    return field
