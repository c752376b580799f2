"""
Render predicates as SQL: the third evaluator, which must agree with CPython and `predicate/evaluate.py`.

SQL has three truth values, the language two. A condition is rendered so that NULL counts as false wherever it stands: in the plain
case a NULL falls through a WHERE as false does; under `Not`, which negation normal form leaves only over leaves, it is turned
into false first (`IS NOT TRUE`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.sql.elements import ColumnElement

from strongback.errors import InternalError
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.predicate.facts import is_fact_about_actor
from strongback.predicate.normal import negation_normal
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
from strongback.predicate.types import BOOL, DATETIME, INT, TEXT, Type
from strongback.store.sql.dialect import Dialect, Query
from strongback.store.sql.literal import number
from strongback.store.sql.metadata import told
from strongback.tables.make import blind_index_column, tenant_entity
from strongback.tables.schema import DELETED_AT, Schema

# What every statement may bind. No field can be called so: names begin with a letter (model/faults/names.py).
NOW = "_now"
ACTOR = "_actor"
Sql = ColumnElement[Any]


class Columns(Protocol):
    """Where a variable's columns come from: a table, an alias, a common table expression, or values not stored yet."""

    def __getitem__(self, name: str, /) -> Sql: ...


class Overlay:
    """A row as it would be: what changes over what is stored."""

    def __init__(self, given: Mapping[str, Sql], stored: Columns) -> None:
        self._given, self._stored = given, stored

    def __getitem__(self, name: str, /) -> Sql:
        return self._given[name] if name in self._given else self._stored[name]


@dataclass(frozen=True, slots=True)
class Row:
    """
    A variable in scope: which entity its row is of, and its columns.

    Attributes:
        above: The relation that leads to a row which is not stored yet, and that row.
    """

    entity: Entity
    columns: Columns
    above: tuple[str, Row] | None = None


Scope = Mapping[str, Row]


