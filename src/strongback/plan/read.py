"""What a read will do: one tree of rows and the rows with them, permission included. One statement for the whole tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from strongback.errors import InternalError
from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.relation import Relation
from strongback.model.wire import ROW_VERSION
from strongback.plan.filters import Need, filter_condition, filter_needs
from strongback.plan.members import member_path, member_type, members
from strongback.plan.operation import SEEK
from strongback.plan.permission import branches, may_read, may_restore, may_see, resolve
from strongback.plan.shape import ASKED, Include, OrderKey, Selection, Shape, ends_in_id
from strongback.predicate.assume import assume
from strongback.predicate.tree import (
    FALSE,
    TRUE,
    Call,
    Compare,
    Exists,
    Expr,
    In,
    Param,
    Path,
    both,
)
from strongback.predicate.types import TEXT, Scalar, Type
from strongback.predicate.walk import walk

SELF = Path("self")
RESULT_IDS = tuple(f"id{i}" for i in range(32))
Known = Mapping[Path, Scalar]
NOTHING_KNOWN: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Out:
    """
    One answered member.

    Attributes:
        name: On the wire.
        value: A path to a stored member, or the expression of a computed field.
        guard: 0 when everyone who reads the row sees it, otherwise its place (from 1) in `ReadPlan.guards`.
    """

    name: str
    value: Expr
    type: Type
    guard: int = 0


# The version of a row, for a door that gives it to its callers in the row itself.
VERSION = Out(ROW_VERSION, Path("self", (ROW_VERSION,)), Type("int"))


@dataclass(frozen=True, slots=True)
class IncludePlan:
    """Rows of *relation* to answer with each row as *name*; at most `plan.limit` when there are many."""

    relation: Relation
    plan: ReadPlan
    name: str


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """
    What to read.

    Attributes:
        where: Common to all branches: the id asked for, filters.
        branches: Ways to be allowed, to be read one by one and merged; any of them must hold. With none, no caller of this kind is
            let in; filters and orders only make an answer shorter, if need be to nothing.
        order: Every order ends in the id; empty for a single row.
        seek: For each key of *order* whether the value to go on after is null; None on a first page. Values are bound under *mark* and
            the place of their key.
        limit: Rows, one more than the page holds; 0 for a single row.
        guards: Conditions under which groups of members are seen, beyond reading the row.
        needs: What the request binds.
        text: The query whose search by words is asked, with the words bound as `ASKED`; empty when none is.
        versioned: Whether the row version and the guards' truth are wanted for an ETag.
        deleted: Whether deleted rows are read, and no others; rows with them are those that are there.
    """

    entity: str
    out: tuple[Out, ...]
    where: Expr
    branches: tuple[Expr, ...]
    guards: tuple[Expr, ...] = ()
    order: tuple[OrderKey, ...] = ()
    seek: tuple[bool, ...] | None = None
    limit: int = 0
    includes: tuple[IncludePlan, ...] = ()
    needs: tuple[Need, ...] = ()
    versioned: bool = False
    count: bool = False
    text: str = ""
    deleted: bool = False
    mark: str = SEEK

    @property
    def is_never(self) -> bool:
        """Whether no caller of this kind can ever get a row."""
        return not self.branches

    def all_needs(self) -> Iterator[Need]:
        """What the request binds, for the relations with the rows as well."""
        yield from self.needs
        for include in self.includes:
            yield from include.plan.all_needs()


def plan_get(model: Model, shape: Shape) -> ReadPlan:
    """Plan the read of one row by its id."""
    entity = model.entity(shape.target.entity)
    by_id = Compare("==", Path("self", (ID.name,)), Param("id", entity.id_type))
    needs = (Need("id", entity.id_type),)
    return _node(
        model, entity, shape.select, by_id, shape.anonymous, needs=needs, versioned=True, deleted=shape.deleted
    )


def plan_list(model: Model, shape: Shape, page: int) -> ReadPlan:
    """
    Plan the read of a page.

    Args:
        page: Rows a page holds; the statement's own limit is one more, to know whether there are others.
    """
    order = ends_in_id(shape.order)
    asked = _asked_rows(model, shape, order)
    return _node(
        model,
        asked.entity,
        shape.select,
        asked.where,
        shape.anonymous,
        allow=asked.allow,
        order=order,
        seek=shape.seek,
        limit=page + 1,
        needs=asked.needs,
        count=shape.count,
        text=asked.text,
        deleted=shape.deleted,
        known=asked.known,
    )


def plan_rows(model: Model, shape: Shape, limit: int) -> ReadPlan:
    """Plan which rows an aggregate counts; its order is that of the groups, *limit* how many of these are read."""
    asked = _asked_rows(model, shape, shape.order)
    return ReadPlan(
        entity=asked.entity.name,
        out=(),
        where=asked.where,
        branches=() if asked.allow == FALSE else _ways(model, asked.entity, shape.anonymous, asked.known),
        order=shape.order,
        seek=shape.seek,
        limit=limit,
        needs=asked.needs,
        text=asked.text,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """
    The rows that a query asks for.

    Attributes:
        allow: Who may ask the query at all.
        where: That, and every filter, by what the caller may see.
        needs: What the filters, the words and the place of the page bind.
        text: The query whose words are searched; empty where none are.
        known: What every row that is found holds.
    """

    entity: Entity
    allow: Expr
    where: Expr
    needs: tuple[Need, ...]
    text: str
    known: Known


def _asked_rows(model: Model, shape: Shape, order: tuple[OrderKey, ...]) -> _Asked:
    """What *shape* asks of its query, whose rows or groups come in *order*."""
    entity, anonymous = model.entity(shape.target.entity), shape.anonymous
    query = entity.query(shape.target.name)
    if query is None:
        raise InternalError(f"{shape.target} is no query")
    allow = TRUE if query.allow is None else resolve(model, entity, query.allow, anonymous)
    filters = [filter_condition(model, entity, f, anonymous) for f in shape.filters]
    if shape.text:
        filters.append(_sees_words(model, entity, query, anonymous))
    where = both(allow, _sees_order(model, entity, shape.order, anonymous), *filters)
    words = [Need(ASKED, TEXT)] if shape.text else []
    seeks = seek_needs(entity, order, shape.seek, SEEK)
    needs = (*filter_needs(model, entity, shape.filters), *words, *seeks)
    known = {member_path(entity, f.member): f.value for f in shape.filters if f.value is not None}
    return _Asked(entity, allow, where, needs, query.name if shape.text else "", known)


def seek_needs(
    entity: Entity, order: tuple[OrderKey, ...], seek: tuple[bool, ...] | None, mark: str
) -> tuple[Need, ...]:
    """The values after which a page goes on: those of the keys that are not null."""
    keys = enumerate(zip(order, seek or (), strict=False))
    return tuple(Need(f"{mark}{i}", member_type(entity, key.member)) for i, (key, null) in keys if not null)


def _node(
    model: Model,
    entity: Entity,
    select: Selection,
    where: Expr,
    anonymous: bool,
    *,
    allow: Expr = TRUE,
    order: tuple[OrderKey, ...] = (),
    seek: tuple[bool, ...] | None = None,
    limit: int = 0,
    needs: tuple[Need, ...] = (),
    versioned: bool = False,
    count: bool = False,
    text: str = "",
    deleted: bool = False,
    known: Known = NOTHING_KNOWN,
    mark: str = SEEK,
) -> ReadPlan:
    guards: list[Expr] = []
    out = tuple(outs(model, entity, select.fields, anonymous, guards))
    if select.version and entity.managed:
        out = (*out, VERSION)
    return ReadPlan(
        entity=entity.name,
        out=out,
        where=where,
        branches=() if allow == FALSE else _ways(model, entity, anonymous, known, deleted=deleted),
        guards=tuple(assume(guard, known) for guard in guards),
        order=order,
        seek=seek,
        limit=limit,
        includes=tuple(i for i in (_include(model, entity, inc, anonymous) for inc in select.includes) if i),
        needs=needs,
        versioned=versioned and entity.managed and not select.includes and is_row_bound(entity, out),
        count=count,
        text=text,
        deleted=deleted,
        mark=mark,
    )


def _ways(model: Model, entity: Entity, anonymous: bool, known: Known, *, deleted: bool = False) -> tuple[Expr, ...]:
    """
    The ways to read a row, of which is *known* what the filters say.

    Whoever reads rows of the kind, but none of these, finds an empty page. So does, of deleted ones, whoever can never restore any: they
    are not told that there may be.
    """
    read = may_read(model, entity, anonymous)
    if read == FALSE:
        return ()
    wanted = may_restore(model, entity, anonymous) if deleted else read
    return branches(assume(wanted, known)) or (FALSE,)


def plan_result(model: Model, entity: Entity, select: Selection, anonymous: bool) -> ReadPlan:
    """Plan how a written row is answered: through the caller's own read, as any read."""
    by_id = Compare("==", Path("self", (ID.name,)), Param("id", entity.id_type))
    return _node(model, entity, select, by_id, anonymous, needs=(Need("id", entity.id_type),), versioned=True)


