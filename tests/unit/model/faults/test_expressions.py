"""What is wrong inside a role is told with what to write instead."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from strongback.model.access import Role
from strongback.model.faults.find import find_faults
from strongback.predicate.tree import (
    And,
    Call,
    Compare,
    Const,
    Exists,
    Expr,
    In,
    IsNone,
    Not,
    Operator,
    Or,
    RoleCall,
)
from strongback.predicate.types import Type
from tests.jobs_model import call, jobs_model, path, same
from tests.unit.model.faults.small import hints, messages, model_of, person, told, with_role

BOSS = path("self.boss")
BOSS_THERE = IsNone(BOSS, negated=True)
AGE = path("self.age")
TEXT = Type("str")


def test_the_models_that_others_spoil_have_no_faults() -> None:
    assert find_faults(jobs_model()) == ()
    assert find_faults(model_of(person())) == ()


def decimal(text: str) -> Const:
    return Const(text, Type("decimal"))


@pytest.mark.parametrize(
    "body",
    [
        And((BOSS_THERE, same("self.boss.boss", "me"))),
        Or((IsNone(BOSS), same("self.boss.subject", Const("x")))),
        Not(Or((IsNone(BOSS), same("self.boss.subject", Const("x"))))),
        And((BOSS_THERE, call("self.boss.oneself"))),
        And((IsNone(AGE, negated=True), Compare("<", AGE, Const(18)))),
        Or((IsNone(AGE), Compare("<", AGE, Const(18)))),
        And((same("self.boss", "me"), IsNone(BOSS, negated=True), same("self.boss.status", Const("open")))),
        Compare(">", path("self.price"), decimal("1.50")),
        Compare(">", path("self.price"), Const(1)),
        Compare(">", path("self.weight"), Const(1)),
        Compare("==", AGE, Const(None)),
        path("self.active"),
        Not(path("self.active")),
        In(path("self.status"), (Const("draft"), Const("open"))),
        Compare("<", path("self.created_at"), Call("now")),
        Call("startswith", (path("self.subject"), Const("a"))),
        Compare("<=", Call("len", (path("self.subject"),)), Const(3)),
        Exists("r", path("self.reports"), same("r", "me"), every=True),
        Exists(
            "r", path("self.reports"), And((IsNone(path("r.age"), negated=True), Compare("<", path("r.age"), Const(1))))
        ),
        Compare("==", path("self.boss_id"), path("self.id")),
    ],
)
def test_what_is_guarded_and_fits_is_fine(body: Expr) -> None:
    assert messages(with_role(body)) == []


@pytest.mark.parametrize(
    ("body", "code", "message", "hint"),
    [
        (
            same("self.stauts", Const("open")),
            "SB150",
            "`Person` has no field or relation `stauts`",
            "did you mean `status`?",
        ),
        (
            same("self.reports.age", Const(1)),
            "SB150",
            "`self.reports` is many rows, so it has no `age`",
            "write any(x.age",
        ),
        (same("self.age.x", Const(1)), "SB150", "`self.age` is a value, so it has no `x`", ""),
        (
            same("self.boss.boss", "me"),
            "SB151",
            "`self.boss` may be None, so `self.boss.boss` may not",
            "write `self.boss is not",
        ),
        (call("self.boss.oneself"), "SB151", "`self.boss` may be None", "write `self.boss is not None and"),
        (Or((BOSS_THERE, same("self.boss.boss", "me"))), "SB151", "`self.boss` may be None", ""),
        (Exists("r", path("self.boss.reports"), same("r", "me")), "SB151", "`self.boss` may be None", ""),
        (
            Compare("<", AGE, Const(18)),
            "SB152",
            "`self.age` may be None, and `<` needs a value",
            "write `self.age is not None",
        ),
        (Compare("<", Const(18), AGE), "SB152", "`self.age` may be None", ""),
        (Not(Compare("<", AGE, Const(18))), "SB152", "`self.age` may be None", ""),
        (
            Compare("<", path("self.price"), path("self.weight")),
            "SB153",
            "Decimal against float",
            "a float is not exact",
        ),
        (Compare("<", path("self.price"), Const(1.5)), "SB153", "Decimal against float", "a float is not exact"),
        (Compare("<", path("self.weight"), Const(2**53 + 1)), "SB153", "float against int", ""),
        (same("self.subject", Const(1)), "SB153", "str is never equal to int", "compare values of one type"),
        (same("self.boss", "self.id"), "SB153", "`self.boss` is never equal to `self.id`", "compare a row with a row"),
        (Compare("<", path("self"), path("me")), "SB153", "`self` has no order", "only == and != are for it"),
        (Compare("<", path("self.active"), Const(True)), "SB153", "`self.active` has no order", ""),
        (same("self.status", Const("opened")), "SB154", '`self.status` is never "opened"', "did you mean `open`?"),
        (
            In(path("self.status"), (Const("x"),)),
            "SB154",
            '`self.status` is never "x"',
            'it is one of "draft", "open"',
        ),
        (path("self.subject"), "SB155", "`self.subject` is not a bool", "compare it"),
        (path("self.boss"), "SB155", "`self.boss` is not a bool", "compare it"),
        (
            same("self.reports", "me"),
            "SB155",
            "`self.reports` against `me`: many rows are no value",
            "use any() or all()",
        ),
        (Exists("r", path("self.boss"), same("r", "me")), "SB155", "`self.boss` is not a to-many relation", ""),
        (Call("startswith", (path("self.price"), Const("a"))), "SB155", "`startswith` is for text", ""),
        (Compare("==", Call("len", ()), Const(1)), "SB155", "`len` takes 1 values, not 0", ""),
        (Compare("==", path("self.active"), IsNone(AGE)), "SB155", "a condition stands where a value is needed", ""),
        (call("self.onself"), "SB157", "`Person` has no role `onself`", "did you mean `oneself`?"),
        (call("self.age.oneself"), "SB155", "`self.age` is not a row, so it has no roles", ""),
    ],
)
def test_what_is_wrong_is_told_once(body: Expr, code: str, message: str, hint: str) -> None:
    faults = find_faults(with_role(body))
    assert [fault.code for fault in faults] == [code]
    assert faults[0].message.startswith(message)
    assert faults[0].hint.startswith(hint)
    assert faults[0].where == "Person.asked"


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_none_has_no_order(op: Operator) -> None:
    assert told(with_role(Compare(op, path("self.weight"), Const(None)))) == ["SB152"]


def test_what_a_guard_says_of_an_outer_variable_is_not_said_of_an_inner_one() -> None:
    inner = Exists("r", path("r.reports"), Compare("<", path("r.age"), Const(1)))
    body = Exists("r", path("self.reports"), And((IsNone(path("r.age"), negated=True), inner)))
    assert told(with_role(body)) == ["SB152"]


def test_anonymous_callers_do_not_own_what_nobody_owns() -> None:
    model = with_role(same("self.boss", "me"), anonymous=True)
    assert told(model) == ["SB183"]
    assert hints(model) == ["write `me is not None and self.boss == me`"]
    assert told(with_role(And((IsNone(path("me"), negated=True), same("self.boss", "me"))), anonymous=True)) == []
    assert told(with_role(same("self", "me"), anonymous=True)) == []


def test_a_role_that_needs_a_caller_is_not_asked_for_anonymous_ones() -> None:
    assert told(with_role(call("self.oneself"), anonymous=True)) == ["SB183"]
    guarded = And((IsNone(path("me"), negated=True), call("self.oneself")))
    assert told(with_role(guarded, anonymous=True)) == []
    assert told(with_role(same("me.subject", "self.subject"), anonymous=True)) == ["SB151"]


def test_a_circle_of_roles_is_told_with_its_way() -> None:
    both_ways = And((BOSS_THERE, RoleCall(BOSS, "asked")))
    assert messages(with_role(both_ways)) == ["the role `Person.asked` calls itself"]
    base = person()
    ring = (Role("one", call("self.two")), Role("two", call("self.one")))
    model = model_of(replace(base, roles=(*base.roles, *ring)))
    assert told(model) == ["SB156"]
    assert messages(model) == ["roles call each other in a circle: Person.one -> Person.two -> Person.one"]
