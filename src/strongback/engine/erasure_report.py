"""The report of erasures: what was erased of which row, when, and by which rule; never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Final

from strongback.errors import StoreMismatch
from strongback.store.store import Dialect, Statement, Store, Transaction

COLUMNS: Final = ("at", "entity", "row_id", "fields", "rule", "versions")
_CREATE: Final = (
    "CREATE TABLE IF NOT EXISTS _erasures (at text NOT NULL, entity text NOT NULL, row_id text NOT NULL, fields text NOT NULL, "
    "rule text NOT NULL, versions bigint NOT NULL)"
)
_INDEX: Final = "CREATE INDEX IF NOT EXISTS _erasures_at_idx ON _erasures (at)"
_THERE: Final = "SELECT 1 FROM _erasures LIMIT 1"
# The newest thousand.
_READ: Final = (
    "SELECT at, entity, row_id, fields, rule, versions FROM _erasures ORDER BY at DESC, entity, row_id, rule LIMIT 1000"
)
_WRITE: Final[Mapping[Dialect, str]] = {
    "postgresql": "INSERT INTO _erasures (at, entity, row_id, fields, rule, versions) VALUES ($1, $2, $3, $4, $5, $6)",
    "sqlite": "INSERT INTO _erasures (at, entity, row_id, fields, rule, versions) VALUES (?, ?, ?, ?, ?, ?)",
}


@dataclass(frozen=True, slots=True)
class Erased:
    """
    One line of the report: that values of a row were erased, when, and by which rule.

    Attributes:
        fields: Those that the row, or a kept version of it, still held.
        versions: Kept versions in which they were erased.
    """

    at: str
    entity: str
    row_id: str
    fields: str
    rule: str
    versions: int


async def prepare_report(store: Store) -> None:
    """Make the table where there is none."""
    try:
        await store.fetch(Statement(_THERE))
    except StoreMismatch:
        for sql in (_CREATE, _INDEX):
            await store.fetch(Statement(sql, writes=True))


async def write_line(tx: Transaction, dialect: Dialect, line: Erased) -> None:
    """Add *line* in the transaction that erases."""
    await tx.fetch(Statement(_WRITE[dialect], COLUMNS, writes=True), astuple(line))


async def read_report(store: Store) -> list[Erased]:
    """The newest lines of the report."""
    try:
        rows = await store.fetch(Statement(_READ))
    except StoreMismatch:
        return []  # nothing was ever erased
    return [Erased(*row) for row in rows]
