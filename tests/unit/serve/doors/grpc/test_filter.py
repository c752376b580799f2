"""Filters and orders as AIP-160 and AIP-132 write them."""

from __future__ import annotations

from typing import Any

import pytest

from strongback.serve.doors.grpc.filter import LONGEST, read_filter, read_order


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", []),
        ("  ", []),
        ('city = "Oslo"', [("city", "eq", ("Oslo",))]),
        ("city='Os\\'lo'", [("city", "eq", ("Os'lo",))]),
        ('city = "a\\\\b"', [("city", "eq", ("a\\b",))]),
        ("a < 1 AND b <= -2 AND c > 3.5", [("a", "lt", ("1",)), ("b", "lte", ("-2",)), ("c", "gt", ("3.5",))]),
        ("at >= 2026-01-01T00:00:00Z", [("at", "gte", ("2026-01-01T00:00:00Z",))]),
        ("a != b", [("a", "ne", ("b",))]),
        ("(s = a OR s = 'b')", [("s", "in", ("a", "b"))]),
        ("(s = a)", [("s", "in", ("a",))]),
        ("x:* AND NOT y:*", [("x", "null", ("false",)), ("y", "null", ("true",))]),
        ("x:5", [("x", "eq", ("5",))]),
        ('x : "5"', [("x", "eq", ("5",))]),
        ("skills.skill_id = 1", [("skills.skill_id", "eq", ("1",))]),
    ],
)
def test_a_filter_is_read(text: str, asked: list[Any]) -> None:
    asks, faults = read_filter(text)
    assert faults == ()
    assert [(ask.member, ask.op, ask.values) for ask in asks] == asked


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("city", "it ends too soon"),
        ("city =", "it ends too soon"),
        ("a = 1 b = 2", "expected `AND` at character 7"),
        ("a = 1 OR a = 2", "expected `AND` at character 7"),
        ("(a = 1 OR b = 2)", "`OR` joins values of one member, not those of several, at character 2"),
        ("(a = 1 AND a = 2)", "expected `OR` or `)` at character 8"),
        ("(a != 1)", "expected `=` at character 4"),
        ("NOT a = 1", "expected `:` at character 7"),
        ('a = "1', "this is no part of a filter, at character 4"),
        ("1 = a", "expected the name of a member at character 1"),
        ("a.b.c = 1", "expected the name of a member at character 1"),
        ("a = *", "expected a value at character 5"),
    ],
)
def test_what_is_none_is_told_with_its_place(text: str, message: str) -> None:
    asks, (fault,) = read_filter(text)
    assert (asks, fault.message, fault.where) == ((), f"cannot be read: {message}", "filter")


def test_a_filter_has_an_end() -> None:
    assert read_filter("a = " + "1" * LONGEST)[1][0].message == f"has more than {LONGEST} characters"


@pytest.mark.parametrize(
    ("text", "order"),
    [("", ""), ("a", "a"), ("a asc, b desc", "a,-b"), ("-a", "-a"), ("a down", "a down"), (",", ",")],
)
def test_an_order_is_spelt_as_everywhere(text: str, order: str) -> None:
    assert read_order(text) == order
