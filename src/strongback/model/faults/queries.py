"""Queries: filters and orders that exist, fit and have an index."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault, did_you_mean
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.faults.place import fault, place
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.query import Query
from strongback.model.relation import Relation

UNFIT = frozenset({"json", "list", "object", "bytes"})
LARGEST_PAGE = 1_000


def sorted_by(query: Query) -> frozenset[str]:
    """The members that any order of *query* names."""
    return frozenset(key.strip().lstrip("-") for order in query.sort for key in order.split(","))


def query_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        yield from _rates(entity)
        for query in entity.queries:
            yield from _filters(entity, query)
            yield from _filters_behind(model, entity, query)
            yield from _orders(entity, query)
            yield from _waivers(entity, query)
            yield from _sizes(entity, query)


def _filters(entity: Entity, query: Query) -> Iterator[Fault]:
    waived = {waiver.field for waiver in query.waived}
    for name in query.where:
        field = entity.field(name)
        if "." in name:
            continue
        if field is None and name not in {relation.name for relation in entity.to_one()}:
            yield _unknown(entity, query, name, "filters by")
        elif field is not None and not _fits(field):
            message = f"the query `{query.name}` filters by `{name}`, which is {_why(field)}"
            yield fault("SB166", place(entity, query), message)
        elif field is not None and field.pii is not None and field.pii.lookup is None:
            message = f"the query `{query.name}` filters by `{name}`, which is encrypted and cannot be looked up"
            yield fault("SB174", place(entity, query), message, 'write `sb.pii(lookup="exact")`; then `==` works')
        elif name not in indexed(entity) and name not in waived:
            message = f"the query `{query.name}` filters by `{name}`, which has no index"
            hint = f'write `index=True`, or waive it with a reason: `waive={{{name}: "..."}}`'
            yield fault("SB167", place(entity, query), message, hint)


def _filters_behind(model: Model, entity: Entity, query: Query) -> Iterator[Fault]:
    """Filters such as `skills.skill`: the rows behind a to-many relation, one of which has it."""
    relations = {relation.name: relation for relation in entity.to_many()}
    for name in query.where:
        first, behind, member = name.partition(".")
        relation = relations.get(first)
        if not behind or (relation is not None and relation.target not in model.by_name):
            continue
        if relation is None:
            hint = did_you_mean(first, relations) or "the first step of a path is a to-many relation: `skills.skill`"
            message = f"the query `{query.name}` filters by `{name}`, but `{first}` is no to-many relation"
            yield fault("SB166", place(entity, query), message, hint)
        else:
            yield from _filter_behind(model.entity(relation.target), relation, member, name, place(entity, query))


def _filter_behind(target: Entity, relation: Relation, member: str, name: str, where: str) -> Iterator[Fault]:
    field, one = target.field(member), {each.name for each in target.to_one()}
    if field is None and member not in one:
        hint = did_you_mean(member, [*(f.name for f in target.all_fields()), *one])
        yield fault("SB166", where, f"`{name}`: `{target.name}` has no `{member}`", hint)
    elif field is not None and (not _fits(field) or field.pii is not None):
        yield fault("SB166", where, f"`{name}` is {_why(field)}")
    elif not _leads(target, relation.inverse, member):
        hint = f"write `sb.Index({relation.inverse}, {member})` in `{target.name}`"
        yield fault(
            "SB167", where, f"no index of `{target.name}` starts with `{relation.inverse}` and `{member}`", hint
        )


def _leads(target: Entity, one: str, other: str) -> bool:
    """Whether an index of *target* starts with both members, in either order: it finds the rows of one row that have it."""
    compounds = (*(u.members for u in target.uniques if u.where is None), *(i.members for i in target.indexes))
    return any({m.lstrip("-") for m in members[:2]} == {one, other} for members in compounds)


def _orders(entity: Entity, query: Query) -> Iterator[Fault]:
    """Each declared order gets an index of its own (tables/make.py), so only what has no order is refused."""
    names = [key.strip().lstrip("-") for order in query.sort for key in order.split(",")]
    for name in names:
        field = entity.field(name)
        if field is None:
            yield _unknown(entity, query, name, "sorts by")
        elif not _fits(field) or field.pii is not None:
            message = f"the query `{query.name}` sorts by `{name}`, which is {_why(field)}"
            yield fault("SB166", place(entity, query), message)
    for name in sorted({name for name in query.sort if query.sort.count(name) > 1}):
        yield fault("SB166", place(entity, query), f"the query `{query.name}` names the order `{name}` twice")
    if not query.sort:
        message = f"the query `{query.name}` has no order"
        yield fault("SB166", place(entity, query), message, 'write `sort=("-created_at",)`')


def _unknown(entity: Entity, query: Query, name: str, verb: str) -> Fault:
    fields = [f.name for f in entity.all_fields()]
    known = fields + [r.name for r in entity.to_one()] if verb == "filters by" else fields
    message = f"the query `{query.name}` {verb} `{name}`, which `{entity.name}` does not have"
    return fault("SB166", place(entity, query), message, did_you_mean(name, known))


def _fits(field: Field) -> bool:
    return field.stored and field.type.kind not in UNFIT


def _why(field: Field) -> str:
    if not field.stored:
        return "computed: no store can search it"
    return "encrypted" if field.pii is not None else f"of type {field.type.kind}"


def indexed(entity: Entity) -> frozenset[str]:
    """The fields and relations that lead an index: declared, of a unique, of a reference, or of a declared order."""
    singles = [f.name for f in entity.all_fields() if f.index or f.unique or _looked_up(f)]
    references = [r.name for r in entity.to_one()]
    compounds = [u.members for u in entity.uniques if u.where is None] + [i.members for i in entity.indexes]
    firsts = [members[0].lstrip("-") for members in compounds if members]
    orders = [order.split(",")[0].strip().lstrip("-") for query in entity.queries for order in query.sort]
    return frozenset((*singles, *references, *firsts, *orders))


def _looked_up(field: Field) -> bool:
    """A blind index is there to be searched, so it always has an index (tables/make.py)."""
    return field.pii is not None and field.pii.lookup == "exact"


def _waivers(entity: Entity, query: Query) -> Iterator[Fault]:
    for waiver in query.waived:
        if waiver.field not in query.where and waiver.field not in sorted_by(query):
            message = f"the query `{query.name}` waives the index of `{waiver.field}`, which it does not use"
            yield fault("SB167", place(entity, query), message, did_you_mean(waiver.field, query.where))
        elif not waiver.reason.strip():
            message = f"the query `{query.name}` waives the index of `{waiver.field}` without a reason"
            yield fault("SB167", place(entity, query), message, "say why the table stays small, or who asks so rarely")


def _sizes(entity: Entity, query: Query) -> Iterator[Fault]:
    if not 1 <= query.page_default <= query.page_max <= LARGEST_PAGE:
        message = f"the query `{query.name}` has pages of {query.page_default}, at most {query.page_max} rows"
        yield fault("SB168", place(entity, query), message, f"1 <= page_default <= page_max <= {LARGEST_PAGE}")


def _rates(entity: Entity) -> Iterator[Fault]:
    items: tuple[Query | Action, ...] = (*entity.queries, *entity.actions)
    for item in items:
        if item.rate is not None and (item.rate.count < 1 or item.rate.per_s < 1):
            yield fault("SB168", place(entity, item), f"`{item.name}` has a rate that lets nothing through")
