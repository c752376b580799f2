"""
A predicate as an English sentence.

Names stay as they are declared, in words (`job offer`); constants stand in quotes. What is said is what the tree says: no condition is
left out to make a nicer sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from strongback.contract.words import spoken, with_article
from strongback.errors import StrongbackError
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.roles import scope_of
from strongback.model.typing import Rows, path_type, scope_in
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
    Param,
    Path,
    RoleCall,
)

Scope = Mapping[str, str]
CALLER: Final = "the caller"
COMPARED: Final = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
TIMED: Final = {**COMPARED, "<": "is before", "<=": "is not after", ">": "is after", ">=": "is not before"}
TOLD: Final = {"startswith": "starts with", "endswith": "ends with", "contains": "contains"}


def english(model: Model, entity: Entity, expr: Expr) -> str:
    """
    Say *expr*, which is over `self` of *entity* and `me`.

    >>> job = Entity("JobOffer")
    >>> english(Model("jobs", entities=(job,)), job, Compare("==", Path("self", ("status",)), Const("open")))
    "the job offer's status is 'open'"
    """
    return _say(model, scope_of(model, entity), expr)


def _say(model: Model, scope: Scope, expr: Expr) -> str:
    if expr in (TRUE, FALSE):
        return "always" if expr == TRUE else "never"
    match expr:
        case And(parts):
            return " and ".join(_inner(model, scope, part) for part in parts)
        case Or(parts):
            return " or ".join(_inner(model, scope, part) for part in parts)
        case Not(part):
            return f"it is not so that {_inner(model, scope, part)}"
        case Compare(op, left, right):
            words = TIMED if Call("now") in (left, right) else COMPARED
            return f"{_value(model, scope, left)} {words[op]} {_value(model, scope, right)}"
        case IsNone(operand, negated):
            return f"there is {'a' if negated else 'no'} value of {_value(model, scope, operand)}"
        case In(item, options, negated):
            listed = _one_of([_value(model, scope, option) for option in options])
            return f"{_value(model, scope, item)} is {'none' if negated else 'one'} of {listed}"
        case Exists():
            return _quantified(model, scope, expr)
        case RoleCall(of, role):
            return f"{CALLER} is {spoken(role)} of {_value(model, scope, of)}"
        case Call("signed_in"):
            return f"{CALLER} is signed in"
        case Call(function, (first, second)) if function in TOLD:
            return f"{_value(model, scope, first)} {TOLD[function]} {_value(model, scope, second)}"
        case _:
            return f"{_value(model, scope, expr)} is true"


def _inner(model: Model, scope: Scope, expr: Expr) -> str:
    said = _say(model, scope, expr)
    return f"({said})" if isinstance(expr, And | Or | Not | Exists) else said


def _quantified(model: Model, scope: Scope, expr: Exists) -> str:
    """There is a membership in the company's staff whose user is the caller."""
    one = spoken(_member(model, scope, expr.relation))
    within = scope_in(model, scope, expr)
    owner = _value(model, scope, Path(expr.relation.var, expr.relation.steps[:-1]))
    place = f"{owner}'s {spoken(expr.relation.steps[-1])}"
    if expr.every:
        return f"of every {one} in {place}: {_say(model, within, expr.where)}"
    parts = expr.where.parts if isinstance(expr.where, And) else (expr.where,)
    told = " and ".join(_told_of(model, within, expr.var, part) for part in parts)
    return f"there is {with_article(one)} in {place} {told}" if told else f"there is {with_article(one)} in {place}"


def _told_of(model: Model, scope: Scope, var: str, part: Expr) -> str:
    """A condition on the row that *var* is, said as a relative clause where its own member is compared."""
    match part:
        case Compare(op, Path(name, (step, *steps)), right) if name == var:
            left = "'s ".join(spoken(each) for each in (step, *steps))
            return f"whose {left} {COMPARED[op]} {_value(model, scope, right)}"
        case RoleCall(Path(name, ()), role) if name == var:
            return f"of which {CALLER} is {spoken(role)}"
        case _:
            return f"for which {_inner(model, scope, part)}"


def _member(model: Model, scope: Scope, relation: Path) -> str:
    try:
        typed = path_type(model, scope, relation)
    except StrongbackError:
        return "row"
    return typed.entity if isinstance(typed, Rows) else "row"


def _value(model: Model, scope: Scope, expr: Expr) -> str:
    match expr:
        case Const(None):
            return "nothing"
        case Const(bool() as value):
            return "true" if value else "false"
        case Const(str() as value):
            return f"'{value}'"
        case Const(value):
            return str(value)
        case Param(name, _):
            return f"the given {spoken(name)}"
        case Path(var, steps):
            return "'s ".join([_variable(scope, var), *(spoken(step) for step in steps)])
        case Call("now"):
            return "the present time"
        case Call("len", (of,)):
            return f"the length of {_value(model, scope, of)}"
        case _:
            return _say(model, scope, expr)


def _variable(scope: Scope, var: str) -> str:
    if var == "me":
        return CALLER
    entity = spoken(scope.get(var, var))
    return f"the {entity}" if var == "self" else f"that {entity}"


def _one_of(words: Iterable[str]) -> str:
    listed = list(words)
    return ", ".join(listed[:-1]) + (" and " if len(listed) > 1 else "") + listed[-1] if listed else "nothing"
