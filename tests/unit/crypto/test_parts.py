"""Joined parts: two lists that differ never look the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strongback.crypto.parts import join_parts

part_lists = st.lists(st.text(st.characters(codec="utf-8"), max_size=6), max_size=4)


@given(one=part_lists, other=part_lists)
def test_only_equal_lists_join_to_equal_bytes(one: list[str], other: list[str]) -> None:
    assert (join_parts(*one) == join_parts(*other)) == (one == other)


def test_moving_a_letter_across_the_border_changes_the_bytes() -> None:
    assert join_parts("ab", "c") != join_parts("a", "bc")
    assert join_parts("abc") != join_parts("abc", "")
