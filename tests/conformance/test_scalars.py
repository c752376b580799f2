"""Every scalar comes out of every store as it went in, with the same text on the wire, in the same order (values.md section 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from strongback.errors import ConfigurationError
from strongback.migrate.run import migrate
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.predicate.types import INT, INT_MAX, INT_MIN, Member, Type
from strongback.store.sql.bind import compile_statement
from strongback.store.sql.dialect import Dialect
from strongback.store.sql.metadata import make_metadata
from strongback.store.sql.postgresql import PostgresqlDialect
from strongback.store.sql.read import BY_US
from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.store import Statement, Store
from strongback.tables.make import make_schema
from tests.stores import Opened

# Type, then values in ascending order with their JSON. Order is what the store must give; None stands first.
CASES: dict[str, tuple[Type, list[tuple[Any, str]]]] = {
    "bool": (Type("bool"), [(False, "false"), (True, "true")]),
    "int": (
        Type("int"),
        [(INT_MIN, str(INT_MIN)), (-1, "-1"), (0, "0"), (2**53 + 1, str(2**53 + 1)), (INT_MAX, str(INT_MAX))],
    ),
    "float": (
        Type("float"),
        [
            (-1.7976931348623157e308, "-1.7976931348623157e308"),
            (-0.1, "-0.1"),
            (0.0, "0.0"),
            (5e-324, "5e-324"),
            (0.30000000000000004, "0.30000000000000004"),
            (1.0, "1.0"),
            (1e15, "1000000000000000.0"),
            (1.7976931348623157e308, "1.7976931348623157e308"),
        ],
    ),
    "decimal": (
        Type("decimal", precision=18, scale=2),
        [
            (Decimal("-9999999999999999.99"), '"-9999999999999999.99"'),
            (Decimal("-0.01"), '"-0.01"'),
            (Decimal("0.00"), '"0.00"'),
            (Decimal("9.00"), '"9.00"'),
            (Decimal("10.00"), '"10.00"'),
            (Decimal("9999999999999999.99"), '"9999999999999999.99"'),
        ],
    ),
    "fine decimal": (
        Type("decimal", precision=12, scale=9),
        [
            (Decimal("-0.000000001"), '"-0.000000001"'),
            (Decimal("0E-9"), '"0.000000000"'),
            (Decimal("0.000000010"), '"0.000000010"'),
            (Decimal("999.999999999"), '"999.999999999"'),
        ],
    ),
    "whole decimal": (
        Type("decimal", precision=18, scale=0),
        [(Decimal(-7), '"-7"'), (Decimal(10**17), '"100000000000000000"')],
    ),
    "str": (
        Type("str"),
        [
            (text, msgspec.json.encode(text).decode())
            for text in sorted(
                [
                    "",
                    " ",
                    "A",
                    "Z",
                    "a",
                    "aa",
                    "a b",
                    "z",
                    "\u00c4",
                    "\u00e4",
                    "a\u0308",
                    "\u00df",
                    "ss",
                    "\u6f22",
                    "\U0001f600",
                    "\ufffd",
                    "\u200b",
                    "\x01\x1f",
                    '"\\/',
                    "\u2028",
                    "it's: 100% $1 ? \\N",
                    "I",
                    "i",
                    "\u0130",
                    "\u0131",
                ]
            )
        ],
    ),
    "enum": (
        Type("enum", members=("b", "a", "it's: 100%")),
        [("a", '"a"'), ("b", '"b"'), ("it's: 100%", '"it\'s: 100%"')],
    ),
    "datetime": (
        Type("datetime"),
        [
            (datetime(1, 1, 1, tzinfo=UTC), '"0001-01-01T00:00:00.000000Z"'),
            (datetime(1969, 12, 31, 23, 59, 59, 999999, UTC), '"1969-12-31T23:59:59.999999Z"'),
            (datetime(2024, 2, 29, 12, 0, 0, 6, timezone(timedelta(hours=1))), '"2024-02-29T11:00:00.000006Z"'),
            (datetime(2024, 2, 29, 12, tzinfo=UTC), '"2024-02-29T12:00:00.000000Z"'),
            (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), '"9999-12-31T23:59:59.999999Z"'),
        ],
    ),
    "date": (
        Type("date"),
        [(date(1, 1, 1), '"0001-01-01"'), (date(2024, 2, 29), '"2024-02-29"'), (date(9999, 12, 31), '"9999-12-31"')],
    ),
    "timedelta": (
        Type("timedelta"),
        [
            (timedelta(days=-400, microseconds=-1), '"-P400DT0.000001S"'),
            (timedelta(0), '"P0D"'),
            (timedelta(seconds=90), '"PT90S"'),
            (timedelta(days=100_000_000), '"P100000000D"'),
        ],
    ),
    "uuid": (
        Type("uuid"),
        [
            (UUID(int=0), '"00000000-0000-0000-0000-000000000000"'),
            (UUID("0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"), '"0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"'),
            (UUID(int=2**128 - 1), '"ffffffff-ffff-ffff-ffff-ffffffffffff"'),
        ],
    ),
    "bytes": (
        Type("bytes"),
        [
            (b"", '""'),
            (b"\x00\xff", '"AP8="'),
            (bytes(range(100)), '"' + msgspec.to_builtins(bytes(range(100))) + '"'),
            (b"a", '"YQ=="'),
        ],
    ),
}
UNORDERED: dict[str, tuple[Type, list[tuple[Any, str]]]] = {
    "json": (
        Type("json"),
        [
            (
                {"b": [1, None, True], "a": {"z": "\u00e9", "y": -0.5}},
                '{"a":{"y":-0.5,"z":"\u00e9"},"b":[1,null,true]}',
            ),
            ([], "[]"),
            ("it's: 100%", '"it\'s: 100%"'),
            (9007199254740993, "9007199254740993"),
            (0, "0"),
        ],
    ),
    "list": (Type("list", item=Type("str")), [([], "[]"), (["b", "a", ""], '["b","a",""]')]),
    "object": (
        Type(
            "object",
            fields=(Member("street", Type("str")), Member("number", Type("int")), Member("until", Type("date"))),
        ),
        [({"street": "S", "number": 1, "until": date(2024, 2, 29)}, '{"street":"S","number":1,"until":"2024-02-29"}')],
    ),
}
ALL = CASES | UNORDERED


def optional(type_: Type) -> Type:
    return msgspec.structs.replace(type_, optional=True)


def dialect_of(store: Store) -> Dialect:
    return SqliteDialect() if store.dialect == "sqlite" else PostgresqlDialect()


async def keep(store: Store, type_: Type, values: list[Any]) -> None:
    """Write *values*, one a row, in the order given, as `_version` 1 and on."""
    fields = (Field("value", optional(type_)),)
    schema = make_schema(Model("test", entities=(Entity("Thing", members=("value",), fields=fields),)))
    await migrate(store, schema)
    dialect = dialect_of(store)
    types = {
        "id": Type("uuid"),
        "value": type_,
        "created_at": Type("datetime"),
        "updated_at": Type("datetime"),
        "_version": INT,
    }
    given = {name: dialect.parameter(name, kind) for name, kind in types.items()}
    table = make_metadata(schema, store.dialect).tables["thing"]
    insert = compile_statement(table.insert().values(given), dialect, types, name="keep", writes=True)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    for number, value in enumerate(values, 1):
        row = {"id": UUID(int=number), "value": value, "created_at": now, "updated_at": now, "_version": number}
        await store.fetch(insert.statement, insert.values(row))


async def stored(store: Store, order: str = "_version") -> list[Any]:
    return [row[0] for row in await store.fetch(Statement(f"SELECT value FROM thing ORDER BY {order}"))]


@pytest.mark.parametrize("case", ALL)
async def test_a_value_comes_back_as_it_was(opened: Opened, case: str) -> None:
    type_, pairs = ALL[case]
    async with opened() as store:
        await keep(store, type_, [None, *(value for value, _ in pairs)])
        back = dialect_of(store).from_driver(type_)
        none, *values = await stored(store)
        assert none is None
        for raw, (value, _) in zip(values, pairs, strict=True):
            made = raw if back is None else back(raw)
            assert made == value
            assert type(made) is type(value) or isinstance(made, type(value))


@pytest.mark.parametrize("case", ALL)
async def test_a_value_has_one_text_on_the_wire(opened: Opened, case: str) -> None:
    type_, pairs = ALL[case]
    async with opened() as store:
        await keep(store, type_, [value for value, _ in pairs])
        wire = dialect_of(store).decoder(type_)
        texts = [msgspec.json.encode(raw if wire is None else wire(raw)).decode() for raw in await stored(store)]
        assert texts == [text for _, text in pairs]


async def rendered(store: Store, type_: Type, make: Callable[[Dialect, Any], Any]) -> list[Any]:
    """What the store itself makes of each value."""
    dialect = dialect_of(store)
    table = sa.table("thing", sa.column("value"), sa.column("_version"))
    query = sa.select(make(dialect, table.c.value)).order_by(table.c._version)
    return [row[0] for row in await store.fetch(compile_statement(query, dialect, {}, name="render").statement)]


@pytest.mark.parametrize("case", [name for name in ALL if ALL[name][0].kind not in BY_US])
async def test_an_answer_made_by_the_store_has_the_same_text(opened: Opened, case: str) -> None:
    type_, pairs = ALL[case]
    async with opened() as store:
        await keep(store, type_, [None, *(value for value, _ in pairs)])
        kind = optional(type_)
        texts = await rendered(store, type_, lambda d, column: d.object_text({"it": d.wire(column, kind)}))
        assert texts == ['{"it":null}', *(f'{{"it":{text}}}' for _, text in pairs)]


@pytest.mark.parametrize("case", ALL)
async def test_a_value_finished_in_python_has_the_same_text(opened: Opened, case: str) -> None:
    type_, pairs = ALL[case]
    async with opened() as store:
        await keep(store, type_, [None, *(value for value, _ in pairs)])
        cells = await rendered(
            store, type_, lambda d, column: d.cells_text([d.raw_cell(column, optional(type_), sealed=False)])
        )
        finish = dialect_of(store).cell_decoder(type_)
        none, *values = [msgspec.json.decode(cell)[0] for cell in cells]
        assert none is None
        texts = [msgspec.json.encode(value if finish is None else finish(value)).decode() for value in values]
        assert texts == [text for _, text in pairs]


@pytest.mark.parametrize("case", [name for name in CASES if name != "bytes"])
async def test_values_have_one_order(opened: Opened, case: str) -> None:
    type_, pairs = CASES[case]
    async with opened() as store:
        await keep(store, type_, [None, *(value for value, _ in reversed(pairs))])
        nulls = (" NULLS FIRST", " NULLS LAST") if store.dialect == "postgresql" else ("", "")
        back = dialect_of(store).from_driver(type_)
        expected = [None, *(value for value, _ in pairs)]
        for direction, wanted in (("ASC" + nulls[0], expected), ("DESC" + nulls[1], expected[::-1])):
            found = await stored(store, f"value {direction}")
            assert [raw if raw is None or back is None else back(raw) for raw in found] == wanted


@pytest.mark.parametrize("text", ['{"b":', "", "nul", "{'a':1}"])
async def test_a_column_of_json_takes_nothing_else(opened: Opened, text: str) -> None:
    async with opened() as store:
        await keep(store, Type("json"), [])
        sql = f"INSERT INTO thing VALUES ('{UUID(int=1)}', '{text.replace(chr(39), chr(39) * 2)}', '2026-01-02', '2026-01-02', 1)"
        with pytest.raises(Exception, match=r"thing_value_json|22P02"):
            await store.fetch(Statement(sql, writes=True))


async def test_a_closed_set_of_words_takes_no_other(opened: Opened) -> None:
    async with opened() as store:
        with pytest.raises(Exception, match="thing_value_enum"):
            await keep(store, CASES["enum"][0], ["c"])


def test_a_decimal_that_sqlite_cannot_hold_exactly_is_refused() -> None:
    entity = Entity("Thing", members=("value",), fields=(Field("value", Type("decimal", precision=19, scale=2)),))
    schema = make_schema(Model("test", entities=(entity,)))
    make_metadata(schema, "postgresql")
    with pytest.raises(ConfigurationError, match="`value` exactly: a decimal of 19 digits"):
        make_metadata(schema, "sqlite")