def plan_results(model: Model, entity: Entity, select: Selection, anonymous: bool) -> ReadPlan:
    """Plan how rows that an action returns are answered, a batch a statement: their ids are `RESULT_IDS`."""
    by_ids = In(Path("self", (ID.name,)), tuple(Param(name, entity.id_type) for name in RESULT_IDS))
    needs = tuple(Need(name, entity.id_type) for name in RESULT_IDS)
    return _node(model, entity, select, by_ids, anonymous, needs=needs)


def is_row_bound(entity: Entity, out: tuple[Out, ...]) -> bool:
    """Whether the answer changes only with the row's version: then a version makes an ETag (values.md section 1)."""
    return not any(_reaches_out(o.value) for o in out if o.name not in _stored(entity))


def _stored(entity: Entity) -> frozenset[str]:
    return frozenset(f.name for f in entity.all_fields() if f.stored) | {r.column for r in entity.to_one()}


def _reaches_out(expr: Expr) -> bool:
    """Whether *expr* reads other rows or the time."""
    return any(
        isinstance(node, Exists)
        or (isinstance(node, Call) and node.function == "now")
        or (isinstance(node, Path) and (len(node.steps) > 1 or node.var != "self"))
        for node in walk(expr)
    )


def outs(
    model: Model, entity: Entity, fields: tuple[str, ...] | None, anonymous: bool, guards: list[Expr]
) -> Iterator[Out]:
    """The members that a caller of this kind may see, of those chosen; conditions are noted in *guards*."""
    for name, value, type_ in members(entity):
        if fields is None or name in fields:
            visible = may_see(model, entity, name, anonymous)
            if visible == FALSE:
                continue
            yield Out(name, value, type_, _guard(guards, visible))


