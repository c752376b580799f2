"""Cases of files: read whole and in part, linked to, put and taken away. Nothing of it stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID

from strongback.engine.files import Files
from strongback.engine.signature import HEAD_BYTES, SIGNATURES
from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.plan.asked import Asked, FileAsk, Target
from strongback.plan.part import Part, PartAsk
from strongback.store.blobs.blob_store import Writing
from strongback.store.blobs.sealed import Place
from strongback.testing.matrix import Case, Matrix, Said
from strongback.testing.oracle import Caller
from strongback.testing.worlds import RawRow, file_content
from strongback.testing.writes import stops_at_row, versions_of

WRONG = Fault("SB209", "is not known here", "?permissions")


class WorldFiles(Files):
    """
    The bytes of every file of every world, made up from its place; what is written is forgotten.

    Whose bytes are answered is judged here. That bytes rest sealed for their place, and open in no other, is not: there is no other place.
    """

    @asynccontextmanager
    async def writing(self, place: Place) -> AsyncIterator[Writing]:
        yield _Forgetting()

    async def open(self, place: Place, size: int, part: Part) -> AsyncIterator[bytes]:
        return _sent(file_content(place.context.row, place.file)[part.start : part.start + part.length])

    async def drop(self, key: str) -> None:
        """Keep it: the row that named it is as before when the case is over."""


class _Forgetting:
    async def write(self, chunk: bytes) -> None:
        """Forget *chunk*."""


async def _sent(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def check_download(matrix: Matrix, entity: Entity, field: Field, caller: Caller) -> None:
    """The file of a row, or a part of it."""
    asks = matrix.asks
    id_, row = matrix.pick(entity, caller)
    part = PartAsk(2, 5) if asks.chance(0.3) else None
    faults = (WRONG,) if asks.chance(0.05) else ()
    target = Target(entity.name, "download", f"{field.name}.download")
    asked = Asked(target, matrix.spell(id_, row), faults=faults, file=FileAsk(part=part))
    case = Case(matrix, caller, asked, "a part" if part is not None else "")
    said = await matrix.ask(asked, caller)
    if _is_read(case, said, entity, field, row) and row is not None:
        content = file_content(row.id, row.values[field.name]["id"])
        await _same_bytes(case, said, content[2:6] if part is not None else content)


def _is_read(case: Case, said: Said, entity: Entity, field: Field, row: RawRow | None) -> bool:
    """Judge who reads the file of *row*; whether it is answered as it should be."""
    oracle, caller = case.matrix.oracle, case.caller
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[row.id], caller)
    if not oracle.might((oracle.grants.access(entity.name, "read"),), caller):
        return case.is_at(said, "401") and False
    if row is None or not oracle.reads(row, caller):
        return case.is_at(said, "404") and False
    if case.asked.faults:
        return case.is_at(said, "422") and False
    if not oracle.might((oracle.grants.field(entity.name, field.name),), caller):
        return case.is_at(said, "401") and False
    if row.values[field.name] is None or not oracle.sees(oracle.objects[row.id], field.name, caller):
        return case.is_at(said, "404") and False
    return case.is_at(said, "ok")


async def _same_bytes(case: Case, said: Said, content: bytes) -> None:
    file = said.outcome.file if said.outcome is not None else None
    got = b"".join([chunk async for chunk in file.content]) if file is not None and file.content is not None else b""
    if got != content:
        case.find("leak" if got else "refusal", content, got)


async def check_link(matrix: Matrix, entity: Entity, field: Field, caller: Caller) -> None:
    """A link to the file of a row; followed by a stranger, and tried on another row."""
    id_, row = matrix.pick(entity, caller)
    target = Target(entity.name, "link", f"{field.name}.link")
    asked = Asked(target, matrix.spell(id_, row), body={}, faults=(WRONG,) if matrix.asks.chance(0.05) else ())
    case = Case(matrix, caller, asked)
    said = await matrix.ask(asked, caller)
    if _is_read(case, said, entity, field, row) and row is not None and said.outcome is not None:
        await _follow(matrix, entity, field, row, said.outcome.value["token"])


async def _follow(matrix: Matrix, entity: Entity, field: Field, row: RawRow, token: str) -> None:
    stranger = matrix.oracle.callers()[0]
    target = Target(entity.name, "download", f"{field.name}.download")
    for other in matrix.oracle.world.rows[entity.name]:
        asked = Asked(target, str(other.id), file=FileAsk(link=token))
        case = Case(matrix, stranger, asked, f"with a link to the file of {row.id}")
        said = await matrix.ask(asked, stranger)
        if other is row:
            case.is_at(said, "ok")
            await _same_bytes(case, said, file_content(row.id, row.values[field.name]["id"]))
        elif matrix.asks.chance(0.3):
            case.is_at(said, "404")


async def check_upload(matrix: Matrix, entity: Entity, field: Field, caller: Caller) -> None:
    """A file put on a row, or taken away, perhaps of a version that is long gone."""
    asks, oracle = matrix.asks, matrix.oracle
    id_, row = matrix.pick(entity, caller)
    kind = "remove" if asks.chance(0.3) and not field.immutable else "upload"
    stale = asks.chance(0.08)
    media_type, content = _file_for(field)
    asked = Asked(
        Target(entity.name, "remove" if kind == "remove" else "upload", f"{field.name}.{kind}"),
        matrix.spell(id_, row),
        if_match=versions_of(matrix, entity, row, stale),
        faults=(WRONG,) if asks.chance(0.05) else (),
        file=FileAsk(media_type=media_type, size=len(content), content=_sent(content)),
    )
    case = Case(matrix, caller, asked, f"If-Match {asked.if_match}" if asked.if_match else "")
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[id_], caller)
    said = await matrix.ask(asked, caller)
    if not oracle.might((oracle.grants.field(entity.name, field.name),), caller):
        case.is_at(said, "401")
    elif not stops_at_row(case, said, entity, row, oracle.grants.access(entity.name, "update")) and row is not None:
        _check_put(case, said, entity, field, row, stale=stale)


def _check_put(case: Case, said: Said, entity: Entity, field: Field, row: RawRow, *, stale: bool) -> None:
    """Judge what comes after a caller may update the row."""
    oracle, asked, held = case.matrix.oracle, case.asked, case.matrix.oracle.objects[row.id]
    if not oracle.sees(held, field.name, case.caller):
        case.is_at(said, "403")
    elif asked.faults:
        case.is_at(said, "422")
    elif entity.conditional_writes and asked.if_match is None:
        case.is_at(said, "428")
    elif stale:
        case.is_at(said, "412")
    elif field.immutable and row.values[field.name] is not None:
        case.is_at(said, "422")
    elif asked.target.kind == "remove" and row.values[field.name] is None:
        case.is_at(said, "404")
    else:
        with oracle.with_changes(held, {field.name: _described(field, asked)}):
            may = oracle.may("update", held, case.caller)
        case.is_at(said, "ok" if may else "403")


def _file_for(field: Field) -> tuple[str, bytes]:
    """A media type that the field takes, and bytes that begin as its files do."""
    taken = field.blob.types if field.blob is not None else ()
    media_type = taken[0] if taken else "application/octet-stream"
    head = bytearray(b"." * HEAD_BYTES)
    sign, at = SIGNATURES.get(media_type, ((b"", 0),))[0]
    head[at : at + len(sign)] = sign
    return media_type, bytes(head)


def _described(field: Field, asked: Asked) -> dict[str, Any] | None:
    """What the row will say of the file; its id is nobody's business before."""
    if asked.target.kind == "remove":
        return None
    media_type, content = _file_for(field)
    digest = sha256(content).hexdigest()
    return {"id": UUID(int=0), "size": len(content), "media_type": media_type, "sha256": digest, "name": None}
