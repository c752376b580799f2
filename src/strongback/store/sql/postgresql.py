"""How PostgreSQL (13 or later) words what engines word differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect as EngineDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, Grouping

from strongback.plan.stored_json import typed_json
from strongback.predicate.types import Scalar, Type
from strongback.store.sql import wire
from strongback.store.sql.dialect import Query
from strongback.store.sql.literal import number, quoted, word
from strongback.store.sql.types import constant_sql
from strongback.store.store import Dialect as EngineName
from strongback.tables.schema import TableSearch

Sql = ColumnElement[Any]

_CAST = {
    "bool": "boolean",
    "int": "bigint",
    "float": "double precision",
    "decimal": "numeric",
    "str": "text",
    "enum": "text",
    "datetime": "timestamptz",
    "date": "date",
    "timedelta": "bigint",
    "uuid": "uuid",
    "ref": "uuid",
    "bytes": "bytea",
    "json": "text",
    "list": "text",
    "object": "text",
}


class PostgresqlDialect:
    """PostgreSQL through asyncpg: values bind in binary, nested JSON is built by `row_to_json`."""

    name: EngineName = "postgresql"
    writes_in_one = True
    walks_orders = True
    finishes_rows = (
        True  # decoding a row's columns costs more than reading one text, and the store has a core of its own
    )
    engine: EngineDialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are not typed

    def encoder(self, type_: Type) -> Callable[[Any], Any] | None:
        if type_.kind in wire.STRUCTURED:
            return wire.canonical_text(type_)
        return wire.TO_TEXT.get(type_.kind)

    def decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "datetime":
                return wire.time_or_text
            case "decimal":
                return wire.decimal_text
            case "date":
                return str
            case "timedelta":
                return wire.duration
            case "json" | "list" | "object":
                return wire.raw_json
            case _:
                return None

    def cell_decoder(self, type_: Type) -> Callable[[Any], Any] | None:
        match type_.kind:
            case "bytes":
                return bytes.fromhex
            case "float":
                return float
            case "datetime" | "decimal" | "date":
                return None
            case _:
                return self.decoder(type_)

    def from_driver(self, type_: Type) -> Callable[[Any], Any] | None:
        if type_.kind in wire.STRUCTURED:
            return typed_json(type_)
        return wire.duration_of if type_.kind == "timedelta" else None

    def parameter(self, name: str, type_: Type) -> Sql:
        given = sa.bindparam(name, type_=sa.types.NullType())
        # asyncpg makes the first and the last day and instant of the calendar an infinity; as text they are what they are.
        bound = sa.cast(given, _named("text")) if type_.kind in ("datetime", "date") else given
        return sa.cast(bound, _named(_CAST[type_.kind]))

    def is_any_number(self, value: Sql, name: str) -> Sql:
        # As text, which the driver sends as it is: of a list it asks item by item whether it is a list.
        given = sa.cast(sa.bindparam(name, type_=sa.types.NullType()), _named("text"))
        return sa.or_(given.is_(None), value == sa.func.any(sa.cast(given, _named("bigint[]"))))

    def encode_numbers(self, numbers: Sequence[int]) -> Any:
        return f"{{{','.join(map(str, numbers))}}}"

    def constant(self, value: Scalar, type_: Type | None) -> Sql:
        if isinstance(value, bool):
            return sa.true() if value else sa.false()
        if isinstance(value, int | float):
            return sa.literal_column(repr(value))
        kind = type_.kind if type_ is not None else "str"
        if type_ is not None and kind in ("timedelta", "bytes"):
            text = constant_sql(value, type_, "postgresql")
        else:
            text = quoted(str(value))
        return sa.literal_column(text if kind in ("str", "enum") else f"CAST({text} AS {_CAST[kind]})")

    def null(self, type_: Type) -> Sql:
        return sa.cast(sa.null(), _named(_CAST[type_.kind]))

    def is_true(self, value: Sql) -> Sql:
        return value

    def is_not_true(self, condition: Sql) -> Sql:
        return condition.op("IS NOT", is_comparison=True, precedence=5)(sa.literal_column("TRUE"))

    def truth(self, condition: Sql) -> Sql:
        return sa.func.coalesce(condition, sa.false())

    def rescaled(self, value: Sql, scale: int, to: int) -> Sql:
        return value

    def position(self, text: Sql, part: Sql) -> Sql:
        return sa.func.strpos(text, part)

    def in_set(self, key: Sql, rows: Query) -> Sql:
        return key == sa.func.any(ArrayOf(rows))

    def by_code_point(self, text: Sql) -> Sql:
        return text.collate("C")

    def in_values(self, key: Sql, name: str, type_: Type) -> Sql:
        return key == sa.func.any(
            sa.cast(sa.bindparam(name, type_=sa.types.NullType()), _named(f"{_CAST[type_.kind]}[]"))
        )

    def encode_ids(self, ids: Sequence[Any]) -> Any:
        return list(ids)

    def materialized(self, rows: Query, name: str) -> Any:
        return rows.cte(name)  # read once when spoken of twice; inlined otherwise

    def fenced(self, rows: Query, name: str) -> Any:
        return rows.offset(number(0)).subquery(name)

    def hinted(self, condition: Sql, type_: Type) -> Sql:
        return condition  # the server keeps count of how often each value stands in a column

    def wire(self, value: Sql, type_: Type) -> Sql:
        match type_.kind:
            case "decimal":
                return sa.cast(value, sa.Text)
            case "datetime":
                return sa.func.to_char(value.op("AT TIME ZONE")(word("UTC")), _TIME)
            case "date":
                return sa.func.to_char(value, word("YYYY-MM-DD"))
            case "json" | "list" | "object":
                return sa.cast(value, _named("json"))
            case _:
                return value

    def object_text(self, members: Mapping[str, Sql]) -> Sql:
        return RowObject(members)

    def spliced(self, text: Sql, more: Sequence[tuple[str, Sql]], *, empty: bool) -> Sql:
        whole: Sql = word("") if empty else sa.func.left(text, number(-1))
        for name, value in more:
            tail = word(f',"{name}":').op("||")(value)
            whole = whole.op("||")(sa.func.coalesce(tail, word("")))
        return (word("{").op("||")(sa.func.substr(whole, number(2))) if empty else whole).op("||")(word("}"))

    def document_cell(self, text: Sql) -> Sql:
        return sa.func.convert_to(text, word("UTF8"))

    def whole_page(self, text: Sql, keys: Sequence[Sql], place: Sql, limit: int) -> Sequence[Sql]:
        joined = sa.func.string_agg(text, postgresql.aggregate_order_by(word(","), place))
        within = sa.func.coalesce(joined.filter(place < number(limit)), word(""))
        told = sa.func.max(sa.cast(sa.func.json_build_array(*keys), sa.Text)).filter(place == number(limit - 1))
        return self.document_cell(word("[").op("||")(within).op("||")(word("]"))), sa.func.count(), told

    def cells_text(self, cells: Sequence[Sql]) -> Sql:
        return sa.cast(sa.func.json_build_array(*cells), sa.Text)

    def raw_cell(self, value: Sql, type_: Type, sealed: bool) -> Sql:
        if sealed or type_.kind == "bytes":
            return sa.func.encode(value, word("hex"))
        if type_.kind in ("datetime", "date", "decimal"):
            return self.wire(value, type_)
        return value

    def sums(self, value: Sql) -> Sequence[Sql]:
        return [sa.func.sum(value)]

    def total(self, cells: Sequence[Any], scale: int) -> Decimal:
        return Decimal(cells[0])

    def words(self, name: str) -> Sql:
        given = sa.cast(sa.bindparam(name, type_=sa.types.NullType()), _named("text[]"))
        return sa.func.array_to_tsvector(sa.func.coalesce(given, sa.cast(word("{}"), _named("text[]"))))

    def encode_words(self, words: Sequence[str]) -> Any:
        return list(words)

    def has_words(self, search: TableSearch, columns: Any, name: str) -> Sql:
        whole: Sql = columns[search.columns[0]]
        for column in search.columns[1:]:
            whole = whole.op("||", precedence=6)(columns[column])
        asked = sa.cast(sa.cast(sa.bindparam(name, type_=sa.types.NullType()), _named("text")), _named("tsquery"))
        found: Sql = Grouping(whole).op("@@", is_comparison=True)(asked)
        return found

    def encode_asked(self, words: Sequence[str]) -> Any:
        # Lexemes in quotes are taken as they are; our words hold no quote and no backslash.
        return " & ".join(f"'{each}'" for each in words) + ":*" * bool(words)

    def ordered_array(self, rows: sa.FromClause, text: str, order: Sequence[Sql]) -> Sql:
        joined = sa.func.string_agg(rows.c[text], postgresql.aggregate_order_by(word(","), *order))
        whole = word("[").op("||")(joined).op("||")(word("]"))
        return sa.func.coalesce(whole, word("[]"))

    def ordered(self, value: Sql, descending: bool, nullable: bool) -> Any:
        if not nullable:
            return value.desc() if descending else value
        return value.desc().nulls_last() if descending else value.asc().nulls_first()

    def limited(self, rows: Query, limit: int) -> Query:
        return rows.limit(number(limit))

    def derived(self, rows: Query, name: str) -> Any:
        return rows.lateral(name)

    def lock_row(self, rows: Query, of: sa.FromClause) -> Query:
        return rows.with_for_update(of=of, key_share=True)


_TIME: Sql = sa.literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")


class _Named(sa.types.UserDefinedType[Any]):
    """A type by its PostgreSQL name."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name


