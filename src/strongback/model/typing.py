"""
What every path and expression over a Model is: a scalar, a row, rows or nothing, and whether it may be None where it stands.

"Where it stands" is the flow: in `self.boss is not None and self.boss.name == "Ada"` the second `self.boss` is not None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from strongback.errors import StrongbackError, did_you_mean
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.predicate.tree import And, Call, Compare, Const, Exists, Expr, In, IsNone, Not, Or, Param, Path
from strongback.predicate.types import BOOL, DATETIME, INT, Type

Known = frozenset[Path]
NOTHING_KNOWN: Known = frozenset()


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `type.optional` says whether it may be None here."""

    type: Type

    @property
    def optional(self) -> bool:
        return self.type.optional


@dataclass(frozen=True, slots=True)
class Row:
    """A row of *entity*, or None when *optional*."""

    entity: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows behind a to-many relation."""

    entity: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """The constant None."""

    optional: bool = True


Typed = Scalar | Row | Rows | Nothing


class UnknownStep(StrongbackError):
    """A path takes a step that is not there; *at* is the path up to that step."""

    code = "SB150"

    def __init__(self, message: str, at: Path, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.at = at


def type_of(
    model: Model,
    scope: Mapping[str, str],
    expr: Expr,
    *,
    known: Known = NOTHING_KNOWN,
    optional: frozenset[str] = frozenset(),
) -> Typed:
    """
    Type *expr*.

    Args:
        scope: The entity of each variable.
        known: Paths that are not None where *expr* stands; see `known_if`.
        optional: Variables that may be None (`me` where anonymous callers are let in).
    Raises:
        UnknownStep: A path in *expr* leads nowhere.
    """
    match expr:
        case Path():
            return path_type(model, scope, expr, known=known, optional=optional)
        case Const(None):
            return Nothing()
        case Const(value, type_):
            return Scalar(type_ or constant_type(value))
        case Param(_, type_):
            return Scalar(type_)
        case Call("len", args):
            return Scalar(replace(INT, optional=_any_optional(model, scope, args, known, optional)))
        case Call("now"):
            return Scalar(DATETIME)
        case _:
            return Scalar(BOOL)


def _any_optional(
    model: Model, scope: Mapping[str, str], args: Iterable[Expr], known: Known, optional: frozenset[str]
) -> bool:
    return any(type_of(model, scope, arg, known=known, optional=optional).optional for arg in args)


def constant_type(value: object) -> Type:
    """The type of a constant that stands without one."""
    kinds = {bool: BOOL, int: INT, float: Type("float"), str: Type("str")}
    return kinds[type(value)]


def path_type(
    model: Model,
    scope: Mapping[str, str],
    path: Path,
    *,
    known: Known = NOTHING_KNOWN,
    optional: frozenset[str] = frozenset(),
) -> Typed:
    """
    Type *path*. It may be None when it is itself optional, or a step before it is; *known* rules that out from the start of the
    path up to each member.

    Raises:
        UnknownStep: There is no such variable or member, or a step goes on from a scalar or from many rows.
    """
    here: Typed = _variable(model, scope, path, optional)
    if Path(path.var) in known:
        here = _present(here)
    for taken, step in enumerate(path.steps):
        walked = Path(path.var, path.steps[: taken + 1])
        here = _step(model, here, step, walked)
        if walked in known:
            here = _present(here)
    return here


def entity_at(model: Model, scope: Mapping[str, str], path: Path) -> Entity:
    """
    The entity that *path* leads to, also across to-many relations (one of those rows).

    Raises:
        UnknownStep: The path leads nowhere, or to a scalar.
    """
    here: Typed = _variable(model, scope, path, frozenset())
    for taken, step in enumerate(path.steps):
        one = Row(here.entity) if isinstance(here, Rows) else here
        here = _step(model, one, step, Path(path.var, path.steps[: taken + 1]))
    if isinstance(here, Row | Rows):
        return model.entity(here.entity)
    raise UnknownStep(f"`{spell(path)}` is a value, not a row", path)


def _variable(model: Model, scope: Mapping[str, str], path: Path, optional: frozenset[str]) -> Typed:
    if path.var not in scope or scope[path.var] not in model.by_name:
        raise UnknownStep(f"there is no `{path.var}` here", Path(path.var), did_you_mean(path.var, scope))
    return Row(scope[path.var], path.var in optional)


def _step(model: Model, here: Typed, step: str, walked: Path) -> Typed:
    before = spell(Path(walked.var, walked.steps[:-1]))
    if isinstance(here, Rows):
        hint = f"write any(x.{step} ... for x in {before}) or all(...)"
        raise UnknownStep(f"`{before}` is many rows, so it has no `{step}`", walked, hint)
    if not isinstance(here, Row):
        raise UnknownStep(f"`{before}` is a value, so it has no `{step}`", walked)
    found = member_type(model, here.entity, step)
    if found is None:
        hint = did_you_mean(step, member_names(model.entity(here.entity)))
        raise UnknownStep(f"`{here.entity}` has no field or relation `{step}`", walked, hint)
    return _optional(found) if here.optional else found


def member_type(model: Model, entity: str, name: str) -> Typed | None:
    """Type the member *name* of *entity*: a field, a relation, or the id in a to-one relation's column."""
    owner = model.entity(entity)
    field, relation = owner.field(name), owner.relation(name)
    if field is not None:
        return Scalar(field.type)
    if relation is not None and relation.target in model.by_name:
        return Rows(relation.target) if relation.kind == "to_many" else Row(relation.target, relation.optional)
    column = owner.relation_of(name)
    return Scalar(column.held) if column is not None else None


