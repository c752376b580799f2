"""What is known of rows beforehand is not asked of them again."""

from __future__ import annotations

import pytest

from strongback.predicate.assume import assume
from strongback.predicate.tree import (
    FALSE,
    TRUE,
    And,
    Compare,
    Const,
    Exists,
    Expr,
    In,
    IsNone,
    Not,
    Path,
    both,
    either,
)

STATUS, URGENT, CITY = (Path("self", (name,)) for name in ("status", "urgent", "city"))
KNOWN = {STATUS: "open", URGENT: False}
MINE = Compare("==", CITY, Path("me", ("city",)))


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (Compare("==", STATUS, Const("open")), TRUE),
        (Compare("!=", Const("open"), STATUS), FALSE),
        (Compare("==", STATUS, Const("shut")), FALSE),
        (In(STATUS, (Const("open"), Const("shut"))), TRUE),
        (In(STATUS, (Const("open"),), negated=True), FALSE),
        (In(STATUS, (Const("open"), CITY)), In(STATUS, (Const("open"), CITY))),
        (IsNone(STATUS), FALSE),
        (IsNone(URGENT, negated=True), TRUE),
        (URGENT, FALSE),
        (Not(URGENT), TRUE),
        (both(MINE, Not(URGENT)), MINE),
        (either(MINE, URGENT), MINE),
        (And((MINE, Compare("==", STATUS, CITY))), And((MINE, Compare("==", STATUS, CITY)))),
        (Exists("s", Path("self", ("staff",)), URGENT), Exists("s", Path("self", ("staff",)), URGENT)),
    ],
    ids=str,
)
def test_what_is_left(asked: Expr, left: Expr) -> None:
    assert assume(asked, KNOWN) == left


def test_a_path_of_another_row_is_another_path() -> None:
    other = Compare("==", Path("m", ("status",)), Const("shut"))
    assert assume(other, KNOWN) == other
