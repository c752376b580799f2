"""How a type stands in a column: its SQL type, the check that keeps it so, and constants of it (values.md section 1)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from strongback.errors import ConfigurationError
from strongback.predicate.types import Type
from strongback.store.sql.literal import quoted
from strongback.store.sql.wire import json_text, microseconds
from strongback.store.store import Dialect
from strongback.tables.schema import Column

# Digits of a 64 bit integer that any decimal of as many digits fits into.
SQLITE_DECIMAL_DIGITS = 18
JSON_KINDS = ("json", "list", "object")

SqlType = sa.types.TypeEngine[Any]


def column_type(column: Column, dialect: Dialect) -> SqlType:
    """
    The SQL type of *column*.

    Raises:
        ConfigurationError: The store cannot hold the type exactly.
    """
    if column.sealed:
        return _bytes(dialect)
    make = _POSTGRESQL if dialect == "postgresql" else _SQLITE
    check_type(column, dialect)
    return make[column.type.kind](column.type)


def check_type(column: Column, dialect: Dialect) -> None:
    """
    See that the store can hold *column*.

    Raises:
        ConfigurationError: It cannot hold the type exactly.
    """
    digits = column.type.precision or 0
    if dialect == "sqlite" and column.type.kind == "decimal" and not column.sealed and digits > SQLITE_DECIMAL_DIGITS:
        raise ConfigurationError(
            f"SQLite cannot hold `{column.name}` exactly: a decimal of {digits} digits is more than 64 bits hold",
            hint=f"use PostgreSQL, or a decimal of at most {SQLITE_DECIMAL_DIGITS} digits",
        )


def _text(_: Type) -> SqlType:
    # Order and equality by code point, whatever the database's own locale is.
    return postgresql.TEXT(collation="C")


def _bytes(dialect: Dialect) -> SqlType:
    return postgresql.BYTEA() if dialect == "postgresql" else sqlite.BLOB()


def words_type(dialect: Dialect) -> SqlType:
    """The SQL type of a column of words."""
    return postgresql.TSVECTOR() if dialect == "postgresql" else sqlite.TEXT()


_POSTGRESQL: dict[str, Callable[[Type], SqlType]] = {
    "bool": lambda _: postgresql.BOOLEAN(),
    "int": lambda _: postgresql.BIGINT(),
    "float": lambda _: postgresql.DOUBLE_PRECISION(),
    "decimal": lambda type_: postgresql.NUMERIC(type_.precision, type_.scale),
    "str": _text,
    "enum": _text,
    "datetime": lambda _: postgresql.TIMESTAMP(timezone=True),
    "date": lambda _: postgresql.DATE(),
    "timedelta": lambda _: postgresql.BIGINT(),
    "uuid": lambda _: postgresql.UUID(),
    "ref": lambda _: postgresql.UUID(),
    "bytes": lambda _: postgresql.BYTEA(),
    "json": _text,
    "list": _text,
    "object": _text,
}
_SQLITE: dict[str, Callable[[Type], SqlType]] = {
    "bool": lambda _: sqlite.INTEGER(),
    "int": lambda _: sqlite.INTEGER(),
    "float": lambda _: sqlite.REAL(),
    "decimal": lambda _: sqlite.INTEGER(),
    "str": lambda _: sqlite.TEXT(),
    "enum": lambda _: sqlite.TEXT(),
    "datetime": lambda _: sqlite.TEXT(),
    "date": lambda _: sqlite.TEXT(),
    "timedelta": lambda _: sqlite.INTEGER(),
    "uuid": lambda _: sqlite.TEXT(),
    "ref": lambda _: sqlite.TEXT(),
    "bytes": lambda _: sqlite.BLOB(),
    "json": lambda _: sqlite.TEXT(),
    "list": lambda _: sqlite.TEXT(),
    "object": lambda _: sqlite.TEXT(),
}


def column_check(column: Column, column_sql: str, dialect: Dialect) -> tuple[str, str] | None:
    """
    What the SQL type alone does not keep: a name for the check and its SQL over the column at *column_sql*; None when there is nothing.

    A closed set of words is text with a check: a native enum would make adding a word a change of type.
    """
    kind = column.type.kind
    if column.sealed:
        return None
    if kind == "enum":
        return "enum", f"{column_sql} IN ({', '.join(quoted(member) for member in column.type.members)})"
    if kind == "bool" and dialect == "sqlite":
        return "bool", f"{column_sql} IN (0, 1)"
    if kind in JSON_KINDS:
        # The cast refuses what is not JSON; `IS JSON` came only with PostgreSQL 16.
        valid = f"json_valid({column_sql})" if dialect == "sqlite" else f"CAST({column_sql} AS json) IS NOT NULL"
        return "json", f"{valid} OR {column_sql} IS NULL"
    return None


def default_sql(column: Column, dialect: Dialect) -> str:
    """
    The declared default of *column* as an SQL constant, for rows that are there before the column is; empty when there is none.

    A sealed column has none: each row is sealed for itself.
    """
    if not column.default or column.sealed:
        return ""
    value = msgspec.json.decode(column.default)
    return "" if value is None else constant_sql(value, column.type, dialect)


def constant_sql(value: Any, type_: Type, dialect: Dialect) -> str:
    """
    Write *value*, given in wire form, as an SQL constant in store form.

    >>> constant_sql("12.50", Type("decimal", precision=9, scale=2), "sqlite"), constant_sql(True, Type("bool"), "postgresql")
    ('1250', 'true')
    """
    kind = type_.kind
    if kind in JSON_KINDS:
        return quoted(json_text(value))
    if kind == "bool":
        return _bool_sql(value, dialect)
    if kind == "decimal":
        return str(int(Decimal(value).scaleb(type_.scale or 0))) if dialect == "sqlite" else str(value)
    if kind == "timedelta":
        return str(microseconds(msgspec.convert(value, timedelta)))
    if kind == "bytes":
        hexed = base64.b64decode(value).hex()
        return f"X'{hexed}'" if dialect == "sqlite" else f"'\\x{hexed}'"
    return repr(value) if kind in ("int", "float") else quoted(value)


def _bool_sql(value: bool, dialect: Dialect) -> str:
    return ("1" if value else "0") if dialect == "sqlite" else ("true" if value else "false")
