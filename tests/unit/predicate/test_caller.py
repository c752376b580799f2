"""Whether there is a caller is settled before a store is asked."""

from __future__ import annotations

from strongback.predicate.caller import for_caller
from strongback.predicate.tree import (
    FALSE,
    TRUE,
    Call,
    Compare,
    Const,
    Exists,
    IsNone,
    Not,
    Path,
    RoleCall,
    both,
    either,
)

OPEN = Compare("==", Path("self", ("status",)), Const("open"))
MINE = Compare("==", Path("self", ("owner",)), Path("me"))
MY_CITY = Compare("==", Path("self", ("city",)), Path("me", ("city",)))


def test_signed_in_is_a_constant_then() -> None:
    asked = either(OPEN, both(Call("signed_in"), MINE))
    assert for_caller(asked, signed_in=True) == either(OPEN, MINE)
    assert for_caller(asked, signed_in=False) == OPEN


def test_me_is_none_for_an_anonymous_caller() -> None:
    assert for_caller(MINE, signed_in=False) == IsNone(Path("self", ("owner",)))
    assert for_caller(IsNone(Path("me")), signed_in=False) == TRUE
    assert for_caller(IsNone(Path("me", ("city",)), negated=True), signed_in=False) == FALSE
    assert for_caller(RoleCall(Path("me"), "admin"), signed_in=False) == FALSE


def test_what_me_has_compares_false_for_an_anonymous_caller() -> None:
    assert for_caller(MY_CITY, signed_in=False) == FALSE
    assert for_caller(Exists("m", Path("me", ("jobs",)), OPEN), signed_in=False) == FALSE
    assert for_caller(Exists("m", Path("me", ("jobs",)), OPEN, every=True), signed_in=False) == TRUE


def test_quantifiers_and_negations_are_gone_through() -> None:
    inner = Exists("m", Path("self", ("staff",)), both(Call("signed_in"), MY_CITY))
    assert for_caller(inner, signed_in=False) == FALSE
    assert for_caller(inner, signed_in=True) == Exists("m", Path("self", ("staff",)), MY_CITY)
    assert for_caller(Not(Call("signed_in")), signed_in=False) == TRUE


def test_role_calls_are_left_for_later() -> None:
    assert for_caller(RoleCall(Path("self"), "owner"), signed_in=False) == RoleCall(Path("self"), "owner")