def _named(name: str) -> _Named:
    return _Named(name)


class ArrayOf(ColumnElement[Any]):
    """`ARRAY(SELECT …)`, which takes a bare query without further parentheses."""

    inherit_cache = False
    type = sa.types.NullType()

    def __init__(self, rows: Query) -> None:
        self.rows = rows.scalar_subquery()

    def get_children(self, **_: Any) -> Iterable[Any]:
        return (self.rows,)


class RowObject(ColumnElement[Any]):
    """A JSON object from values of the rows in scope: `row_to_json` writes it compact, in member order."""

    inherit_cache = False
    type = sa.Text()

    def __init__(self, members: Mapping[str, Sql]) -> None:
        self.names = tuple(members)
        self.values = tuple(members.values())

    def get_children(self, **_: Any) -> Iterable[Any]:
        return self.values

    @property
    def _from_objects(self) -> list[Any]:
        return [source for value in self.values for source in value._from_objects]  # noqa: SLF001 - SQLAlchemy's own way to say which rows an element speaks of


@compiles(ArrayOf, "postgresql")
def _array_of(element: ArrayOf, compiler: SQLCompiler, **kw: Any) -> str:
    return f"ARRAY{compiler.process(element.rows, **kw)}"


@compiles(RowObject, "postgresql")
def _row_object(element: RowObject, compiler: SQLCompiler, **kw: Any) -> str:
    quote = compiler.preparer.quote_identifier
    kw.pop("within_columns_clause", None)
    pairs = zip(element.values, element.names, strict=True)
    columns = ", ".join(f"{compiler.process(value, **kw)} AS {quote(name)}" for value, name in pairs)
    return f"(SELECT CAST(row_to_json(o) AS text) FROM (SELECT {columns}) AS o)"
