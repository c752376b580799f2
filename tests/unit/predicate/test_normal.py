"""Rewrites keep what an expression says."""

from __future__ import annotations

import pytest

from strongback.errors import InternalError
from strongback.predicate.normal import inline_roles, negation_normal, simplify, substitute
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
    Or,
    Path,
    RoleCall,
)
from strongback.predicate.walk import paths, variables

A, B, OPEN = Path("self", ("a",)), Path("self", ("b",)), Path("self", ("open",))
STAFF = Path("self", ("staff",))
IS_ME = Compare("==", Path("m", ("user",)), Path("me"))


def test_a_negated_equality_is_an_inequality() -> None:
    assert negation_normal(Not(Compare("==", A, B))) == Compare("!=", A, B)


def test_a_negated_order_also_holds_where_a_side_is_none() -> None:
    expected = Or((Compare(">=", A, B), IsNone(A), IsNone(B)))
    assert negation_normal(Not(Compare("<", A, B))) == expected


def test_a_negated_order_does_not_ask_sides_that_are_never_none() -> None:
    assert negation_normal(Not(Compare("<", A, B)), lambda path: path == B) == Or((Compare(">=", A, B), IsNone(B)))
    assert negation_normal(Not(Compare(">", A, Const(3))), lambda _: False) == Compare("<=", A, Const(3))


def test_de_morgan() -> None:
    part = And((Compare("==", A, B), Or((OPEN, IsNone(B)))))
    assert negation_normal(Not(part)) == Or((Compare("!=", A, B), And((Not(OPEN), IsNone(B, negated=True)))))


def test_all_becomes_no_counterexample() -> None:
    every = Exists("m", STAFF, IS_ME, every=True)
    counterexample = Exists("m", STAFF, Compare("!=", Path("m", ("user",)), Path("me")))
    assert negation_normal(every) == Not(counterexample)
    assert negation_normal(Not(every)) == counterexample


def test_a_double_negation_goes_away() -> None:
    assert negation_normal(Not(Not(OPEN))) == OPEN
    assert negation_normal(Not(In(A, (Const(1),)))) == In(A, (Const(1),), negated=True)


def test_simplify_folds_constants() -> None:
    assert simplify(And((Const(True), OPEN, Or((OPEN, FALSE))))) == OPEN
    assert simplify(Or((Compare("==", Const(None), A), Const(False)))) == IsNone(A)
    assert simplify(Compare("<", A, Const(None))) == FALSE
    assert simplify(Compare("!=", Const("a"), Const("b"))) == TRUE
    assert simplify(Exists("m", STAFF, Const(True), every=True)) == TRUE
    assert simplify(In(A, (), negated=True)) == TRUE


def test_simplify_leaves_a_constant_operand_alone() -> None:
    kept = Compare("==", OPEN, Const(True))
    assert simplify(kept) == kept


def test_substitute_prefixes_paths_and_role_calls() -> None:
    asked = And((A, RoleCall(Path("self", ("company",)), "member")))
    job = Path("x", ("job",))
    assert substitute(asked, "self", job) == And(
        (Path("x", ("job", "a")), RoleCall(Path("x", ("job", "company")), "member"))
    )


def test_substitute_renames_a_variable_that_would_catch_the_path() -> None:
    inner = Exists("m", STAFF, Compare("==", Path("m", ("user",)), Path("self", ("owner",))))
    assert substitute(inner, "self", Path("m", ("company",))) == Exists(
        "m2",
        Path("m", ("company", "staff")),
        Compare("==", Path("m2", ("user",)), Path("m", ("company", "owner"))),
    )


def test_substitute_leaves_a_bound_variable_alone() -> None:
    shadowing = Exists("m", Path("m", ("staff",)), IS_ME)
    assert substitute(shadowing, "m", Path("self")) == Exists("m", STAFF, IS_ME)


def test_inline_roles_writes_out_calls_inside_calls_with_fresh_names() -> None:
    asked: list[tuple[Path, str]] = []
    bodies: dict[str, Expr] = {
        "reviewer": Exists("m", Path("self", ("reviews",)), RoleCall(Path("m", ("company",)), "member")),
        "member": Exists("m", STAFF, IS_ME),
    }

    def role_of(path: Path, role: str) -> Expr:
        asked.append((path, role))
        return bodies[role]

    inlined = inline_roles(RoleCall(Path("self", ("job",)), "reviewer"), role_of)
    assert inlined == Exists(
        "m",
        Path("self", ("job", "reviews")),
        Exists("m2", Path("m", ("company", "staff")), Compare("==", Path("m2", ("user",)), Path("me"))),
    )
    assert asked == [(Path("self", ("job",)), "reviewer"), (Path("self", ("job", "reviews", "company")), "member")]


def test_inline_roles_stops_at_a_circle() -> None:
    with pytest.raises(InternalError):
        inline_roles(RoleCall(Path("self"), "a"), lambda of, role: RoleCall(Path("self"), "a"))


def test_variables_are_the_free_ones() -> None:
    assert variables(And((Exists("m", STAFF, IS_ME), Call("now")))) == {"self", "me"}


def test_paths_come_once_in_order() -> None:
    assert paths(And((Compare("<", B, A), IsNone(A)))) == (B, A)
