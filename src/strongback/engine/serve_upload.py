"""
Put a file on a row, and take one away: an update of the row's field, with the bytes kept before it.

The order makes sure that a row never names bytes that are not there: permission first, before a byte is read; then the bytes, whole and
lasting; then the row; then the bytes it held before are dropped. What a crash leaves in between is an object that no row names.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from msgspec import structs

from strongback.engine.files import key_of, place_of
from strongback.engine.held import read_row, tenant_of
from strongback.engine.runtime import Runtime
from strongback.engine.serve_download import blob_field
from strongback.engine.serve_write import (
    NEEDS_VERSION,
    READ_FIRST,
    check_possible,
    compile_probe,
    compile_write,
    needs_version,
)
from strongback.engine.signature import HEAD_BYTES, speaks_against
from strongback.engine.transaction import check_written, transaction
from strongback.errors import (
    Fault,
    FileEmpty,
    FileTypeRefused,
    FileTypeWrong,
    InvalidInput,
    NotFound,
    RequestError,
    StaleVersion,
    TooLarge,
    UnsupportedMedia,
    VersionRequired,
    WriteConflict,
)
from strongback.model.blob import Blob, is_media_type, spell_size
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.uuid7 import uuid7
from strongback.plan.asked import USUAL, FileAsk
from strongback.plan.operation import Operation
from strongback.plan.outcome import Outcome
from strongback.plan.shape import Selection
from strongback.store.blobs.blob_store import CHUNK_BYTES, Writing
from strongback.store.sql.predicate import NOW
from strongback.store.sql.programs import check_version
from strongback.store.violations import Conflicted, Violation

Held = Mapping[str, Any]


async def run_upload(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """
    Keep the bytes and change the row.

    Raises:
        Unauthenticated, NotFound, Forbidden: Before a byte of the content is asked for.
        InvalidInput, VersionRequired, StaleVersion, FileTypeRefused, TooLarge: Before they are read as well, where that can be known.
    """
    entity = runtime.entity(operation.shape.target)
    field = blob_field(entity, operation.shape.target.field)
    held, versions = await _judge(runtime, operation, values, field)
    _check_announced(field, operation.file)
    made = uuid7()
    tenant = await tenant_of(runtime, entity, values["id"], str(operation.shape.target))
    async with runtime.files.writing(place_of(entity, field, values["id"], made, tenant)) as writing:
        kept = await _receive(writing, field, operation.file)
    return await _change(runtime, operation, values, field, {"id": made, **kept}, held, versions)


async def run_remove(runtime: Runtime, operation: Operation, values: dict[str, Any]) -> Outcome:
    """Take the file away; the row stays."""
    field = blob_field(runtime.entity(operation.shape.target), operation.shape.target.field)
    held, versions = await _judge(runtime, operation, values, field)
    if held is None:
        raise NotFound
    return await _change(runtime, operation, values, field, None, held, versions)


async def _judge(
    runtime: Runtime, operation: Operation, values: dict[str, Any], field: Field
) -> tuple[Held | None, tuple[str, ...] | None]:
    """Ask the permission, then judge all that is known without the content: what the row holds, and the versions it may be at."""
    shape = operation.shape
    probe = runtime.kept(
        replace(shape, select=Selection(), given=shape.given, faulty=True), lambda s: compile_probe(runtime, s)
    )
    check_possible(shape, probe)
    version = await runtime.programs.probe(probe, {**values, field.name: None})
    if operation.faults:
        raise InvalidInput(operation.faults)
    if operation.if_match is None and needs_version(runtime, shape):
        raise VersionRequired(NEEDS_VERSION, hint=READ_FIRST)
    held = await _held(runtime, operation, values, field)
    versions = _versions(operation.if_match, version, held)
    check_version(version, versions)
    if field.immutable:
        if held is not None:
            raise InvalidInput([Fault("SB202", "cannot be changed after it is put", f"/{field.name}")])
        versions = (str(version),)
    return held, versions


def _versions(tags: tuple[str, ...] | None, version: int, held: Held | None) -> tuple[str, ...] | None:
    """The row versions that *tags* mean: a tag of the row itself, or that of the file which it holds now."""
    if tags is not None and held is not None and held["sha256"] in tags:
        return (*tags, str(version))
    return tags


async def _held(runtime: Runtime, operation: Operation, values: dict[str, Any], field: Field) -> Held | None:
    """What the row says of its file, whoever may see it."""
    target = operation.shape.target
    found = await read_row(runtime, runtime.entity(target), values["id"], str(target))
    held: Held | None = found.values[field.name] if found is not None else None
    return held


# -- the content


def _check_announced(field: Field, asked: FileAsk) -> None:
    """Refuse what is wrong by its head already."""
    blob = _blob(field)
    if asked.is_coded:
        raise UnsupportedMedia("the content must not be compressed")
    if not is_media_type(asked.media_type):
        raise FileTypeRefused("the file must say what it is, as `image/png`", blob.types)
    if blob.types and asked.media_type not in blob.types:
        raise FileTypeRefused(f"a file of type {asked.media_type} is not taken here", blob.types)
    if asked.size is not None and asked.size > blob.max_bytes:
        raise _too_large(blob)


def _blob(field: Field) -> Blob:
    assert field.blob is not None
    return field.blob


def _too_large(blob: Blob) -> TooLarge:
    return TooLarge(f"the file is larger than {spell_size(blob.max_bytes)}")


async def _receive(writing: Writing, field: Field, asked: FileAsk) -> dict[str, Any]:
    """
    Write the content as it arrives.

    Returns:
        What the row will say of it.
    Raises:
        TooLarge, FileTypeWrong, FileEmpty: As soon as it is known; what was written is gone with the exception.
    """
    digest, size = sha256(), 0
    assert asked.content is not None  # a door gives the content with an upload
    async for chunk in _gathered(_bounded(asked.content, _blob(field))):
        if size == 0:
            _check_head(asked.media_type, chunk)
        digest.update(chunk)
        size += len(chunk)
        await writing.write(chunk)
    if size == 0:
        raise FileEmpty("the file is empty", hint="DELETE takes a file away")
    return {"size": size, "media_type": asked.media_type, "sha256": digest.hexdigest(), "name": asked.name}


async def _bounded(content: AsyncIterator[bytes], blob: Blob) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in content:
        size += len(chunk)
        if size > blob.max_bytes:
            raise _too_large(blob)
        yield chunk


async def _gathered(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in chunks worth a hop to a thread: what a network hands over is small."""
    held = bytearray()
    async for chunk in content:
        held += chunk
        if len(held) >= CHUNK_BYTES:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _check_head(media_type: str, start: bytes) -> None:
    wrong = speaks_against(media_type, start[:HEAD_BYTES])
    if wrong:
        raise FileTypeWrong(wrong, hint="send the type that the file has in `Content-Type`")


