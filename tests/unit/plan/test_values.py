"""Raw values into typed ones: what each type takes, where its bounds are, and that nothing else than a fault comes of anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongback.plan.value_fault import ValueFault
from strongback.plan.values import reader_for
from strongback.predicate.types import Member, Type

UUID_TEXT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
POINT = Type("object", fields=(Member("x", Type("int", min=0)), Member("name", Type("str"), "none", has_default=True)))
TYPES = {
    "bool": Type("bool"),
    "int": Type("int"),
    "int bounded": Type("int", min=1, max=5),
    "float": Type("float"),
    "float bounded": Type("float", min=-1, max=1),
    "decimal": Type("decimal", precision=6, scale=2, min="-10", max="1000"),
    "decimal whole": Type("decimal", precision=38, scale=0),
    "str": Type("str", min=1, max=3),
    "str pattern": Type("str", pattern="[a-z]+"),
    "enum": Type("enum", members=("open", "closed")),
    "datetime": Type("datetime"),
    "date": Type("date"),
    "timedelta": Type("timedelta"),
    "uuid": Type("uuid"),
    "ref": Type("ref", target="Job"),
    "bytes": Type("bytes", min=1, max=3),
    "json": Type("json", max=40),
    "list": Type("list", item=Type("int", min=0), max=2),
    "list of optional": Type("list", item=Type("str", optional=True)),
    "object": POINT,
    "optional": Type("int", optional=True),
}

GOOD: list[tuple[str, Any, Any]] = [
    ("bool", True, True),
    ("int", 2**63 - 1, 2**63 - 1),
    ("int", -(2**63), -(2**63)),
    ("int", 3.0, 3),
    ("int bounded", 5, 5),
    ("float", 3, 3.0),
    ("float", 1e308, 1e308),
    ("float bounded", -1, -1.0),
    ("decimal", "1000", Decimal("1000.00")),
    ("decimal", "-10.00", Decimal("-10.00")),
    ("decimal", "-0.00", Decimal("0.00")),
    ("decimal whole", "9" * 38, Decimal("9" * 38)),
    ("str", "äöü", "äöü"),
    ("str", "\N{GRINNING FACE}" * 3, "\N{GRINNING FACE}" * 3),
    ("str pattern", "abc", "abc"),
    ("enum", "open", "open"),
    ("datetime", "2026-01-02T03:04:05.000006+01:00", datetime(2026, 1, 2, 2, 4, 5, 6, tzinfo=UTC)),
    ("datetime", "2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ("date", "2028-02-29", date(2028, 2, 29)),
    ("timedelta", "P1DT2H", timedelta(days=1, hours=2)),
    ("timedelta", "-PT0.000001S", timedelta(microseconds=-1)),
    ("uuid", UUID_TEXT, UUID(UUID_TEXT)),
    ("uuid", UUID_TEXT.upper(), UUID(UUID_TEXT)),
    ("ref", UUID_TEXT, UUID(UUID_TEXT)),
    ("bytes", "AAEC", b"\0\1\2"),
    ("json", {"a": [1, None, "x"]}, {"a": [1, None, "x"]}),
    ("list", [1, 2], [1, 2]),
    ("list of optional", [None, "a"], [None, "a"]),
    ("object", {"x": 1}, {"x": 1, "name": "none"}),
    ("optional", None, None),
    ("optional", 1, 1),
]

BAD: list[tuple[str, Any]] = [
    *((name, None) for name in TYPES if name != "optional"),
    ("bool", 1),
    ("bool", "true"),
    ("int", True),
    ("int", "1"),
    ("int", 1.5),
    ("int", 2**63),
    ("int", float("inf")),
    ("int bounded", 0),
    ("int bounded", 6),
    ("float", float("nan")),
    ("float", float("-inf")),
    ("float", 10**400),
    ("float", "1.0"),
    ("float bounded", 1.0000001),
    ("decimal", 12),
    ("decimal", 1.5),
    ("decimal", "1e2"),
    ("decimal", "NaN"),
    ("decimal", " 1"),
    ("decimal", "1."),
    ("decimal", "1.001"),
    ("decimal", "10000.00"),
    ("decimal", "1000.01"),
    ("decimal", "-10.01"),
    ("decimal", "١"),
    ("decimal whole", "9" * 39),
    ("str", ""),
    ("str", "abcd"),
    ("str", "a\0"),
    ("str", "\ud800"),
    ("str", 1),
    ("str pattern", "abc\n"),
    ("str pattern", "aBc"),
    ("enum", "Open"),
    ("enum", ["open"]),
    ("datetime", "2026-01-02T03:04:05"),
    ("datetime", "2026-02-30T00:00:00Z"),
    ("datetime", "0001-01-01T00:00:00+01:00"),
    ("datetime", "9999-12-31T23:59:59-01:00"),
    ("datetime", 0),
    ("date", "2027-02-29"),
    ("date", "2026-01-02T00:00:00Z"),
    ("timedelta", "1 day"),
    ("timedelta", "P1000000000000D"),
    ("uuid", UUID_TEXT.replace("-", "")),
    ("uuid", f"{{{UUID_TEXT}"[:36]),
    ("uuid", "x" * 36),
    ("bytes", ""),
    ("bytes", "AAECAw=="),
    ("bytes", "A"),
    ("bytes", "AA\nEC"),
    ("bytes", "ÄÄEC"),
    ("json", "x" * 41),
    ("json", {"a\0": 1}),
    ("json", [["\ud800"]]),
    ("json", 2**70),
    ("list", [1, 2, 3]),
    ("list", {"0": 1}),
    ("list", "ab"),
    ("object", []),
    ("object", {}),
    ("object", {"x": 1, "y": 2}),
]


@pytest.mark.parametrize(("name", "raw", "expected"), GOOD, ids=lambda value: repr(value)[:30])
def test_a_value_of_the_type_is_taken(name: str, raw: object, expected: object) -> None:
    value = reader_for(TYPES[name])(raw)
    assert value == expected and type(value) is type(expected)


@pytest.mark.parametrize(("name", "raw"), BAD, ids=lambda value: ascii(value)[:30])
def test_any_other_value_is_a_fault_that_says_why(name: str, raw: object) -> None:
    with pytest.raises(ValueFault) as told:
        reader_for(TYPES[name])(raw)
    for pointer, message, _ in told.value.faults:
        assert message and (pointer == "" or pointer.startswith("/"))


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("bool", "true", True),
        ("bool", "false", False),
        ("int", "-5", -5),
        ("int", "007", 7),
        ("float", "1e3", 1000.0),
        ("float", "-0", 0.0),
        ("decimal", "12.5", Decimal("12.50")),
        ("enum", "closed", "closed"),
        ("date", "2026-01-02", date(2026, 1, 2)),
    ],
)
def test_a_url_writes_numbers_and_truths_as_text(name: str, raw: str, expected: object) -> None:
    assert reader_for(TYPES[name], text=True)(raw) == expected


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("bool", "True"),
        ("bool", "1"),
        ("int", "1.0"),
        ("int", "+1"),
        ("int", "١"),
        ("int", "1_0"),
        ("int", ""),
        ("int", "9" * 21),
        ("int", "9223372036854775808"),
        ("float", "nan"),
        ("float", "1_0"),
        ("float", "inf"),
        ("float", "٣"),
        ("json", "{}"),
    ],
)
def test_a_url_writes_nothing_else_otherwise(name: str, raw: str) -> None:
    with pytest.raises(ValueFault):
        reader_for(TYPES[name], text=True)(raw)


def test_all_faults_inside_a_value_are_told_each_at_its_place() -> None:
    read = reader_for(Type("list", item=POINT))
    with pytest.raises(ValueFault) as told:
        read([{"x": -1}, {"name": 1, "a/b~": 2}, 3])
    assert {pointer for pointer, _, _ in told.value.faults} == {"/0/x", "/1/x", "/1/name", "/1/a~1b~0", "/2"}


def test_minus_zero_is_zero() -> None:
    """No store is asked to tell them apart."""
    assert str(reader_for(TYPES["float"])(-0.0)) == "0.0"
    assert str(reader_for(TYPES["decimal"])("-0")) == "0.00"


TEXTS = (
    st.text(st.sampled_from("aZ0-:.TPZ+/=\0é٣\ud800\U0001f600 \n{}[]\"'"))
    | st.text()
    | st.from_regex(r"[0-9T:.Z+-]{0,40}")
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**70), 2**70) | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS | st.sampled_from(["x", "name"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=1500, deadline=None)
@given(name=st.sampled_from(sorted(TYPES)), raw=JSON_VALUES, text=st.booleans())
def test_reading_anything_gives_a_value_or_a_fault(name: str, raw: object, text: bool) -> None:
    """No JSON value and no text makes a reader fail in another way, and what it takes holds no text that a store refuses."""
    try:
        value = reader_for(TYPES[name], text)(raw)
    except ValueFault:
        return
    assert not any(re.search("[\0\ud800-\udfff]", each) for each in texts_in(value))


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.items() if isinstance(value, dict) else value:
            yield from texts_in(list(each) if isinstance(each, tuple) else each)


def test_a_default_of_a_value_object_is_of_its_type() -> None:
    """The IR holds it as wire text."""
    price = Member("price", Type("decimal", precision=6, scale=2), "1.50", has_default=True)
    until = Member("until", Type("date", optional=True), has_default=True)
    assert reader_for(Type("object", fields=(price, until)))({}) == {"price": Decimal("1.50"), "until": None}
