"""A type's schema takes what its reader takes, and refuses what it refuses."""

from __future__ import annotations

import base64
from typing import Any

import jsonschema_rs
import pytest
from msgspec.structs import replace

from strongback.contract.examples import example_of
from strongback.contract.schema import JSON, schema_of
from strongback.model.wire import argument_name
from strongback.plan.value_fault import ValueFault
from strongback.plan.values import reader_for
from strongback.predicate.types import INT_MAX, INT_MIN, Type
from tests.unit.contract.things import TYPES

SAMPLES: list[Any] = [
    None, True, False, 0, 1, 5, 6, -1, 2**53, INT_MAX, INT_MIN, INT_MAX + 1, INT_MIN - 1, 0.5, 1.5, -0.5, 1e300,
    "", "a", "ab", "a-b", "A-b", "a" * 40, "a" * 41, "a\x00b", "å" * 40, "new", "old", "older",
    "0", "1", "12.50", "12.5", "12.505", "-1.00", "123456.00", "1234567.00", "0.123", ".5", "1e3", "1_0", "٣",
    "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05", "2026-13-02T03:04:05Z", "2026-01-02", "2026-02-30",
    "PT90S", "P1D", "P", "PT", "P1DT", "-P1DT5S", "P1W", "P1Y", "PT5M2H",
    "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11", "0191d3c07a3e7c1b9f5e3f6f0a6b2c11", "0191D3C0-7A3E-7C1B-9F5E-3F6F0A6B2C11",
    "AQID", "AQ==", "AQI=", "A", "AQI", "AQIDBAUGBwgJCgsMDQ4PEA==", "AQ=A", "A Q=",
    "A" * 14 + "==", "A" * 15 + "=", "A" * 16,
    [], ["a"], ["a"] * 5, ["a"] * 6, ["a" * 11], [1], [None], {}, {"street": "s"}, {"street": "s", "zip": "1"},
    {"street": "s", "zip": None}, {"zip": "1"}, {"street": "s", "more": 1}, {"street": 1},
]  # fmt: skip


COMPONENTS = {"schemas": {"Json.value": JSON}}


def takes(type_: Type, value: Any) -> bool:
    try:
        reader_for(type_)(value)
    except ValueFault:
        return False
    return True


@pytest.mark.parametrize("optional", [False, True], ids=["needed", "optional"])
@pytest.mark.parametrize("name", [name for name in TYPES if name != "folded"])
def test_schema_and_reader_agree(name: str, optional: bool) -> None:
    type_ = replace(TYPES[name], optional=optional)
    check = jsonschema_rs.Draft202012Validator({**schema_of(type_), "components": COMPONENTS}, validate_formats=True)
    # Any JSON may hold 1e300, and no integer beyond 64 bits; to a schema both are integers.
    samples = [
        value for value in SAMPLES if name != "extra" or not (type(value) is int and not INT_MIN <= value <= INT_MAX)
    ]
    assert [value for value in samples if check.is_valid(value) != takes(type_, value)] == []


@pytest.mark.parametrize(("low", "high"), [(0, 4), (1, 5), (2, 6), (3, 7), (4, 4), (5, None)])
def test_schema_and_reader_count_the_same_bytes(low: int, high: int | None) -> None:
    type_ = Type("bytes", min=low, max=high)
    check = jsonschema_rs.Draft202012Validator(schema_of(type_))
    texts = [base64.b64encode(bytes(size)).decode() for size in range(10)]
    assert [text for text in texts if check.is_valid(text) != takes(type_, text)] == []


@pytest.mark.parametrize("name", TYPES)
def test_examples_are_values(name: str) -> None:
    assert takes(TYPES[name], example_of(TYPES[name], name))


def test_a_pattern_that_only_re2_reads_is_told_in_words() -> None:
    schema = schema_of(TYPES["folded"])
    assert schema["pattern"] == r"^[^\x00]*$" and "(?i)[a-z]+" in schema["description"]


def test_large_integers_carry_a_warning() -> None:
    assert "2^53" in schema_of(TYPES["number"])["description"] and "description" not in schema_of(
        Type("int", min=0, max=9)
    )


def test_a_row_is_given_by_its_id() -> None:
    assert argument_name("other", Type("ref", target="Thing")) == "other_id"
