"""Preferences are read as they are meant, and nothing in them is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.serve.guard.prefer import read_preferences


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("", {}),
        ("return=minimal", {"return": "minimal"}),
        ('Return = "minimal"', {"return": "minimal"}),
        ("return=minimal;max=3", {"return": "minimal"}),
        ("return=minimal, return=representation", {"return": "minimal"}),
        (
            "handling=strict,tx=rollback , max-affected=10",
            {"handling": "strict", "tx": "rollback", "max-affected": "10"},
        ),
        ('a="x, y; \\"z\\"", b', {"a": 'x, y; "z"', "b": ""}),
        ('a=""', {"a": ""}),
        (",, a ,", {"a": ""}),
        ("a b=1, c", {"c": ""}),
        ('a="open, b=1', {}),
        ("=1, @=2, ok=1", {"ok": "1"}),
    ],
)
def test_what_is_preferred(field: str, expected: dict[str, str]) -> None:
    assert read_preferences(field) == expected


@given(st.lists(st.sampled_from(["a", "=", '"', "\\", ",", ";", " ", "\t", "é", "\n"]), max_size=20).map("".join))
def test_any_text_can_be_read(field: str) -> None:
    assert all(name == name.lower() and name for name in read_preferences(field))


def test_a_long_field_is_no_trap() -> None:
    assert read_preferences('a="' + "\\x" * 8_000) == {}
    assert read_preferences(" " * 16_000 + "a" * 16_000) == {"a" * 16_000: ""}
    assert read_preferences("a" + " " * 16_000 + "b") == {}