@dataclass(slots=True)
class Renderer:
    """
    Renders expressions of one statement.

    Attributes:
        tables: SQLAlchemy tables by entity name, or what is read in their place.
        blind: Parameter names whose value is a blind index, not the value itself.
        touched: Entities whose tables the statement reads, the rows it was given aside.
        me: The common table expression with the actor's row, made when first spoken of.
        hints: Whether the store is told which conditions hold for many rows; not in what is kept in the schema.
        inline: Whether the actor's row is a sub-select where it is spoken of: for a condition in a statement that is not ours.
    """

    model: Model
    schema: Schema
    tables: Mapping[str, sa.Table | sa.CompoundSelect[Any]]
    dialect: Dialect
    blind: frozenset[str] = frozenset()
    me: sa.FromClause | None = None
    inline: bool = False
    hints: bool = False
    touched: set[str] = field(default_factory=set)
    _aliases: int = field(default=0)

    # -- conditions

    def condition(self, expr: Expr, scope: Scope) -> Sql:
        """Render *expr* as a condition, with NULL meaning false."""
        match expr:
            case And(parts):
                return sa.and_(sa.true(), *(self.condition(p, scope) for p in parts))
            case Or(parts):
                return sa.or_(sa.false(), *(self.condition(p, scope) for p in parts))
            case Not(part):
                return self._not(part, scope)
            case Compare():
                return self._compare(expr, scope)
            case IsNone(operand, negated):
                value = self.operand(operand, scope)
                return value.is_not(None) if negated else value.is_(None)
            case In(item, options, negated):
                return self._in(item, options, negated, scope)
            case Exists():
                return self._exists(expr, scope)
            case Const(value):
                return sa.true() if value else sa.false()
            case Path() | Param():
                holds = self.dialect.is_true(self.operand(expr, scope))
                return self.dialect.hinted(holds, BOOL) if self.hints else holds
            case Call("signed_in"):
                return self.operand(Path("me"), scope).is_not(None)
            case Call("startswith" | "endswith" | "contains"):
                return self._text_test(expr, scope)
            case Call() | RoleCall():
                raise InternalError(f"{expr!r} is no condition")

    def _not(self, part: Expr, scope: Scope) -> Sql:
        if isinstance(part, Path | Param):
            return self.dialect.is_not_true(self.operand(part, scope))
        if isinstance(part, Exists) and not part.every:
            return sa.not_(self._exists(part, scope))
        if isinstance(part, Call):
            return self.dialect.is_not_true(self.condition(part, scope))
        return self.condition(negation_normal(Not(part)), scope)

    def _compare(self, expr: Compare, scope: Scope) -> Sql:
        left_type, right_type = self.type_of(expr.left, scope), self.type_of(expr.right, scope)
        left, right = self._sides(expr, left_type, right_type, scope)
        if expr.op in ("==", "!="):
            both_may_be_null = self._may_be_null(expr.left, left_type) and self._may_be_null(expr.right, right_type)
            either_may = self._may_be_null(expr.left, left_type) or self._may_be_null(expr.right, right_type)
            if both_may_be_null or (either_may and expr.op == "!="):
                return left.is_not_distinct_from(right) if expr.op == "==" else left.is_distinct_from(right)
            same = self.dialect.hinted(left == right, left_type) if self.hints else left == right
            return same if expr.op == "==" else left != right
        left, right = (self._placed(side, sql, scope) for side, sql in ((expr.left, left), (expr.right, right)))
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[expr.op]

    def comparable(self, entity: Entity, member: str, value: Sql) -> Sql:
        """*value* of a member as it is ordered: text of a table that is not ours by code point, as everywhere."""
        field, relation = entity.field(member), entity.relation_of(member) or entity.relation(member)
        type_ = field.type if field is not None else relation.held if relation is not None else None
        foreign = type_ is not None and type_.kind in ("str", "enum") and not entity.managed
        return self.dialect.by_code_point(value) if foreign else value

    def _placed(self, side: Expr, value: Sql, scope: Scope) -> Sql:
        if not isinstance(side, Path) or not side.steps:
            return value
        owner = self.entity_of(Path(side.var, side.steps[:-1]), scope)
        return self.comparable(owner, side.steps[-1], value)

    def _sides(self, expr: Compare, left_type: Type, right_type: Type, scope: Scope) -> tuple[Sql, Sql]:
        """Both sides in one form: decimals of different scales meet at the larger one."""
        kinds = {left_type.kind, right_type.kind}
        if "decimal" in kinds:
            scale = max(left_type.scale or 0, right_type.scale or 0, *(_digits(s) for s in (expr.left, expr.right)))
            sides = ((expr.left, left_type), (expr.right, right_type))
            left, right = (self._decimal(side, type_, scale, scope) for side, type_ in sides)
            return left, right
        hint = left_type if isinstance(expr.right, Const) else right_type
        return self.operand(expr.left, scope, hint), self.operand(expr.right, scope, hint)

    def _decimal(self, side: Expr, type_: Type, scale: int, scope: Scope) -> Sql:
        if isinstance(side, Const) and side.value is not None:
            return self.dialect.constant(side.value, Type("decimal", precision=38, scale=scale))
        return self.dialect.rescaled(self.operand(side, scope), type_.scale or 0, scale)

    def _may_be_null(self, side: Expr, type_: Type) -> bool:
        if isinstance(side, Const | Param):
            return isinstance(side, Const) and side.value is None
        return type_.optional or (isinstance(side, Path) and side.var == "me")

    def _in(self, item: Expr, options: tuple[Expr, ...], negated: bool, scope: Scope) -> Sql:
        """`x in (a, b)`: None is a member only where it is listed."""
        same = Or(tuple(Compare("==", item, option) for option in options))
        type_ = self.type_of(item, scope)
        plain = [o for o in options if not (isinstance(o, Const) and o.value is None)]
        if (
            len(plain) == len(options)
            and type_.kind != "decimal"
            and all(isinstance(o, Const | Param) for o in options)
        ):
            found: Sql = self.operand(item, scope).in_([self.operand(o, scope, type_) for o in options])
            return self.dialect.is_not_true(found) if negated else found
        return self.condition(negation_normal(Not(same) if negated else same), scope)

    def _text_test(self, expr: Call, scope: Scope) -> Sql:
        text, part = (self.operand(a, scope, TEXT) for a in expr.args)
        match expr.function:
            case "startswith":
                return sa.func.substr(text, number(1), sa.func.length(part)) == part
            case "endswith":
                return sa.and_(
                    sa.func.length(text) >= sa.func.length(part),
                    sa.func.substr(text, sa.func.length(text) - sa.func.length(part) + number(1)) == part,
                )
            case _:
                return self.dialect.position(text, part) > number(0)

    # -- quantifiers

    def _exists(self, expr: Exists, scope: Scope) -> Sql:
        if expr.every:
            return self.condition(negation_normal(expr), scope)
        owner = Path(expr.relation.var, expr.relation.steps[:-1])
        parent = self.entity_of(owner, scope)
        relation = parent.relation(expr.relation.steps[-1])
        assert relation is not None  # checked when the model loaded
        target = self.model.entity(relation.target)
        inverse = target.relation(relation.inverse)
        assert inverse is not None
        row = self.alias(target)
        inner: dict[str, Row] = {**scope, expr.var: Row(target, row.c)}
        link = row.c[inverse.column]
        where = [self.condition(expr.where, inner), *self.live(target, row.c)]
        key = self.operand(owner, scope)
        if is_fact_about_actor(expr):
            if inverse.optional:
                where.append(link.is_not(None))
            return self.dialect.in_set(key, sa.select(link).where(*where))
        found: Query = sa.select(sa.literal_column("1")).select_from(row).where(link == key, *where)
        exists: Sql = found.correlate_except(row).exists()
        return exists

    def live(self, entity: Entity, columns: Columns) -> list[Sql]:
        """The condition that a row has not been soft-deleted, where rows of *entity* can be."""
        return [columns[DELETED_AT].is_(None)] if entity.soft_delete else []

    def alias(self, entity: Entity) -> sa.FromClause:
        self._aliases += 1
        self.touched.add(entity.name)
        return self.tables[entity.name].alias(f"{entity.name.lower()[:24]}_{self._aliases}")

    # -- operands

    def operand(self, expr: Expr, scope: Scope, hint: Type | None = None) -> Sql:
        """
        Render *expr* as a value in store form.

        Args:
            hint: The type a constant without one of its own is written as.
        """
        match expr:
            case Const(None):
                return sa.null()
            case Const(value, type_):
                return self.dialect.constant(
                    value, type_ if type_ is not None and type_.kind != "str" else hint or type_
                )
            case Param(name, type_):
                return self.dialect.parameter(name, Type("bytes") if name in self.blind else type_)
            case Path(var, steps):
                return self._path(var, steps, scope)
            case Call("now"):
                return self.dialect.parameter(NOW, DATETIME)
            case Call("len", (text,)):
                return sa.func.length(self.operand(text, scope))
            case _:
                # A condition used as a value: a computed bool, or `==` between two truths.
                return self.dialect.truth(self.condition(expr, scope))

    def _path(self, var: str, steps: tuple[str, ...], scope: Scope) -> Sql:
        if var == "me" and "me" not in scope:
            me = self.actor()
            assert self.model.actor is not None
            scope = {"me": Row(self.model.entity(self.model.actor.entity), me.c)}
            return sa.select(self._path(var, steps, scope)).select_from(me).scalar_subquery()
        row = scope[var]
        if not steps:
            return row.columns["id"]
        return self._member(row, steps)

    def _member(self, row: Row, steps: tuple[str, ...]) -> Sql:
        entity, columns = row.entity, row.columns
        if row.above is not None and steps[0] == row.above[0]:
            around = row.above[1]
            return self._member(around, steps[1:]) if steps[1:] else around.columns["id"]
        if entity.tenant and steps[: len(entity.tenant)] == entity.tenant:
            # The tenant's id is a column of the row itself: no join for `self.job.company`.
            key, rest = columns[self.schema.tables[entity.name].tenant], steps[len(entity.tenant) :]
            target = self.model.entity(tenant_entity(self.model, entity))
            return self.through(key, target, rest)
        relation = entity.relation(steps[0])
        if relation is not None:
            return self.through(columns[relation.column], self.model.entity(relation.target), steps[1:])
        return self._field(row, steps[0])

    def through(self, key: Sql, target: Entity, rest: tuple[str, ...]) -> Sql:
        """The value at *rest* from the row of *target* whose id is *key*."""
        if not rest or rest == ("id",):
            return key
        row = self.alias(target)
        value = self._member(Row(target, row.c), rest)
        return sa.select(value).where(row.c.id == key).correlate_except(row).scalar_subquery()

    def _field(self, row: Row, name: str) -> Sql:
        found = row.entity.field(name)
        assert found is not None, f"{row.entity.name} has no field {name}"
        if found.computed is not None:
            return self.operand(found.computed, {"self": row})
        # Encrypted, it is compared by its blind index; without one only whether it is there can be asked, of the envelope.
        return row.columns[blind_index_column(name) if found.pii is not None and found.pii.lookup else name]

    def actor(self) -> sa.FromClause:
        """The actor's row, found by its key inside the statement, once."""
        if self.me is None:
            assert self.model.actor is not None  # a role that speaks of `me` is refused without an actor
            entity = self.model.entity(self.model.actor.entity)
            self.touched.add(entity.name)
            table = self.tables[entity.name].alias("actor_row")
            key = self.dialect.parameter(ACTOR, TEXT)
            by_key = table.c[self.model.actor.key.field] == key
            found = sa.select(*told(table)).where(by_key, *self.live(entity, table.c))
            self.me = found.subquery("me") if self.inline else self.dialect.materialized(found, "me")
        return self.me

    # -- types

    def entity_of(self, path: Path, scope: Scope) -> Entity:
        """The entity of the row at *path*."""
        if path.var == "me" and "me" not in scope:
            assert self.model.actor is not None
            here = self.model.entity(self.model.actor.entity)
        else:
            here = scope[path.var].entity
        for step in path.steps:
            relation = here.relation(step)
            assert relation is not None
            here = self.model.entity(relation.target)
        return here

    def type_of(self, expr: Expr, scope: Scope) -> Type:
        """The type of a value; optional where it may be NULL."""
        match expr:
            case Const(_, type_):
                return type_ or TEXT
            case Param(_, type_):
                return type_
            case Path(_, ()):
                return self.entity_of(expr, scope).id_type
            case Path(var, steps):
                return self._path_type(var, steps, scope)
            case Call("now"):
                return DATETIME
            case Call("len", (text,)):
                return Type(INT.kind, optional=self.type_of(text, scope).optional)
            case _:
                return BOOL

    def _path_type(self, var: str, steps: tuple[str, ...], scope: Scope) -> Type:
        here = self.entity_of(Path(var), scope)
        optional = False
        for step in steps:
            relation = here.relation(step)
            if relation is None:
                type_ = here.field(step).type  # type: ignore[union-attr]  # checked when the model loaded
                return _optional(type_) if optional else type_
            optional = optional or relation.optional
            here = self.model.entity(relation.target)
        return replace(here.id_type, optional=optional)


def _optional(type_: Type) -> Type:
    return type_ if type_.optional else Type(type_.kind, True, scale=type_.scale, precision=type_.precision)


def _digits(side: Expr) -> int:
    """Digits after the point of a decimal constant."""
    if isinstance(side, Const) and isinstance(side.value, str) and "." in side.value:
        return len(side.value.split(".")[1])
    return 0


__all__ = ["ACTOR", "NOW", "Columns", "Overlay", "Renderer", "Row", "Scope"]
