"""What a derived create, update or delete will do: who may, which references must be readable, which columns change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.plan.filters import Need
from strongback.plan.members import member_type
from strongback.plan.permission import may_read, may_see, resolve
from strongback.plan.read import ReadPlan, plan_result
from strongback.plan.shape import Shape
from strongback.predicate.normal import simplify
from strongback.predicate.tree import FALSE, Expr, both
from strongback.predicate.walk import paths


@dataclass(frozen=True, slots=True)
class Reference:
    """
    A reference the caller writes: its row must be readable, or it is as if it did not exist.

    Attributes:
        column: Wire and column name, and the name of the bound value.
        readable: Over `self` of *target*.
        judged: The permission of a create reads the row referred to: where the caller may not, they are refused whatever it holds, so
            that nothing tells a hidden row from one that is not there.
        gives_tenant: The row's tenant is read from the row referred to, so that other references are judged by it.
    """

    column: str
    target: str
    readable: Expr
    optional: bool = False
    judged: bool = False
    gives_tenant: bool = False


@dataclass(frozen=True, slots=True)
class WritePlan:
    """
    What to write.

    Attributes:
        kind: `create`, `update`, `delete` or `restore`.
        columns: Stored members the caller gives values for (of a create also those with defaults), by wire name.
        read: Who may read the row as it was; of a create nothing is there yet.
        may: Who may do this: of a create judged on the row's own values and the state before it, of an update on the old row and on
            the new one.
        rejudge: Whether the new row of an update can be judged otherwise than the old one.
        versioned: The change is made only to the row version that was read (`expected_version`).
        result: How the row is answered; None when the answer has none.
        keyed: Of a create: the id is given, even where the store gives new rows theirs.
    """

    entity: str
    kind: str
    columns: tuple[str, ...]
    read: Expr
    may: Expr
    references: tuple[Reference, ...] = ()
    rejudge: bool = False
    result: ReadPlan | None = None
    needs: tuple[Need, ...] = ()
    versioned: bool = False
    keyed: bool = False

    @property
    def is_never(self) -> bool:
        """Whether no caller of this kind can ever do it: what they never read, they never come to change."""
        return self.may == FALSE or (self.kind != "create" and self.read == FALSE)


def plan_write(model: Model, shape: Shape) -> WritePlan:
    """Plan a derived create, update or delete."""
    entity, kind = model.entity(shape.target.entity), kind_of(shape)
    columns = tuple(name for name in stored_names(entity) if name in shape.given)
    allow = dict(entity.access.granted())[kind]
    may = resolve(model, entity, allow, shape.anonymous)
    if kind == "update":
        # Nobody writes blindly: a field that is hidden from the caller on this row is none they change.
        may = simplify(both(may, *(may_see(model, entity, name, shape.anonymous) for name in columns)))
    return WritePlan(
        entity=entity.name,
        kind=kind,
        columns=columns,
        read=may_read(model, entity, shape.anonymous),
        may=may,
        references=tuple(
            replace(each, judged=kind == "create" and reads_through(entity, may, each.column))
            for each in references(model, entity, columns, shape.anonymous)
            if shape.above is None or each.column != shape.above.column  # the row around it is new as well
        ),
        rejudge=kind == "update" and depends_on(entity, may, columns),
        result=None
        if shape.target.kind in ("delete", "remove")
        else plan_result(model, entity, shape.select, shape.anonymous),
        needs=(Need("id", entity.id_type), *(Need(name, member_type(entity, name)) for name in columns)),
    )


def kind_of(shape: Shape) -> str:
    """The kind of write: a file is put and taken away by an update of its row."""
    return "update" if shape.target.kind in ("upload", "remove") else shape.target.kind


def stored_names(entity: Entity) -> Iterator[str]:
    """Wire names of the declared members that have a column."""
    for name in entity.members:
        field, relation = entity.field(name), entity.relation(name)
        if field is not None and field.stored:
            yield name
        elif relation is not None and relation.kind == "to_one":
            yield relation.column


def references(model: Model, entity: Entity, columns: Iterable[str], anonymous: bool) -> Iterator[Reference]:
    """The references among *columns*, and who may read where they point."""
    for relation in entity.to_one():
        if relation.column in columns:
            target = model.entity(relation.target)
            readable, gives = may_read(model, target, anonymous), entity.tenant[:1] == (relation.name,)
            yield Reference(relation.column, target.name, readable, relation.optional, gives_tenant=gives)


def reads_through(entity: Entity, expr: Expr, column: str) -> bool:
    """Whether *expr* reads the row that the reference *column* of its own row points to, and not the id alone."""
    relation = entity.relation_of(column)
    own = [path for path in paths(expr) if path.var == "self" and path.steps]
    computed = any((field := entity.field(path.steps[0])) is not None and not field.stored for path in own)
    return computed or any(len(path.steps) > 1 and relation == entity.relation(path.steps[0]) for path in own)


def depends_on(entity: Entity, expr: Expr, columns: Iterable[str]) -> bool:
    """
    Whether *expr* may turn when *columns* of the row change. A path that leads back to the row's own table is taken to depend.
    """
    names = {relation.name if (relation := entity.relation_of(c)) is not None else c for c in columns}
    return any(path.steps and (path.var != "self" or path.steps[0] in names) for path in paths(expr))


def judged_of(shape: Shape, values: Mapping[str, Any]) -> frozenset[str]:
    """
    The given names of *shape* that a permission rests on when some of the values are wrong.

    An update is judged on the row there is: each field by its name, whatever is given for it. A create on what it gives, as far as that
    is anything.
    """
    return (
        shape.given if shape.target.kind == "update" else frozenset(n for n in shape.given if values.get(n) is not None)
    )
