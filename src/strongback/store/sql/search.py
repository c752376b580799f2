"""
What finds rows by the words of their texts, as the SQL that makes it and takes it away.

PostgreSQL: a GIN index over the columns of words (`tsvector`), joined. SQLite: an FTS5 table over them, kept by triggers on the table
itself, so that whatever changes a row, an action, a cascade or a hand-written statement, the words follow. Its rows have numbers of
their own (`_rows`), because VACUUM may renumber those of a table whose key is text. The tokenizer `ascii` takes every character beyond
ASCII for part of a word, and of ASCII our words hold lower-case letters and digits only: it parts nothing but at our spaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strongback.store.sql.literal import quoted
from strongback.store.store import Dialect
from strongback.tables.schema import DELETED_AT, Table, TableSearch

# What FTS5 keeps a table's index in, and what we keep beside it.
SHADOWS = ("data", "idx", "config", "docsize", "content", "rows")
TRIGGERS = ("insert", "update", "delete")


@dataclass(frozen=True, slots=True)
class SearchLayout:
    """
    One search as it is made.

    Attributes:
        text: What tells it from any other of its name, as the database tells it.
    """

    name: str
    text: str


def name(text: str) -> str:
    """Quote a name, always: what SQLite gives back of a statement is then what was given."""
    return f'"{text}"'


def rows_of(search: str) -> str:
    """The table that numbers the rows of an FTS5 table."""
    return f"{search}_rows"


def joined_words(columns: Sequence[str]) -> str:
    """
    The words of several columns as PostgreSQL spells the expression of an index.

    >>> joined_words(["_a_words"]), joined_words(["_a_words", "_b_words", "_c_words"])
    ('_a_words', '((_a_words || _b_words) || _c_words)')
    """
    whole = columns[0]
    for column in columns[1:]:
        whole = f"({whole} || {column})"
    return whole


def search_layout(table: Table, search: TableSearch, dialect: Dialect) -> SearchLayout:
    """The layout that *search* of *table* asks for."""
    if dialect == "postgresql":
        return SearchLayout(search.name, f"{joined_words(search.columns)}{' live' * search.live_only}")
    return SearchLayout(search.name, "\n".join(_sqlite_parts(table.name, search)))


def create_search(table: Table, search: TableSearch, dialect: Dialect, *, concurrently: bool = False) -> Iterator[str]:
    """The statements that make *search*, over the words that are there already."""
    if dialect == "postgresql":
        live = f" WHERE {name(DELETED_AT)} IS NULL" if search.live_only else ""
        whole = joined_words([name(column) for column in search.columns])
        how = "CONCURRENTLY " if concurrently else ""
        yield f"CREATE INDEX {how}{name(search.name)} ON {name(table.name)} USING gin (({whole})){live}"
        return
    fts, rows, words = name(search.name), name(rows_of(search.name)), _joined(search.columns)
    yield from _sqlite_parts(table.name, search)
    yield f"INSERT INTO {rows} (id) SELECT id FROM {name(table.name)}"
    yield f"INSERT INTO {fts} (rowid, words) SELECT r.row, {words} FROM {name(table.name)} AS t JOIN {rows} AS r ON r.id = t.id"


def drop_search(search: str, dialect: Dialect) -> Iterator[str]:
    """The statements that take a search away."""
    if dialect == "postgresql":
        yield f"DROP INDEX CONCURRENTLY IF EXISTS {name(search)}"
        return
    yield from (f"DROP TRIGGER IF EXISTS {name(f'{search}_{when}')}" for when in TRIGGERS)
    yield f"DROP TABLE IF EXISTS {name(search)}"
    yield f"DROP TABLE IF EXISTS {name(rows_of(search))}"


def _joined(columns: Sequence[str], row: str = "") -> str:
    prefix = f"{row}." if row else ""
    return " || ' ' || ".join(f"coalesce({prefix}{name(column)}, '')" for column in columns)


def _sqlite_parts(table: str, search: TableSearch) -> Iterator[str]:
    """The FTS5 table, the numbers of its rows, and the triggers that keep both."""
    fts, rows = name(search.name), name(rows_of(search.name))
    old, new = _joined(search.columns, "old"), _joined(search.columns, "new")
    forget = f"INSERT INTO {fts} ({fts}, rowid, words) SELECT 'delete', row, {old} FROM {rows} WHERE id = old.id;"
    learn = f"INSERT INTO {fts} (rowid, words) SELECT row, {new} FROM {rows} WHERE id = new.id;"
    options = f"content={quoted('')}, columnsize=0, detail={quoted('none')}, tokenize={quoted('ascii')}"
    yield f"CREATE VIRTUAL TABLE {fts} USING fts5(words, {options})"
    yield f"CREATE TABLE {rows} (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)"
    on = name(table)
    yield f"{_trigger(search, 'insert')} AFTER INSERT ON {on} BEGIN INSERT INTO {rows} (id) VALUES (new.id); {learn} END"
    columns = ", ".join(map(name, search.columns))
    yield f"{_trigger(search, 'update')} AFTER UPDATE OF {columns} ON {on} WHEN {old} <> {new} BEGIN {forget} {learn} END"
    yield f"{_trigger(search, 'delete')} AFTER DELETE ON {on} BEGIN {forget} DELETE FROM {rows} WHERE id = old.id; END"


def _trigger(search: TableSearch, when: str) -> str:
    return f"CREATE TRIGGER {name(f'{search.name}_{when}')}"
