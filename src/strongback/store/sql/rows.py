"""Turn rows of a read into answers: cells to members, hidden ones left out, encrypted ones opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec

from strongback.crypto.envelope import Context, unseal
from strongback.crypto.keyring import Keyring
from strongback.model.key import id_of_type
from strongback.predicate.types import UUID as UUID_TYPE
from strongback.predicate.types import Type
from strongback.store.sql.wire import time_or_text

Decoder = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Seal:
    """How a sealed cell is opened. *is_text*: the plaintext is the text itself; otherwise it is JSON."""

    keyring: Keyring
    entity: str
    field: str
    is_text: bool

    def open(self, envelope: bytes, row: UUID, tenant: str) -> object:
        plain = unseal(self.keyring, envelope, Context(tenant, self.entity, row, self.field))
        return plain.decode() if self.is_text else msgspec.Raw(plain)


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One member of an answer.

    Attributes:
        at: Place of its value in the row.
        decode: Makes the value wire form; None when it is.
        guard_at: Place of the flag that says whether the member is visible.
        layout: Of a relation that Python finishes.
    """

    name: str
    at: int
    decode: Decoder | None = None
    guard_at: int | None = None
    seal: Seal | None = None
    layout: Layout | None = None
    many: bool = False
    include: bool = False


@dataclass(frozen=True)
class Layout:
    """
    How the rows of one node become answers.

    Attributes:
        guards: Places of the visibility flags, in plan order: the bits of the ETag.
        keys_at, key_readers: The order's keys, for the page token.
        document: The first cell is the whole answer, finished by the store; then *key_names* are the order's keys where the answer has
            them all.
        whole: The one row is a whole page: `page` reads it.
    """

    name: str
    cells: tuple[Cell, ...]
    guards: tuple[int, ...] = ()
    id_at: int = 0
    id_type: Type = UUID_TYPE
    tenant_at: int | None = None
    version_at: int | None = None
    keys_at: tuple[int, ...] = ()
    key_readers: tuple[Decoder | None, ...] = ()
    document: bool = False
    key_names: tuple[str, ...] = ()
    whole: bool = False

    @cached_property
    def struct(self) -> type[msgspec.Struct]:
        """The answer's type: members in wire order, each absent unless set."""
        return msgspec.defstruct(self.name, [(cell.name, Any, msgspec.UNSET) for cell in self.cells], gc=False)

    @cached_property
    def steps(self) -> tuple[tuple[int, Decoder], ...] | None:
        """What is to be done to the first cells of a row to make them its answer; None when it takes more than that."""
        if not all(c.at == i and _is_simple(c) for i, c in enumerate(self.cells)):
            return None
        decoders = ((c.at, _include_text if c.include else _or_none(c.decode)) for c in self.cells)
        return tuple((at, decode) for at, decode in decoders if decode is not None)

    def answer(self, row: Sequence[Any]) -> msgspec.Struct | msgspec.Raw:
        """Make the answer of one row."""
        if self.document:
            return msgspec.Raw(row[0])
        steps = self.steps
        if steps is None:
            return self.struct(*[self._value(cell, row) for cell in self.cells])
        values = list(row[: len(self.cells)])
        for at, decode in steps:
            values[at] = decode(values[at])
        return self.struct(*values)

    def _value(self, cell: Cell, row: Sequence[Any]) -> Any:
        if cell.guard_at is not None and not row[cell.guard_at]:
            return msgspec.UNSET
        raw = row[cell.at]
        if cell.include:
            return _related(cell, raw)
        if raw is None:
            return None
        value = raw if cell.decode is None else cell.decode(raw)
        return value if cell.seal is None else cell.seal.open(value, self.id_of(row), self._tenant(row))

    def id_of(self, row: Sequence[Any]) -> Any:
        return id_of_type(self.id_type, row[self.id_at])

    def _tenant(self, row: Sequence[Any]) -> str:
        return "" if self.tenant_at is None else str(row[self.tenant_at])

    def etag(self, row: Sequence[Any]) -> str:
        """The row's version and which guarded groups its reader sees."""
        assert self.version_at is not None
        bits = sum(1 << i for i, at in enumerate(self.guards) if row[at])
        return f"{row[self.version_at]}.{bits}" if self.guards else str(row[self.version_at])

    def keys(self, row: Sequence[Any]) -> list[Any]:
        """The order's keys of *row* in wire form, for a page token."""
        if self.key_names:
            told = msgspec.json.decode(row[0])
            return [told[name] for name in self.key_names]
        pairs = zip(self.keys_at, self.key_readers, strict=True)
        return [row[at] if read is None or row[at] is None else read(row[at]) for at, read in pairs]


def _is_simple(cell: Cell) -> bool:
    return cell.guard_at is None and cell.seal is None and cell.layout is None


def _or_none(decode: Decoder | None) -> Decoder | None:
    """*decode* for a cell that may be NULL."""
    if decode is None or decode is time_or_text:
        return decode
    return lambda raw: None if raw is None else decode(raw)


def _include_text(raw: Any) -> Any:
    if raw is None:
        return msgspec.UNSET
    return msgspec.Raw(raw.encode()) if isinstance(raw, str) else raw


def _related(cell: Cell, raw: Any) -> Any:
    """
    A relation's rows: as the store finished them, or finished here; absent when there is none to see. Inside an include that is
    finished here they come decoded, with the rows around them.
    """
    if raw is None:
        return msgspec.UNSET
    if cell.layout is None:
        return _include_text(raw)
    rows = msgspec.json.decode(raw) if isinstance(raw, str) else raw
    return [cell.layout.answer(row) for row in rows] if cell.many else cell.layout.answer(rows)