def _guard(guards: list[Expr], visible: Expr) -> int:
    """The place of *visible* among *guards*, from 1; fields with one condition share one flag."""
    if visible == TRUE:
        return 0
    if visible not in guards:
        guards.append(visible)
    return guards.index(visible) + 1


def _include(model: Model, entity: Entity, include: Include, anonymous: bool) -> IncludePlan | None:
    relation = entity.relation(include.relation)
    assert relation is not None  # checked when the operation was made
    target = model.entity(relation.target)
    order = ends_in_id(include.order) if relation.kind == "to_many" else ()
    where = _sees_order(model, target, include.order, anonymous)
    node = _node(
        model,
        target,
        include.select,
        where,
        anonymous,
        order=order,
        seek=include.seek,
        limit=include.limit,
        needs=seek_needs(target, order, include.seek, include.mark),
        mark=include.mark,
    )
    # Nobody to see behind a to-one relation: the member is absent. Behind a to-many one there is an empty list, as for anyone who
    # may read none of its rows.
    return (
        None
        if node.is_never and relation.kind == "to_one"
        else IncludePlan(relation, node, include.name or relation.name)
    )


def _sees_order(model: Model, entity: Entity, order: tuple[OrderKey, ...], anonymous: bool) -> Expr:
    """An order tells of its fields, and so does a page token: rows on which the caller does not see them are left out."""
    return both(*(may_see(model, entity, key.member, anonymous) for key in order))


def _sees_words(model: Model, entity: Entity, query: Query, anonymous: bool) -> Expr:
    """Words tell of their fields: where the caller does not see one of these, nothing is found."""
    return both(*(may_see(model, entity, name, anonymous) for name in query.text))
