"""The Schema as SQLAlchemy tables of one dialect, with a name for every key, index and check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from strongback.predicate.tree import Expr
from strongback.store.sql.search import SearchLayout, search_layout
from strongback.store.sql.types import check_type, column_check, column_type, default_sql, words_type
from strongback.store.sql.words import know_reserved_words
from strongback.store.store import Dialect
from strongback.tables.make import identifier
from strongback.tables.schema import (
    DELETED_AT,
    VERSION,
    Column,
    ForeignKey,
    Schema,
    Table,
    TableCheck,
    TableIndex,
    is_words,
    of_version,
)

# Writes a declared check as SQL over the bare columns of its table.
MakeTable = Callable[[sa.MetaData, Table, Dialect], sa.Table]
RenderCheck = Callable[[Table, TableCheck], str]

know_reserved_words()
_QUOTE = {"postgresql": postgresql.dialect().identifier_preparer, "sqlite": sqlite.dialect().identifier_preparer}  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are not typed


def quote(name: str, dialect: Dialect) -> str:
    """Write *name* so that SQL takes it for a name, whatever words *dialect* reserves."""
    return str(_QUOTE[dialect].quote(name))


def make_metadata(schema: Schema, dialect: Dialect, render_check: RenderCheck | None = None) -> sa.MetaData:
    """
    Make the tables of *schema*, and their history tables.

    Args:
        render_check: How a declared check reads in SQL, and which rows a unique index holds; without it, the database does not keep
            the declared checks, nor what is unique among some rows only.
    Raises:
        ConfigurationError: A type has no exact form in *dialect*.
    """
    metadata = sa.MetaData()
    for table in schema.tables.values():
        _make_table(metadata, table, dialect, render_check)
        if table.history:
            _make_history(metadata, table, dialect)
    return metadata


class Tables(Mapping[str, sa.Table]):
    """
    The tables that statements are made of, by entity; each is made when a statement first speaks of it.

    They have columns and a primary key. What else a table has is for those who make it in a database (`make_metadata`).

    Args:
        histories: Give the history tables instead.
    Raises:
        ConfigurationError: A type has no exact form in *dialect*.
    """

    def __init__(self, schema: Schema, dialect: Dialect, *, histories: bool = False) -> None:
        self._schemas = {e: table for e, table in schema.tables.items() if table.history or not histories}
        self._make: MakeTable = _make_history if histories else _make_columns
        self._dialect: Dialect = dialect
        self._metadata = sa.MetaData()
        self._made: dict[str, sa.Table] = {}
        for table in self._schemas.values():
            for column in table.columns:
                check_type(column, dialect)

    def __getitem__(self, entity: str) -> sa.Table:
        if entity not in self._made:
            self._made[entity] = self._make(self._metadata, self._schemas[entity], self._dialect)
        return self._made[entity]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schemas)

    def __len__(self) -> int:
        return len(self._schemas)


def tables_by_entity(metadata: sa.MetaData, schema: Schema) -> Mapping[str, sa.Table]:
    return {entity: metadata.tables[table.name] for entity, table in schema.tables.items()}


def _make_table(metadata: sa.MetaData, table: Table, dialect: Dialect, render_check: RenderCheck | None) -> None:
    made = sa.Table(
        table.name,
        metadata,
        *(_column(column, dialect) for column in table.columns),
        *_words(table, dialect),
        sa.PrimaryKeyConstraint("id", name=identifier(f"{table.name}_pkey")),
        *(part for key in table.foreign_keys for part in _foreign_keys(key, dialect)),
        *_checks(table, dialect, render_check),
        info={
            "was": table.was,
            "table": table,
            "searches": _search_layouts(table, dialect),
            "managed": table.managed,
        },
    )
    for index in table.indexes:
        _add_index(made, table, index, dialect, render_check)


def _make_columns(metadata: sa.MetaData, table: Table, dialect: Dialect) -> sa.Table:
    key = sa.PrimaryKeyConstraint("id", name=identifier(f"{table.name}_pkey"))
    columns = (_column(column, dialect) for column in table.columns)
    return sa.Table(table.name, metadata, *columns, *_words(table, dialect), key)


def _make_history(metadata: sa.MetaData, table: Table, dialect: Dialect) -> sa.Table:
    """Every version of every row, as it was: no keys to other tables and no checks, which may change while the past does not."""
    return sa.Table(
        table.history,
        metadata,
        *(_column(column, dialect) for column in (*table.columns, *of_version(table.by))),
        sa.PrimaryKeyConstraint("id", VERSION, name=identifier(f"{table.history}_pkey")),
        info={"was": f"{table.was}_history" if table.was else "", "searches": {}},
    )


def _words(table: Table, dialect: Dialect) -> Iterator[sa.Column[Any]]:
    """NULL until somebody tells a row's words: writers of before do not."""
    for column in table.words:
        yield sa.Column(
            column.name, words_type(dialect), nullable=True, info={"was": column.was, "words": column.source}
        )


