"""How SQLite (3.35 or later) words what engines word differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect as EngineDialect
from sqlalchemy.sql.elements import ColumnElement, Grouping

from strongback.plan.stored_json import typed_json
from strongback.predicate.types import INT, Scalar, Type
from strongback.store.sql import wire
from strongback.store.sql.dialect import Query
from strongback.store.sql.literal import number, quoted, word
from strongback.store.sql.search import rows_of
from strongback.store.sql.types import constant_sql
from strongback.store.sql.words import know_reserved_words
from strongback.store.store import Dialect as EngineName
from strongback.tables.schema import TableSearch

Sql = ColumnElement[Any]

know_reserved_words()
# A function that every connection of ours has (`strongback.store.sqlite.connection`): a float as text that reads back the same.
# A sum of 64 bits overflows: the halves of each integer are added apart.
HALF_BITS = 32
# Of so few values at the most are the types of which many rows have each.
VALUES_MAX = 16
EXACT_FLOAT = "strongback_exact_float"


class SqliteDialect:
    """SQLite: truths are 0 and 1, decimals are scaled integers, times are text in wire form."""

    name: EngineName = "sqlite"
    writes_in_one = False
    walks_orders = False
    finishes_rows = False  # it runs in our own process: what it would build, msgspec builds faster
    engine: EngineDialect = sqlite.dialect(paramstyle="qmark")

    def encoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bool":
                return int
            case "decimal":
                return partial(wire.scaled, type_.scale or 0)
            case "uuid" | "ref":
                return str
            case _:
                return wire.canonical_text(type_) if type_.kind in wire.STRUCTURED else wire.TO_TEXT.get(type_.kind)

    def decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bool":
                return bool
            case "decimal":
                return partial(_scaled_text, type_.scale or 0)
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
                return partial(wire.unscaled, type_.scale or 0)
            case _:
                return typed_json(type_) if type_.kind in wire.STRUCTURED else wire.FROM_TEXT.get(type_.kind)

    def parameter(self, name: str, type_: Type) -> Sql:
        return sa.bindparam(name, type_=sa.types.NullType())

    def is_any_number(self, value: Sql, name: str) -> Sql:
        return sa.or_(self.parameter(name, INT).is_(None), self.in_values(value, name, INT))

    def encode_numbers(self, numbers: Sequence[int]) -> Any:
        return self.encode_ids(numbers)

    def constant(self, value: Scalar, type_: Type | None) -> Sql:
        if isinstance(value, bool):
            return sa.literal_column("1" if value else "0")
        if type_ is not None and type_.kind == "decimal":
            return sa.literal_column(str(int(Decimal(str(value)).scaleb(type_.scale or 0))))
        if isinstance(value, int | float):
            return sa.literal_column(repr(value))
        if type_ is not None and type_.kind in ("timedelta", "bytes"):
            return sa.literal_column(constant_sql(value, type_, "sqlite"))
        return sa.literal_column(quoted(str(value)))

    def null(self, type_: Type) -> Sql:
        return sa.null()

    def is_true(self, value: Sql) -> Sql:
        return value == number(1)

    def is_not_true(self, condition: Sql) -> Sql:
        return condition.op("IS NOT", is_comparison=True, precedence=5)(sa.literal_column("TRUE"))

    def truth(self, condition: Sql) -> Sql:
        return sa.func.coalesce(sa.case((condition, number(1)), else_=number(0)), number(0))

    def rescaled(self, value: Sql, scale: int, to: int) -> Sql:
        return value if scale == to else value * sa.literal_column(str(10 ** (to - scale)))

    def position(self, text: Sql, part: Sql) -> Sql:
        return sa.func.instr(text, part)

    def in_set(self, key: Sql, rows: Query) -> Sql:
        return key.in_(rows)

    def by_code_point(self, text: Sql) -> Sql:
        return text.collate("BINARY")

    def in_values(self, key: Sql, name: str, type_: Type) -> Sql:
        values = sa.func.json_each(sa.bindparam(name, type_=sa.types.NullType())).table_valued("value")
        return key.in_(sa.select(values.c.value))

    def encode_ids(self, ids: Sequence[Any]) -> Any:
        return wire.json_text([each if isinstance(each, int) else str(each) for each in ids])

    def materialized(self, rows: Query, name: str) -> Any:
        return rows.cte(name)

    def fenced(self, rows: Query, name: str) -> Any:
        return self.limited(rows, -1).subquery(name)

    def hinted(self, condition: Sql, type_: Type) -> Sql:
        # Without statistics, which nobody makes of most files, SQLite takes any equality for one that finds ten rows.
        values = {"bool": 2, "enum": len(type_.members)}.get(type_.kind, 0)
        if not 1 < values <= VALUES_MAX:
            return condition
        return sa.func.likelihood(condition, sa.literal_column(f"{1 / values:.3f}"))

    def wire(self, value: Sql, type_: Type) -> Sql:
        match type_.kind:
            case "bool":
                spelt = sa.case((value == number(1), word("true")), (value.is_not(None), word("false")))
                return sa.func.coalesce(spelt, word("null"))
            case "decimal":
                # By its own case: printf writes a NULL as 0.
                text = _between('"', _decimal_text(value, type_.scale or 0), '"')
                return sa.case((value.is_not(None), text), else_=word("null"))
            case "json" | "list" | "object":
                return sa.func.coalesce(value, word("null"))
            case _:
                return sa.func.json_quote(value)

    def object_text(self, members: Mapping[str, Sql]) -> Sql:
        parts: list[Sql] = []
        for i, (name, value) in enumerate(members.items()):
            parts += [word(f'{"{" if i == 0 else ","}"{name}":'), value]
        return _joined(*parts, word("}"))

    def spliced(self, text: Sql, more: Sequence[tuple[str, Sql]], *, empty: bool) -> Sql:
        tails = [sa.func.coalesce(_joined(word(f',"{n}":'), v), word("")) for n, v in more]
        if empty:
            return _joined(word("{"), sa.func.substr(_joined(*tails), number(2)), word("}"))
        open_end = sa.func.substr(text, number(1), sa.func.length(text) - number(1))
        return _joined(open_end, *tails, word("}"))

    def document_cell(self, text: Sql) -> Sql:
        return sa.cast(text, sa.LargeBinary)

    def whole_page(self, text: Sql, keys: Sequence[Sql], place: Sql, limit: int) -> Sequence[Sql]:
        raise NotImplementedError("rows are finished in our own process")

    def cells_text(self, cells: Sequence[Sql]) -> Sql:
        return sa.func.json_array(*cells)

    def raw_cell(self, value: Sql, type_: Type, sealed: bool) -> Sql:
        if sealed or type_.kind == "bytes":
            return sa.func.hex(value) if not type_.optional else sa.case((value.is_not(None), sa.func.hex(value)))
        if type_.kind == "float":
            # SQLite writes a float in digits that do not always read back as the same one.
            text: Sql = getattr(sa.func, EXACT_FLOAT)(value)
            return text
        return value

    def sums(self, value: Sql) -> Sequence[Sql]:
        whole = Grouping(value)
        return [sa.func.sum(whole.op(">>")(number(HALF_BITS))), sa.func.sum(whole.op("&")(number(2**HALF_BITS - 1)))]

    def total(self, cells: Sequence[Any], scale: int) -> Decimal:
        high, low = cells
        return Decimal((high << HALF_BITS) + low).scaleb(-scale, Context(prec=100))

    def words(self, name: str) -> Sql:
        return sa.func.coalesce(sa.bindparam(name, type_=sa.types.NullType()), word(""))

    def encode_words(self, words: Sequence[str]) -> Any:
        return " ".join(words)

    def has_words(self, search: TableSearch, columns: Any, name: str) -> Sql:
        fts = sa.table(search.name, sa.column("rowid"), sa.column(search.name))
        rows = sa.table(rows_of(search.name), sa.column("row"), sa.column("id"))
        asked = fts.c[search.name].op("MATCH", is_comparison=True)(sa.bindparam(name, type_=sa.types.NullType()))
        found = sa.select(rows.c.id).select_from(fts.join(rows, rows.c.row == fts.c.rowid)).where(asked)
        within: Sql = columns["id"].in_(found)
        return within

    def encode_asked(self, words: Sequence[str]) -> Any:
        return " AND ".join(f'"{each}"' for each in words) + " *" if words else '""'

    def ordered_array(self, rows: sa.FromClause, text: str, order: Sequence[Sql]) -> Sql:
        joined = sa.func.group_concat(rows.c[text], word(","))
        return _between("[", sa.func.coalesce(joined, word("")), "]")

    def ordered(self, value: Sql, descending: bool, nullable: bool) -> Any:
        return value.desc() if descending else value

    def limited(self, rows: Query, limit: int) -> Query:
        return rows.limit(number(limit)).offset(number(0))  # without an offset SQLAlchemy would bind one

    def derived(self, rows: Query, name: str) -> Any:
        return rows.subquery(name)

    def lock_row(self, rows: Query, of: sa.FromClause) -> Query:
        return rows  # one writer: BEGIN IMMEDIATE holds the only lock there is


def _scaled_text(scale: int, value: int) -> str:
    return wire.scaled_text(value, scale)


def _decimal_text(value: Sql, scale: int) -> Sql:
    """A scaled integer as text with exactly *scale* digits after the point."""
    if scale == 0:
        return sa.cast(value, sa.Text)
    digits = sa.func.printf(word(f"%0{scale + 1}d"), sa.func.abs(value))
    sign = sa.case((value < number(0), word("-")), else_=word(""))
    whole = sa.func.substr(digits, number(1), sa.func.length(digits) - number(scale))
    return _joined(sign, whole, word("."), sa.func.substr(digits, number(-scale)))


def _between(before: str, text: Sql, after: str) -> Sql:
    return _joined(word(before), text, word(after))


def _joined(*parts: Any) -> Sql:
    whole: Sql = parts[0]
    for part in parts[1:]:
        whole = whole.op("||", precedence=6)(part)
    return whole
