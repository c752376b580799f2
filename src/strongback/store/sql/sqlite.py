"""How SQLite (3.35 or later) words what engines word differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ColumnElement

from strongback.predicate.types import Scalar, Type
from strongback.store.sql import wire
from strongback.store.sql.literal import quoted

Sql = ColumnElement[Any]


class SqliteDialect:
    """SQLite: truths are 0 and 1, decimals are scaled integers, times are text in wire form."""

    name = "sqlite"
    engine = sqlite.dialect(paramstyle="qmark")
    single_statement_writes = False

    def encoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bool":
                return int
            case "decimal":
                return lambda value, shift=type_.scale or 0: int(value.scaleb(shift))
            case "uuid" | "ref":
                return str
            case _:
                return wire.TO_TEXT.get(type_.kind)

    def decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bool":
                return bool
            case "decimal":
                return lambda value, scale=type_.scale or 0: wire.scaled_text(value, scale)
            case "json" | "list" | "object":
                return wire.raw_json
            case "timedelta":
                return wire.duration
            case _:
                return None

    def cell_decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bytes":
                return bytes.fromhex
            case "float":
                return float
            case _:
                return self.decoder(type_)

    def from_driver(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bool":
                return bool
            case "decimal":
                return lambda value, scale=type_.scale or 0: Decimal(value).scaleb(-scale)
            case _:
                return wire.FROM_TEXT.get(type_.kind)

    def parameter(self, name: str, type_: Type) -> Sql:
        return sa.bindparam(name, type_=sa.types.NullType())

    def constant(self, value: Scalar, type_: Type | None) -> Sql:
        if isinstance(value, bool):
            return sa.literal_column("1" if value else "0")
        if type_ is not None and type_.kind == "decimal":
            return sa.literal_column(str(int(Decimal(str(value)).scaleb(type_.scale or 0))))
        if isinstance(value, int | float):
            return sa.literal_column(repr(value))
        return sa.literal_column(quoted(str(value)))

    def is_true(self, value: Sql) -> Sql:
        return value == sa.literal_column("1")

    def is_not_true(self, condition: Sql) -> Sql:
        return condition.op("IS NOT", is_comparison=True, precedence=5)(sa.literal_column("TRUE"))

    def truth(self, condition: Sql) -> Sql:
        return sa.func.coalesce(sa.case((condition, sa.literal_column("1")), else_=sa.literal_column("0")), 0)

    def rescaled(self, value: Sql, scale: int, to: int) -> Sql:
        return value if scale == to else value * sa.literal_column(str(10 ** (to - scale)))

    def position(self, text: Sql, part: Sql) -> Sql:
        return sa.func.instr(text, part)

    def in_set(self, key: Sql, rows: sa.Select[Any]) -> Sql:
        return key.in_(rows)

    def materialized(self, rows: sa.Select[Any], name: str) -> sa.CTE:
        return rows.cte(name)

    def wire(self, value: Sql, type_: Type) -> Sql:
        match type_.kind:
            case "bool":
                word = sa.case((value == sa.literal_column("1"), "true"), (value.is_not(None), "false"))
                return sa.func.coalesce(word, "null")
            case "decimal":
                return sa.func.coalesce(_between('"', _decimal_text(value, type_.scale or 0), '"'), "null")
            case "json" | "list" | "object":
                return sa.func.coalesce(value, "null")
            case _:
                return sa.func.json_quote(value)

    def object_text(self, members: Mapping[str, Sql]) -> Sql:
        parts: list[Sql] = []
        for i, (name, value) in enumerate(members.items()):
            parts += [sa.literal_column(quoted(f'{"{" if i == 0 else ","}"{name}":')), value]
        return _joined(*parts, sa.literal_column("'}'"))

    def spliced(self, text: Sql, more: Sequence[tuple[str, Sql]]) -> Sql:
        open_end = sa.func.substr(text, 1, sa.func.length(text) - sa.literal_column("1"))
        tails = (sa.func.coalesce(_joined(sa.literal_column(quoted(f',"{n}":')), v), "") for n, v in more)
        return _joined(open_end, *tails, sa.literal_column("'}'"))

    def cells_text(self, cells: Sequence[Sql]) -> Sql:
        return sa.func.json_array(*cells)

    def raw_cell(self, value: Sql, type_: Type, sealed: bool) -> Sql:
        if sealed or type_.kind == "bytes":
            return sa.func.hex(value) if not type_.optional else sa.case((value.is_not(None), sa.func.hex(value)))
        if type_.kind == "float":
            return sa.case((value.is_not(None), sa.func.printf("%!.17g", value)))
        return value

    def ordered_array(self, rows: sa.Subquery, text: str, order: Sequence[Sql]) -> Sql:
        joined = sa.func.group_concat(rows.c[text], sa.literal_column("','"))
        return _between("[", sa.func.coalesce(joined, ""), "]")

    def lock_row(self, rows: sa.Select[Any], of: sa.FromClause) -> sa.Select[Any]:
        return rows  # one writer: BEGIN IMMEDIATE holds the only lock there is


def _decimal_text(value: Sql, scale: int) -> Sql:
    """A scaled integer as text with exactly *scale* digits after the point."""
    if scale == 0:
        return sa.cast(value, sa.Text)
    digits = sa.func.printf(f"%0{scale + 1}d", sa.func.abs(value))
    sign = sa.case((value < sa.literal_column("0"), "-"), else_="")
    whole = sa.func.substr(digits, 1, sa.func.length(digits) - scale)
    return _joined(sign, whole, sa.literal_column("'.'"), sa.func.substr(digits, sa.literal_column(str(-scale))))


def _between(before: str, text: Sql, after: str) -> Sql:
    return _joined(sa.literal_column(quoted(before)), text, sa.literal_column(quoted(after)))


def _joined(*parts: Any) -> Sql:
    whole: Sql = parts[0]
    for part in parts[1:]:
        whole = whole.op("||", precedence=6)(part)
    return whole
