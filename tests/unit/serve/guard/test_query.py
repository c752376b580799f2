"""A query string is read in one way, or refused."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.errors import MalformedRequest, StrongbackError
from strongback.serve.guard.limits import Limits
from strongback.serve.guard.query import parse_query

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("a=1&a=2&a=1", [("a", "1"), ("a", "2"), ("a", "1")]),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("=1", [("", "1")]),
        ("a=b=c", [("a", "b=c")]),
        ("&&a=1&", [("a", "1")]),
        ("a=x+y%2Bz", [("a", "x y+z")]),
        ("a+b=1", [("a b", "1")]),
        ("created_at[gte]=2026", [("created_at[gte]", "2026")]),
        ("a=%e2%82%AC", [("a", "€")]),
        ("a=%26%3D%25", [("a", "&=%")]),
        ("a=1;b=2", [("a", "1;b=2")]),
        ("a=%0D%0A", [("a", "\r\n")]),
    ],
)
def test_parameters_come_in_their_order_with_repeats(query: str, expected: list[tuple[str, str]]) -> None:
    assert parse_query(query) == expected


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("a=%", "two hexadecimal digits"),
        ("a=%4", "two hexadecimal digits"),
        ("a=%zz", "two hexadecimal digits"),
        ("%=1", "two hexadecimal digits"),
        ("a=%u00e9", "two hexadecimal digits"),
        ("a=%FF", "`a` is not UTF-8"),
        ("a=%C0%80", "`a` is not UTF-8"),
        ("a=%ED%A0%80", "`a` is not UTF-8"),
        ("%ff=1", "name of a query parameter is not UTF-8"),
        ("a=%00", "`a` holds a NUL"),
        ("a=\xe9", "percent-encoded"),
        ("a=b c", "percent-encoded"),
        ("a=\t", "percent-encoded"),
        ("a=\x7f", "percent-encoded"),
        ("&" * 100, "more than 100"),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused(query: str, says: str) -> None:
    with pytest.raises(MalformedRequest, match=says):
        parse_query(query)


def test_the_number_of_parameters_is_a_setting() -> None:
    assert len(parse_query("&".join(["a=1"] * 100))) == 100
    with pytest.raises(MalformedRequest):
        parse_query("a&b&c", Limits(query_parameters=2))


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_what_a_form_encodes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    assert parse_query(urlencode(pairs)) == pairs


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from(["%", "4", "f", "&", "=", "+", "é", "\0", "\ud800"]), max_size=12).map("".join)
)
def test_any_text_is_parameters_or_a_refusal_that_can_be_sent(query: str) -> None:
    try:
        pairs = parse_query(query)
    except StrongbackError as refused:
        str(refused).encode()
    else:
        assert all("\0" not in name + value for name, value in pairs)