# -- the row


async def _change(
    runtime: Runtime,
    operation: Operation,
    values: dict[str, Any],
    field: Field,
    new: Held | None,
    old: Held | None,
    versions: tuple[str, ...] | None,
) -> Outcome:
    """Change the row. What nothing refers to then is dropped: the old bytes when it is committed, the new ones when it surely was not."""
    entity, row = runtime.entity(operation.shape.target), values["id"]
    try:
        outcome = await _write(runtime, operation, {**values, field.name: new}, versions)
    except RequestError as refused:
        await _drop_new(runtime, entity, field, row, new)
        if isinstance(refused, StaleVersion) and operation.if_match is None:
            raise WriteConflict("another write came between", hint="read the row again and repeat") from None
        raise
    if operation.terms.dry_run:
        await _drop_new(runtime, entity, field, row, new)
    keys = (key_of(entity, field, row, old),) if old is not None and not entity.history else ()
    return structs.replace(outcome, dropped=keys)


async def _write(
    runtime: Runtime, operation: Operation, values: dict[str, Any], versions: tuple[str, ...] | None
) -> Outcome:
    """Change the row, on the terms its caller asked for."""
    write = runtime.kept(operation.shape, lambda s: compile_write(runtime, s))
    if operation.terms is USUAL:
        return await runtime.programs.write(write, values, versions)
    try:
        async with transaction(runtime, operation.terms, operation.actor, values[NOW]) as tx:
            return check_written(operation.terms, await runtime.programs.write(write, values, versions, tx))
    except (Violation, Conflicted) as violation:
        raise runtime.programs.refusal(violation, "update") from None


async def _drop_new(runtime: Runtime, entity: Entity, field: Field, row: UUID, new: Held | None) -> None:
    if new is not None:
        await runtime.files.drop(key_of(entity, field, row, new))
