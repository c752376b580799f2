"""The tree evaluator says what Python says, and is false where Python would raise on None."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest

from strongback.errors import InternalError
from strongback.predicate.constant import constant_of, python_value
from strongback.predicate.evaluate import evaluate
from strongback.predicate.tree import (
    FALSE,
    TRUE,
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
    Param,
    Path,
    RoleCall,
)
from strongback.predicate.types import Type

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ADA = SimpleNamespace(id=1, name="Ada", age=36, boss=None, flag=True, nothing=None, reports=[])
BOB = SimpleNamespace(id=2, name="Bob", age=None, boss=ADA, flag=None, nothing=None, reports=[])
ADA.reports = [BOB]


def path(spelt: str) -> Path:
    var, *steps = spelt.split(".")
    return Path(var, tuple(steps))


def on(row: object, expr: Expr, **params: object) -> object:
    return evaluate(expr, {"self": row, "me": ADA}, lambda of, role: role == "friend", NOW, params)


def test_none_equals_only_none() -> None:
    assert on(BOB, Compare("==", path("self.age"), path("self.nothing"))) is True
    assert on(BOB, Compare("==", path("self.age"), Const(1))) is False
    assert on(BOB, Compare("!=", path("self.age"), Const(1))) is True


@pytest.mark.parametrize("op", ["<", "<=", ">", ">="])
def test_an_order_with_none_is_false(op: Operator) -> None:
    assert on(BOB, Compare(op, path("self.age"), Const(1))) is False
    assert on(BOB, Compare(op, Const(1), path("self.age"))) is False
    assert on(BOB, Not(Compare(op, path("self.age"), Const(1)))) is True


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
def test_a_comparison_through_none_is_false(op: Operator) -> None:
    assert on(ADA, Compare(op, path("self.boss.name"), Const("Ada"))) is False
    assert on(ADA, In(path("self.boss.name"), (Const("Ada"),), negated=True)) is False


def test_a_path_through_none_is_none() -> None:
    assert on(ADA, path("self.boss.name")) is None
    assert on(ADA, IsNone(path("self.boss.name"))) is True
    assert on(ADA, Compare("==", path("self.boss.name"), Const(None))) is True
    assert on(ADA, Exists("r", path("self.boss.reports"), TRUE)) is False


def test_rows_are_equal_by_id() -> None:
    copy = SimpleNamespace(id=1)
    assert evaluate(Compare("==", path("self.boss"), path("me")), {"self": BOB, "me": copy}) is True
    assert on(BOB, Compare("==", path("self.boss"), Param("p", Type("ref"))), p=1) is True
    assert on(BOB, Compare("==", path("self.boss_id"), Const(1))) is True


def test_quantifiers() -> None:
    older = Compare(">", path("r.age"), Const(30))
    assert on(ADA, Exists("r", path("self.reports"), older)) is False
    assert on(ADA, Exists("r", path("self.reports"), Compare("==", path("r.boss"), path("me")))) is True
    assert on(BOB, Exists("r", path("self.reports"), FALSE, every=True)) is True
    assert on(BOB, Exists("r", path("self.reports"), TRUE)) is False


def test_roles_are_asked_of_the_row() -> None:
    assert on(BOB, RoleCall(path("self.boss"), "friend")) is True
    assert on(BOB, RoleCall(path("self.boss"), "foe")) is False
    assert on(ADA, RoleCall(path("self.boss"), "friend")) is False


def test_text_is_by_code_point() -> None:
    astral, high = Const("\U0001f600"), Const("\uffff")
    assert on(ADA, Compare("<", high, astral)) is True
    assert on(ADA, Compare("==", Const("é"), Const("e\u0301"))) is False
    assert on(ADA, Call("len", (astral,))) == 1


def test_functions() -> None:
    name = path("self.name")
    assert on(ADA, Call("startswith", (name, Const("A")))) is True
    assert on(ADA, Call("endswith", (name, Const("A")))) is False
    assert on(ADA, Call("contains", (name, Const("d")))) is True
    assert on(BOB, Call("contains", (path("self.nothing"), Const("d")))) is False
    assert on(ADA, Call("now")) == NOW
    assert on(ADA, Call("signed_in")) is True
    assert evaluate(Call("signed_in"), {"self": ADA, "me": None}) is False


def test_a_bool_that_is_none_is_not_true() -> None:
    assert on(BOB, Or((path("self.flag"), Not(path("self.flag"))))) is True
    assert on(BOB, And((path("self.flag"),))) is False
    assert on(ADA, And((path("self.flag"),))) is True


def test_what_is_not_given_is_a_fault_of_ours() -> None:
    with pytest.raises(InternalError):
        evaluate(Call("now"), {})
    with pytest.raises(InternalError):
        evaluate(RoleCall(path("self"), "friend"), {"self": ADA})


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        1.5,
        "text",
        Decimal("12.50"),
        datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        date(2024, 2, 29),
        timedelta(days=-1, microseconds=3),
        UUID(int=5),
        b"\x00\xff",
    ],
)
def test_constants_come_back(value: object) -> None:
    there_and_back = python_value(constant_of(value))
    assert (type(there_and_back), there_and_back) == (type(value), value)


def test_a_naive_datetime_is_no_constant() -> None:
    with pytest.raises(TypeError):
        constant_of(datetime(2026, 1, 1))  # noqa: DTZ001  # naive is what it is about
