"""
Tell the words of rows that were there before somebody searched them, a batch at a time.

Only rows without words are touched, each only while it is as it was read: who writes meanwhile tells the words of what they write. So a
fill that was stopped goes on where it was, and one that is run again after a deployment tells the rows that the old version made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from strongback.model.words import kept_words
from strongback.store.sql.metadata import quote
from strongback.store.store import Dialect, Row, Session
from strongback.tables.schema import VERSION

BATCH = 500
# A row that somebody wrote between our reading and our writing is told in the next round.
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Fill:
    """Columns of words of *table*, each with the column whose words it holds."""

    table: str
    columns: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"tell the words of `{self.table}`: {', '.join(f'`{source}`' for _, source in self.columns)}"


@dataclass(frozen=True, slots=True)
class Filled:
    """How far a fill has come, in rows."""

    fill: Fill
    done: int
    of: int


Progress = Callable[[Filled], None]


async def fill_words(session: Session, dialect: Dialect, fill: Fill, progress: Progress | None = None) -> int:
    """
    Do *fill*, and say how many rows had no words.

    On PostgreSQL each batch is a transaction of its own; on SQLite all is in the caller's.
    """
    spelt = _Spelt(fill, dialect)
    of = int((await session.fetch(spelt.count))[0][0])
    done = 0
    for _ in range(ROUNDS):
        met, after = 0, None
        while rows := await session.fetch(spelt.read(after), () if after is None else (after,)):
            await _tell(session, spelt, rows)
            met, after = met + len(rows), rows[-1][0]
            if progress is not None:
                progress(Filled(fill, min(done + met, of), of))
        done += met
        if not met:
            break
    return done


async def _tell(session: Session, spelt: _Spelt, rows: Iterable[Row]) -> None:
    if spelt.dialect == "postgresql":
        await session.run("BEGIN")
    for id_, version, *texts in rows:
        await session.fetch(spelt.write, (*map(spelt.words, texts), id_, version))
    if spelt.dialect == "postgresql":
        await session.run("COMMIT")


class _Spelt:
    """The statements of one fill."""

    def __init__(self, fill: Fill, dialect: Dialect) -> None:
        self.dialect: Dialect = dialect
        self.table = self._quote(fill.table)
        self.columns = [self._quote(words) for words, _ in fill.columns]
        self.sources = [self._quote(source) for _, source in fill.columns]
        self.lacking = " OR ".join(f"{column} IS NULL" for column in self.columns)
        self.count = f"SELECT count(*) FROM {self.table} WHERE {self.lacking}"
        changes = ", ".join(f"{column} = {self._value(i + 1)}" for i, column in enumerate(self.columns))
        at, version = self._place(len(self.columns) + 1), self._place(len(self.columns) + 2)
        self.write = f"UPDATE {self.table} SET {changes} WHERE id = {at} AND {self._quote(VERSION)} = {version}"

    def read(self, after: object) -> str:
        beyond = "" if after is None else f" AND id > {self._place(1)}"
        told = ", ".join(["id", self._quote(VERSION), *self.sources])
        return f"SELECT {told} FROM {self.table} WHERE ({self.lacking}){beyond} ORDER BY id LIMIT {BATCH}"

    def words(self, text: str | None) -> Any:
        found: Sequence[str] = [] if text is None else kept_words(text)
        return list(found) if self.dialect == "postgresql" else " ".join(found)

    def _value(self, place: int) -> str:
        return f"array_to_tsvector(${place}::text[])" if self.dialect == "postgresql" else "?"

    def _place(self, place: int) -> str:
        return f"${place}" if self.dialect == "postgresql" else "?"

    def _quote(self, name: str) -> str:
        return quote(name, self.dialect)


def fills_of(columns: Iterable[tuple[str, str, str]]) -> Iterator[Fill]:
    """One fill a table, of (table, column of words, source)."""
    by_table: dict[str, list[tuple[str, str]]] = {}
    for table, words, source in columns:
        by_table.setdefault(table, []).append((words, source))
    yield from (Fill(table, tuple(pairs)) for table, pairs in by_table.items())
