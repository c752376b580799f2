"""Faults inside roles, checks, computed fields and permissions: paths, None, and types that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.faults.comparable import compared_faults, ordered_faults
from strongback.model.faults.place import fault
from strongback.model.model import Model
from strongback.model.typing import (
    NOTHING_KNOWN,
    Known,
    Row,
    Rows,
    Scalar,
    Typed,
    UnknownStep,
    entity_at,
    parts_with_known,
    path_type,
    scope_in,
    spell,
    type_of,
)
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
    Or,
    Param,
    Path,
    RoleCall,
)

TEXT_FUNCTIONS = {"len": 1, "startswith": 2, "endswith": 2, "contains": 2}


@dataclass(frozen=True, slots=True)
class Judge:
    """
    Judges one expression.

    Attributes:
        entity: Whose `self` it is.
        where: The place faults are reported at.
        optional: Variables that may be None.
        in_role: A role body is also run by Python, so what it calls must be callable; a permission never is.
        stored_only: Computed fields cannot be read: in other computed fields, which would make circles, and in checks.
        known: What is not None where the expression stands.
    """

    model: Model
    entity: Entity
    where: str
    scope: Mapping[str, str]
    optional: frozenset[str] = frozenset()
    in_role: bool = True
    stored_only: bool = False
    known: Known = NOTHING_KNOWN

    def condition(self, expr: Expr) -> Iterator[Fault]:
        """Faults of *expr* where a bool is needed."""
        match expr:
            case Not(part):
                yield from self.condition(part)
            case And() | Or():
                for part, known in parts_with_known(expr, self.known):
                    yield from replace(self, known=known).condition(part)
            case Compare(op, left, right):
                yield from self._comparison(expr, op in ("==", "!="), left, right)
            case IsNone(operand):
                yield from self.operand(operand)
            case In(item, options):
                for option in options:
                    yield from self._comparison(Compare("==", item, option), True, item, option)
            case Exists():
                yield from self._quantifier(expr)
            case RoleCall():
                yield from self._role_call(expr)
            case Call() if expr.function not in ("len", "now"):
                yield from self._call(expr)
            case _:
                yield from self._bool(expr)

    def operand(self, expr: Expr) -> Iterator[Fault]:
        """Faults of *expr* where a value or a row is needed."""
        match expr:
            case Path():
                yield from self._path(expr)
            case Call():
                yield from self._call(expr)
            case Const() | Param():
                return
            case _:
                yield self._fault(
                    "SB155", "a condition stands where a value is needed", "compare values, join with `and`"
                )

    def typed(self, expr: Expr) -> Typed | None:
        """The type of *expr* here, or None when it has none."""
        try:
            return type_of(self.model, self.scope, expr, known=self.known, optional=self.optional)
        except UnknownStep:
            return None

    def _bool(self, expr: Expr) -> Iterator[Fault]:
        yield from self.operand(expr)
        typed = self.typed(expr)
        if typed is not None and not (isinstance(typed, Scalar) and typed.type.kind == "bool"):
            spelt = f"`{spell(expr)}`" if isinstance(expr, Path) else "this value"
            yield self._fault(
                "SB155", f"{spelt} is not a bool", f"compare it: {spelt.strip('`')} == ... or `is not None`"
            )

    def _comparison(self, expr: Compare, equality: bool, left: Expr, right: Expr) -> Iterator[Fault]:
        inner = [*self.operand(left), *self.operand(right)]
        yield from inner
        one, other = self.typed(left), self.typed(right)
        if inner or one is None or other is None:
            return
        yield from (self._fault(*found) for found in compared_faults(expr, one, other))
        if not equality:
            yield from (self._fault(*found) for found in ordered_faults(expr, one, other))
        if equality and expr.op == "==":
            yield from self._anonymous_equality(left, one, right, other)

    def _anonymous_equality(self, left: Expr, one: Typed, right: Expr, other: Typed) -> Iterator[Fault]:
        """None equals None: an anonymous caller is the owner of what nobody owns."""
        for me, it, typed, mine in ((left, right, other, one), (right, left, one, other)):
            if (
                me == Path("me")
                and mine.optional
                and isinstance(typed, Row)
                and typed.optional
                and isinstance(it, Path)
            ):
                message = f"`{spell(it)} == me` holds for anonymous callers where `{spell(it)}` is None"
                yield self._fault("SB183", message, f"write `me is not None and {spell(it)} == me`")

    def _quantifier(self, expr: Exists) -> Iterator[Fault]:
        yield from self._path(expr.relation)
        typed = self.typed(expr.relation)
        if typed is None:
            return
        if not isinstance(typed, Rows):
            hint = "any() and all() go over a to-many relation"
            yield self._fault("SB155", f"`{spell(expr.relation)}` is not a to-many relation", hint)
            return
        yield from self.inside(expr).condition(expr.where)

    def inside(self, expr: Exists) -> Judge:
        known = frozenset(path for path in self.known if path.var != expr.var)
        optional = self.optional - {expr.var}
        return replace(self, scope=scope_in(self.model, self.scope, expr), known=known, optional=optional)

    def _role_call(self, expr: RoleCall) -> Iterator[Fault]:
        yield from self._path(expr.of)
        typed = self.typed(expr.of)
        if not isinstance(typed, Row):
            if typed is not None:
                yield self._fault("SB155", f"`{spell(expr.of)}` is not a row, so it has no roles")
            return
        if typed.optional:
            yield self._unguarded(expr.of, expr.role)
        yield from self._called_role(expr, entity_at(self.model, self.scope, expr.of))

    def _called_role(self, expr: RoleCall, owner: Entity) -> Iterator[Fault]:
        role = owner.role(expr.role)
        if role is None:
            hint = did_you_mean(expr.role, (r.name for r in owner.roles))
            yield self._fault("SB157", f"`{owner.name}` has no role `{expr.role}`", hint)
        elif self.in_role and not role.anonymous and "me" in self.optional and Path("me") not in self.known:
            message = f"`{owner.name}.{role.name}` needs a caller, but anonymous callers come here too"
            yield self._fault("SB183", message, f"write `me is not None and {spell(expr.of)}.{role.name}(me)`")

    def _call(self, expr: Call) -> Iterator[Fault]:
        for arg in expr.args:
            yield from self.operand(arg)
        wanted = TEXT_FUNCTIONS.get(expr.function, 0)
        if len(expr.args) != wanted:
            yield self._fault("SB155", f"`{expr.function}` takes {wanted} values, not {len(expr.args)}")
        for arg in expr.args:
            yield from self._text(expr, arg)

    def _text(self, expr: Call, arg: Expr) -> Iterator[Fault]:
        typed = self.typed(arg)
        if typed is None:
            return
        if not isinstance(typed, Scalar) or typed.type.kind not in ("str", "enum"):
            yield self._fault("SB155", f"`{expr.function}` is for text")
        elif typed.optional:
            yield self._none_operand(arg, f"`{expr.function}`")

    def _path(self, path: Path) -> Iterator[Fault]:
        """A path that leads nowhere, goes on from what may be None, or reads what a predicate must not."""
        try:
            typed = path_type(self.model, self.scope, path, known=self.known, optional=self.optional)
        except UnknownStep as unknown:
            yield from self._unknown(unknown, path)
            return
        for taken in range(len(path.steps)):
            before = Path(path.var, path.steps[:taken])
            here = self.typed(before)
            if here is not None and here.optional:
                yield self._unguarded(before, path.steps[taken])
                return
        yield from self._unreadable(path, typed)

    def _unknown(self, unknown: UnknownStep, path: Path) -> Iterator[Fault]:
        if path.var == "me" and "me" not in self.scope:
            yield self._fault(
                "SB184", "`me` is asked, but the service has no actor", "give the service `actor=sb.Actor(...)`"
            )
        elif not self._told_elsewhere(unknown.at):
            yield self._fault("SB150", unknown.message, unknown.hint)

    def _told_elsewhere(self, at: Path) -> bool:
        """Whether the step leads to an entity that the service does not list, which is told there."""
        if not at.steps:
            return at.var in self.scope
        try:
            owner = entity_at(self.model, self.scope, Path(at.var, at.steps[:-1]))
        except UnknownStep:
            return False
        return owner.relation(at.steps[-1]) is not None

    def _unreadable(self, path: Path, typed: Typed) -> Iterator[Fault]:
        if not path.steps or not isinstance(typed, Scalar):
            return
        owner = entity_at(self.model, self.scope, Path(path.var, path.steps[:-1]))
        field = owner.field(path.steps[-1])
        if field is not None and field.computed is not None and self.stored_only:
            hint = "write the expression it stands for"
            yield self._fault("SB160", f"`{spell(path)}` is computed, and only stored values can be asked here", hint)

    def _unguarded(self, path: Path, step: str) -> Fault:
        spelt = spell(path)
        hint = f"write `{spelt} is not None and {spelt}.{step} ...`"
        return self._fault("SB151", f"`{spelt}` may be None, so `{spelt}.{step}` may not be there", hint)

    def _none_operand(self, expr: Expr, what: str) -> Fault:
        spelt = spell(expr) if isinstance(expr, Path) else "this value"
        return self._fault(
            "SB152", f"`{spelt}` may be None, and {what} needs a value", f"write `{spelt} is not None and ...`"
        )

    def _fault(self, code: str, message: str, hint: str = "") -> Fault:
        return fault(code, self.where, message, hint)
