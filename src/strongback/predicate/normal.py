"""
Rewrite expressions without changing what they say: negation pushed inwards, constants folded, paths prefixed, roles written out.

Every rewrite keeps the value under the two-valued logic of values.md section 2, for all rows on which the source itself would run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count

from strongback.errors import InternalError
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
    both,
    either,
)
from strongback.predicate.walk import bound, paths, rebuild, variables

__all__ = ["inline_roles", "negation_normal", "paths", "simplify", "substitute", "variables"]

OPPOSITE: Mapping[Operator, Operator] = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
DEEPEST = 64


def any_path(path: Path) -> bool:
    """Say that any path may be None: the safe answer without a model."""
    return True


def negation_normal(expr: Expr, may_be_none: Callable[[Path], bool] = any_path) -> Expr:
    """
    Push `not` inwards as far as it keeps its meaning.

    Afterwards `Not` stands only directly over a path to a bool, a role call, a function or an `any`; there is no `all`. Such a
    `Not` is true where its part is false *or None*. `not (a < b)` is `a >= b`, or either side None: only sides for which
    *may_be_none* holds are asked.

    >>> left = Path("self", ("left",))
    >>> negation_normal(Not(Compare("<", left, Const(1))))
    Or(parts=(Compare(op='>=', left=Path(var='self', steps=('left',)), right=Const(value=1, type=None)), \
IsNone(operand=Path(var='self', steps=('left',)), negated=False)))
    """
    match expr:
        case Not(part):
            return _negated(part, may_be_none)
        case And(parts):
            return both(*(negation_normal(p, may_be_none) for p in parts))
        case Or(parts):
            return either(*(negation_normal(p, may_be_none) for p in parts))
        case Exists(var, relation, where, False):
            return Exists(var, relation, negation_normal(where, may_be_none))
        case Exists(var, relation, where, True):
            return Not(Exists(var, relation, _negated(where, may_be_none)))
        case _:
            return expr


def _negated(expr: Expr, may_be_none: Callable[[Path], bool]) -> Expr:
    match expr:
        case Not(part):
            return negation_normal(part, may_be_none)
        case And(parts):
            return either(*(_negated(p, may_be_none) for p in parts))
        case Or(parts):
            return both(*(_negated(p, may_be_none) for p in parts))
        case Exists(var, relation, where, True):
            return Exists(var, relation, _negated(where, may_be_none))
        case Exists():
            return Not(negation_normal(expr, may_be_none))
        case Compare(op, left, right):
            return either(Compare(OPPOSITE[op], left, right), *_missing(op, (left, right), may_be_none))
        case IsNone(operand, negated):
            return IsNone(operand, not negated)
        case In(item, options, negated):
            return In(item, options, not negated)
        case Const(value):
            return FALSE if value else TRUE
        case Path() | Param() | RoleCall() | Call():
            return Not(expr)


def _missing(op: Operator, sides: Iterable[Expr], may_be_none: Callable[[Path], bool]) -> Iterable[Expr]:
    """What makes an order false besides its opposite: a side that is None."""
    if op in ("==", "!="):
        return ()
    return (IsNone(side) for side in sides if _nullable(side, may_be_none))


def _nullable(side: Expr, may_be_none: Callable[[Path], bool]) -> bool:
    match side:
        case Path():
            return may_be_none(side)
        case Const(value):
            return value is None
        case Call(_, args):
            return any(_nullable(a, may_be_none) for a in args)
        case _:
            return False


def simplify(expr: Expr) -> Expr:
    """
    Fold constants, flatten AND and OR, drop repeated parts. *expr* is a condition; operands inside it are left as they are.

    >>> simplify(And((Const(True), Or((Path("self", ("open",)), FALSE)))))
    Path(var='self', steps=('open',))
    """
    match expr:
        case And(parts):
            joined = both(*(simplify(p) for p in parts))
            return both(*dict.fromkeys(joined.parts)) if isinstance(joined, And) else joined
        case Or(parts):
            joined = either(*(simplify(p) for p in parts))
            return either(*dict.fromkeys(joined.parts)) if isinstance(joined, Or) else joined
        case Not(part):
            return _without_not(simplify(part))
        case Const(bool() as value):
            return TRUE if value else FALSE
        case Compare():
            return _folded(expr)
        case IsNone(Const(value), negated):
            return TRUE if (value is None) is not negated else FALSE
        case In(_, (), negated):
            return TRUE if negated else FALSE
        case Exists(var, relation, where, every):
            where = simplify(where)
            trivial = TRUE if every else FALSE
            return trivial if where == trivial else Exists(var, relation, where, every)
        case _:
            return expr


def _without_not(part: Expr) -> Expr:
    match part:
        case Not(inner):
            return inner
        case And(()):
            return FALSE
        case Or(()):
            return TRUE
        case _:
            return Not(part)


def _folded(expr: Compare) -> Expr:
    """Decide what constants decide: None against anything, and two constants of one plain type."""
    match expr:
        case Compare("==" | "!=" as op, Const(None), operand) | Compare("==" | "!=" as op, operand, Const(None)):
            return simplify(IsNone(operand, op == "!="))
        case Compare(_, Const(None), _) | Compare(_, _, Const(None)):
            return FALSE
        case Compare("==" | "!=" as op, Const(left, kind), Const(right, other)) if kind == other and type(left) is type(
            right
        ):
            return TRUE if (left == right) is (op == "==") else FALSE
        case _:
            return expr


def substitute(expr: Expr, var: str, path: Path) -> Expr:
    """
    Put *path* where *var* stands: paths rooted at *var* are prefixed. A quantifier's variable that would catch *path* is renamed.

    >>> substitute(Path("self", ("city",)), "self", Path("m", ("job",)))
    Path(var='m', steps=('job', 'city'))
    """
    match expr:
        case Path(name, steps):
            return Path(path.var, path.steps + steps) if name == var else expr
        case Exists(name, relation, where, every):
            relation = prefixed(relation, var, path)
            if name == var:
                return Exists(name, relation, where, every)
            if name == path.var:
                name = _fresh(name, variables(where) | bound(where) | {path.var, var})
                where = substitute(where, expr.var, Path(name))
            return Exists(name, relation, substitute(where, var, path), every)
        case _:
            return rebuild(expr, lambda part: substitute(part, var, path))


def prefixed(of: Path, var: str, path: Path) -> Path:
    """*of* with *path* in place of *var*."""
    return Path(path.var, path.steps + of.steps) if of.var == var else of


def _fresh(name: str, taken: frozenset[str]) -> str:
    base = name.rstrip("0123456789") or name
    return next(f"{base}{i}" for i in count(2) if f"{base}{i}" not in taken)


def inline_roles(expr: Expr, role_of: Callable[[Path, str], Expr]) -> Expr:
    """
    Write out every role call in *expr*, also those inside the roles written out.

    Args:
        role_of: Gives the body, over `self`, of the role asked at a path. The path starts at a free variable of *expr*: a variable
            bound over `self.staff` is spelt `self.staff`, so the path alone tells the entity.
    Returns:
        An expression without `RoleCall`, in which every quantifier's variable has a name of its own.
    Raises:
        InternalError: Roles call each other in a circle; a loaded model has none.
    """
    return _Inliner(role_of, set(variables(expr) | {"self", "me"})).inline(expr, {}, 0)


class _Inliner:
    """One run of `inline_roles`: the names given away so far."""

    def __init__(self, role_of: Callable[[Path, str], Expr], taken: set[str]) -> None:
        self.role_of = role_of
        self.taken = taken

    def inline(self, expr: Expr, meaning: Mapping[str, Path], depth: int) -> Expr:
        """*meaning* spells each bound variable as a path from a free one."""
        match expr:
            case RoleCall(of, role):
                return self._written_out(of, role, meaning, depth)
            case Exists(var, relation, where, every):
                name = self._name(var)
                where = substitute(where, var, Path(name)) if name != var else where
                inner = {**meaning, name: _spelt(relation, meaning)}
                return Exists(name, relation, self.inline(where, inner, depth), every)
            case _:
                return rebuild(expr, lambda part: self.inline(part, meaning, depth))

    def _written_out(self, of: Path, role: str, meaning: Mapping[str, Path], depth: int) -> Expr:
        if depth > DEEPEST:
            raise InternalError(f"the role `{role}` calls itself", hint="find_faults refuses such a model")
        body = self.role_of(_spelt(of, meaning), role)
        return self.inline(substitute(body, "self", of), meaning, depth + 1)

    def _name(self, var: str) -> str:
        name = _fresh(var, frozenset(self.taken)) if var in self.taken else var
        self.taken.add(name)
        return name


def _spelt(path: Path, meaning: Mapping[str, Path]) -> Path:
    root = meaning.get(path.var)
    return prefixed(path, path.var, root) if root is not None else path
