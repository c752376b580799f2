"""Paths and expressions have the types their declarations give them, and are None only where they may be."""

from __future__ import annotations

import pytest

from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.roles import resolve_roles
from strongback.model.typing import (
    Nothing,
    Row,
    Rows,
    Scalar,
    UnknownStep,
    entity_at,
    known_if,
    parts_with_known,
    type_of,
)
from strongback.predicate.tree import And, Call, Compare, Const, Exists, Expr, In, IsNone, Not, Or, Path, both, either
from strongback.predicate.types import BOOL, DATETIME, INT, UUID, Type
from strongback.predicate.walk import walk
from tests.jobs_model import call, jobs_model, path, same

AGE = Type("int", optional=True)
PERSON = Entity(
    "Person",
    members=("boss", "reports", "age", "name"),
    fields=(Field("age", AGE), Field("name", Type("str"))),
    relations=(
        Relation("boss", "to_one", "Person", optional=True),
        Relation("reports", "to_many", "Person", inverse="boss"),
    ),
)
MODEL = Model("people", entities=(PERSON,))
SCOPE = {"self": "Person"}
BOSS = path("self.boss")


def typed(spelt: str, *known: str) -> object:
    return type_of(MODEL, SCOPE, path(spelt), known=frozenset(map(path, known)))


def test_a_path_is_what_its_last_step_is() -> None:
    assert typed("self") == Row("Person")
    assert typed("self.name") == Scalar(Type("str"))
    assert typed("self.reports") == Rows("Person")
    assert typed("self.boss") == Row("Person", optional=True)
    assert typed("self.id") == Scalar(UUID)
    assert typed("self.boss_id") == Scalar(Type("uuid", optional=True))


def test_what_follows_an_optional_step_may_be_none() -> None:
    assert typed("self.boss.name") == Scalar(Type("str", optional=True))
    assert typed("self.boss.reports") == Rows("Person", optional=True)


def test_a_step_known_to_be_there_is_not_none() -> None:
    assert typed("self.boss.name", "self.boss") == Scalar(Type("str"))
    assert typed("self.boss.age", "self.boss") == Scalar(AGE)
    assert typed("self.boss.boss", "self.boss") == Row("Person", optional=True)


def test_expressions_have_types() -> None:
    assert type_of(MODEL, SCOPE, Const(None)) == Nothing()
    assert type_of(MODEL, SCOPE, Const(3)) == Scalar(INT)
    assert type_of(MODEL, SCOPE, Call("now")) == Scalar(DATETIME)
    assert type_of(MODEL, SCOPE, Compare("==", BOSS, Const(None))) == Scalar(BOOL)
    assert type_of(MODEL, SCOPE, Call("len", (path("self.name"),))) == Scalar(INT)


@pytest.mark.parametrize(
    ("spelt", "message", "hint"),
    [
        ("self.nane", "`Person` has no field or relation `nane`", "did you mean `name`?"),
        ("self.boss.nam", "`Person` has no field or relation `nam`", "did you mean `name`?"),
        ("self.name.first", "`self.name` is a value, so it has no `first`", ""),
        ("self.reports.name", "`self.reports` is many rows, so it has no `name`", "write any(x.name ... for x"),
        ("slf.name", "there is no `slf` here", "did you mean `self`?"),
    ],
)
def test_a_path_that_leads_nowhere_is_explained(spelt: str, message: str, hint: str) -> None:
    with pytest.raises(UnknownStep) as caught:
        typed(spelt)
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint)


def test_entity_at_goes_across_to_many() -> None:
    assert entity_at(MODEL, SCOPE, path("self.reports.boss")) is PERSON


def test_known_if_follows_and_or_not() -> None:
    there = IsNone(BOSS, negated=True)
    age = Compare(">", path("self.age"), Const(3))
    assert BOSS in known_if(both(there, age), True)
    assert path("self.age") in known_if(both(there, age), True)
    assert BOSS not in known_if(either(there, age), True)
    assert BOSS in known_if(either(Not(there), age), False)
    assert BOSS in known_if(Not(IsNone(BOSS)), True)
    assert path("self.age") in known_if(In(path("self.age"), (Const(1),)), True)
    assert path("self.age") not in known_if(In(path("self.age"), (Const(None),)), True)


def test_parts_know_what_the_parts_before_them_said() -> None:
    guarded = And((IsNone(BOSS, negated=True), Compare("==", path("self.boss.name"), Const("Ada"))))
    assert [BOSS in known for _, known in parts_with_known(guarded, frozenset())] == [False, True]
    either_ = Or((IsNone(BOSS), Compare("==", path("self.boss.name"), Const("Ada"))))
    assert [BOSS in known for _, known in parts_with_known(either_, frozenset())] == [False, True]


def test_roles_are_written_out_with_the_caller_they_need() -> None:
    model = jobs_model()
    job = model.entity("Job")
    is_recruiter = both(same("m.user", "me"), same("m.role", Const("recruiter")))
    recruiter = both(Call("signed_in"), Exists("m", path("self.company.staff"), is_recruiter))
    assert resolve_roles(model, job, call("self.recruiter")) == recruiter
    assert resolve_roles(model, job, call("self.public")) == same("self.status", Const("open"))


def test_a_role_across_to_many_is_written_out() -> None:
    model = jobs_model()
    written = resolve_roles(model, model.entity("User"), call("self.reviewer"))
    assert isinstance(written, And)
    assert written.parts[0] == Call("signed_in")
    assert Path("a", ("job", "company", "staff")) in _relations(written)


def _relations(expr: Expr) -> set[Path]:
    return {node.relation for node in walk(expr) if isinstance(node, Exists)}