def told(table: sa.FromClause) -> list[Any]:
    """The columns of *table* that a row is told by: all but those of words, which only a search asks."""
    return [column for column in table.c if not is_words(column.key)]


def _search_layouts(table: Table, dialect: Dialect) -> dict[str, SearchLayout]:
    return {each.name: search_layout(table, each, dialect) for each in table.searches.values()}


def _column(column: Column, dialect: Dialect) -> sa.Column[Any]:
    default = default_sql(column, dialect)
    # Identities are PostgreSQL's; of SQLite the one integer that is the key is numbered by itself.
    numbered = [sa.Identity()] if column.generated and dialect == "postgresql" else []
    return sa.Column(
        column.real,
        column_type(column, dialect),
        *numbered,
        key=column.name,
        nullable=column.nullable,
        # The default is for rows of before and for writers of before: ours always give a value.
        server_default=sa.text(default.replace(":", "\\:")) if default else None,
        autoincrement=column.generated,
        info={"was": column.was},
    )


def _foreign_keys(key: ForeignKey, dialect: Dialect) -> Iterator[sa.ForeignKeyConstraint]:
    """
    The constraint of *key*; two when a reference that becomes null shares its key with the tenant, which must not.

    `restrict` is checked at the end of the statement (NO ACTION), so that a cascade may remove the referring row as well.
    """
    action = {"restrict": None, "cascade": "CASCADE", "set_null": "SET NULL"}[key.on_delete]
    if key.on_delete == "set_null" and len(key.columns) > 1:
        yield _foreign_key(key.name, key, 1, action)
        name = identifier(f"{key.name}_tenant")
        yield _foreign_key(name, key, len(key.columns), None, initially="DEFERRED", deferrable=True)
    else:
        yield _foreign_key(key.name, key, len(key.columns), action)


def _foreign_key(name: str, key: ForeignKey, width: int, action: str | None, **more: Any) -> sa.ForeignKeyConstraint:
    targets = [f"{key.target}.{column}" for column in key.target_columns[:width]]
    return sa.ForeignKeyConstraint(key.columns[:width], targets, name=name, ondelete=action, **more)


def _checks(table: Table, dialect: Dialect, render_check: RenderCheck | None) -> Iterator[sa.CheckConstraint]:
    for column in table.columns:
        check = column_check(column, quote(column.real, dialect), dialect)
        if check is not None:
            kind, sql = check
            name = identifier(f"{table.name}_{column.name}_{kind}")
            was = identifier(f"{table.was or table.name}_{column.was or column.name}_{kind}")
            yield sa.CheckConstraint(sa.text(_plain(sql)), name=name, info={"members": column.type.members, "was": was})
    if render_check is not None:
        for declared in table.checks:
            # A check of SQL holds when it is NULL, a predicate of ours does not.
            sql = f"({render_check(table, declared)}) IS TRUE"
            was = f"{table.was or table.name}{declared.name.removeprefix(table.name)}"
            yield sa.CheckConstraint(sa.text(_plain(sql)), name=declared.name, info={"members": (), "was": was})


def _plain(sql: str) -> str:
    """Keep SQLAlchemy from reading a colon as a parameter."""
    return sql.replace(":", "\\:")


def _add_index(
    made: sa.Table, table: Table, index: TableIndex, dialect: Dialect, render_check: RenderCheck | None
) -> None:
    if index.where is not None and render_check is None:
        return
    where = "" if index.where is None or render_check is None else _where(table, index, index.where, render_check)
    state: list[Any] = [made.c[DELETED_AT].is_(None)] if index.live_only else []
    state += [made.c[DELETED_AT].is_not(None)] if index.deleted_only else []
    conditions = [*state, *([sa.text(_plain(where))] if where else [])]
    held = sa.and_(*conditions) if conditions else None
    # SQLite names a broken index only when it has an expression, else its columns, which two rules for some rows may share.
    named = [sa.text("(1)")] if where and dialect == "sqlite" else []
    sa.Index(
        index.name,
        *(ordered(made.c[name.removeprefix("-")], name.startswith("-"), dialect) for name in index.columns),
        *named,
        unique=index.unique,
        postgresql_where=held,
        sqlite_where=held,
        info={"columns": index.columns, "where": where},
    )


def _where(table: Table, index: TableIndex, where: Expr, render_check: RenderCheck) -> str:
    return f"({render_check(table, TableCheck(index.name, where, index.code))}) IS TRUE"


def ordered(column: sa.Column[Any], descending: bool, dialect: Dialect) -> Any:
    """
    Order by *column* with NULLs first ascending and last descending, so that one index serves both ways.

    SQLite does so by itself. PostgreSQL is told where the column may be null, and only there: it takes an index on a column that
    cannot be null for an order only when both say nothing of NULLs.
    """
    if dialect == "sqlite" or not column.nullable:
        return column.desc() if descending else column
    return column.desc().nulls_last() if descending else column.asc().nulls_first()