def member_names(entity: Entity) -> Iterator[str]:
    """What a path may name on a row of *entity*."""
    yield from (field.name for field in entity.all_fields())
    yield from (relation.name for relation in entity.relations)


def spell(path: Path) -> str:
    """
    Spell a path as in the source.

    >>> spell(Path("self", ("company", "name")))
    'self.company.name'
    """
    return ".".join((path.var, *path.steps))


def _optional(typed: Typed) -> Typed:
    match typed:
        case Scalar(type_):
            return Scalar(replace(type_, optional=True))
        case Row(entity):
            return Row(entity, True)
        case Rows(entity):
            return Rows(entity, True)
        case Nothing():
            return typed


def _present(typed: Typed) -> Typed:
    match typed:
        case Scalar(type_):
            return Scalar(replace(type_, optional=False))
        case Row(entity):
            return Row(entity)
        case Rows(entity):
            return Rows(entity)
        case Nothing():
            return typed


def known_if(expr: Expr, truth: bool) -> Known:
    """
    The paths that are not None when *expr* turned out to be *truth*.

    >>> boss = Path("self", ("boss",))
    >>> [spell(path) for path in known_if(IsNone(boss), False) if path.steps]
    ['self.boss']
    """
    match expr:
        case Not(part):
            return known_if(part, not truth)
        case And(parts) | Or(parts):
            found = [known_if(part, truth) for part in parts]
            decided_by_all = truth is isinstance(expr, And)
            return (
                frozenset().union(*found)
                if decided_by_all
                else frozenset.intersection(*found)
                if found
                else frozenset()
            )
        case IsNone(Path() as path, negated) if truth is negated:
            return _with_prefixes(path)
        case Compare(op, left, right) if truth and op != "!=":
            return _compared(left, right, ordered=op != "==")
        case Compare("!=", left, right) if not truth:
            return _compared(left, right, ordered=False)
        case In(Path() as path, options, negated) if truth is not negated and all(_is_value(o) for o in options):
            return _with_prefixes(path)
        case Call("signed_in") if truth:
            return frozenset({Path("me")})
        case Path() if truth:
            return _with_prefixes(expr)
        case _:
            return NOTHING_KNOWN


def _compared(left: Expr, right: Expr, *, ordered: bool) -> Known:
    """A side of an order that holds is not None; nor is a path that equals a value."""
    pairs = ((left, right), (right, left))
    return frozenset().union(
        *(_with_prefixes(one) for one, other in pairs if isinstance(one, Path) and (ordered or _is_value(other)))
    )


def _is_value(expr: Expr) -> bool:
    return (isinstance(expr, Const) and expr.value is not None) or isinstance(expr, Param)


def _with_prefixes(path: Path) -> Known:
    return frozenset(Path(path.var, path.steps[:n]) for n in range(len(path.steps) + 1))


def parts_with_known(expr: And | Or, known: Known) -> Iterator[tuple[Expr, Known]]:
    """Each part with what is known when Python comes to it: those before an `and` were true, before an `or` false."""
    for part in expr.parts:
        yield part, known
        known = known | known_if(part, isinstance(expr, And))


def scope_in(model: Model, scope: Mapping[str, str], quantifier: Exists) -> Mapping[str, str]:
    """The scope inside *quantifier*."""
    return {**scope, quantifier.var: entity_at(model, scope, quantifier.relation).name}
