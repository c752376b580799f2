"""Cases of writing: create, update, delete and actions. Nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from strongback.declare.permission import Permission
from strongback.errors import Fault
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.key import Id, id_of_type, wire_id
from strongback.model.wire import argument_name, arguments_of, required, writable
from strongback.plan.asked import Asked, SelectAsk, Target
from strongback.plan.body import defaults_of
from strongback.plan.members import member_type
from strongback.plan.reading import OF_NO_ROW
from strongback.predicate.types import Type, id_of
from strongback.testing.asks import json_body
from strongback.testing.matrix import Case, Matrix, Said
from strongback.testing.oracle import Caller, Instance
from strongback.testing.stand_in import returned
from strongback.testing.worlds import RawRow, holds_checks, same_tenant, uniques_of

WRONG = Fault("SB204", "is not known here", "/permissions")


@dataclass(frozen=True, slots=True)
class _References:
    """
    What a body refers to.

    Attributes:
        unreadable: Columns whose row the caller may not read, or that is not there.
        absent: Columns whose row is not there at all.
    """

    unreadable: tuple[str, ...]
    absent: tuple[str, ...]


async def check_create(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """A row of values drawn at random."""
    oracle = matrix.oracle
    types = writable(entity, create=True)
    given = {
        name: matrix.asks.value(entity.name, name, type_, oracle)
        for name, type_ in types.items()
        if name in required(entity) or matrix.asks.chance(0.7)
    }
    values = {**defaults_of(entity), **given}
    faults = (WRONG,) if matrix.asks.chance(0.05) else ()
    asked = Asked(
        Target(entity.name, "create", "create"),
        select=matrix.asks.select(entity),
        body=json_body(types, given),
        faults=faults,
    )
    case = Case(matrix, caller, asked)
    said = await matrix.ask(asked, caller)
    allow = oracle.grants.access(entity.name, "create")
    if not oracle.might((allow,), caller):
        case.is_at(said, "401")
        return
    refers = references(matrix, targets(entity, given), given, caller)
    if refers.unreadable:
        await _check_unreadable(case, said, refers, ("403", "422"))
        return
    new = oracle.draft(entity, given.get("id") or matrix.asks.unknown(entity.id_type, oracle), values)
    case.roles = oracle.roles(entity.name, new, caller)
    if not oracle.holds(allow, new, caller):
        case.is_at(said, "403")
    elif faults:
        case.is_at(said, "422")
    elif case.is_at(said, *broken_constraints(matrix, entity, values, None)) and said.outcome is not None:
        _check_created(case, said, entity, values)


def _check_created(case: Case, said: Said, entity: Entity, values: Mapping[str, Any]) -> None:
    assert said.outcome is not None
    oracle = case.matrix.oracle
    new = oracle.draft(entity, id_of_type(entity.id_type, said.outcome.id), values)
    with oracle.with_row(new):
        _check_result(case, said, new)


def _check_result(case: Case, said: Said, row: Instance) -> None:
    """A written row is answered through the caller's own read."""
    oracle = case.matrix.oracle
    readable = oracle.may("read", row, case.caller)
    case.same(said.item, oracle.item(row, case.asked.select, case.caller) if readable else None)


def targets(entity: Entity, given: Mapping[str, Any]) -> Mapping[str, str]:
    return {relation.column: relation.target for relation in entity.to_one() if relation.column in given}


def references(matrix: Matrix, targets: Mapping[str, str], given: Mapping[str, Any], caller: Caller) -> _References:
    there = matrix.oracle.world.by_id
    named = {column: given[column] for column in targets if given[column] is not None}
    absent = tuple(column for column, id_ in named.items() if id_ not in there)
    hidden = (c for c, id_ in named.items() if id_ in there and not matrix.oracle.reads(there[id_], caller))
    return _References((*absent, *hidden), absent)


async def _check_unreadable(case: Case, said: Said, refers: _References, places: tuple[str, ...]) -> None:
    """A row the caller may not read is as if it did not exist: refused, and in the very words of an id of nothing."""
    if not case.is_at(said, *places):
        return
    hidden = [column for column in refers.unreadable if column not in refers.absent]
    if hidden:
        entity, matrix = case.matrix.oracle.model.entity(case.asked.target.entity), case.matrix
        nothing = {
            column: wire_id(matrix.asks.unknown(_id_type(entity, case.asked, column), matrix.oracle))
            for column in hidden
        }
        asked = replace(case.asked, body={**(case.asked.body or {}), **nothing})
        again = await case.matrix.ask(asked, case.caller)
        if again.told != said.told:
            case.find("leak", f"the same as for an id of nothing: {again.told}", said.told)


def _id_type(entity: Entity, asked: Asked, column: str) -> Type:
    """The type of the ids that the member or argument *column* of a body takes."""
    action = entity.action(asked.target.name) if asked.target.kind == "action" else None
    return id_of(arguments_of(action)[column].type) if action is not None else member_type(entity, column)


def broken_constraints(
    matrix: Matrix, entity: Entity, values: Mapping[str, Any], row: RawRow | None
) -> tuple[str, ...]:
    """Where a permitted write ends: done, or at the constraint that the new row breaks."""
    broken = {*_broken_uniques(matrix, entity, values, row), *_broken_tenants(matrix, entity, values, row)}
    seen = RawRow(entity.name, OF_NO_ROW, dict(values), matrix.oracle.world.now, matrix.oracle.world.now)
    if not holds_checks(entity, seen):
        broken.add("409")
    return tuple(broken) or ("ok",)


def _broken_uniques(matrix: Matrix, entity: Entity, values: Mapping[str, Any], row: RawRow | None) -> Iterator[str]:
    others = [
        each
        for each in matrix.oracle.world.rows.get(entity.name, ())
        if each is not row and not (entity.soft_delete and each.deleted)
    ]
    if row is None and values.get("id") in [each.id for each in others]:
        yield "409"
    for unique in uniques_of(entity):
        key = unique.key(values)
        if key is not None and any(unique.key(each.values) == key for each in others):
            yield "409"


def _broken_tenants(matrix: Matrix, entity: Entity, values: Mapping[str, Any], row: RawRow | None) -> Iterator[str]:
    """References never cross tenants."""
    there = matrix.oracle.world.by_id
    for relation in entity.to_one():
        id_ = values.get(relation.column)
        if id_ is None or not same_tenant(matrix.oracle.model, entity, relation):
            continue
        if entity.tenant[0] != relation.name and there[id_].tenant != _tenant(matrix, entity, values, row):
            yield "422"


def _tenant(matrix: Matrix, entity: Entity, values: Mapping[str, Any], row: RawRow | None) -> Id | None:
    return row.tenant if row is not None else tenant_of_new(matrix, entity, values)


def tenant_of_new(matrix: Matrix, entity: Entity, values: Mapping[str, Any]) -> Id | None:
    """The tenant of a row that would hold *values*."""
    first = values[f"{entity.tenant[0]}_id"]
    return first if len(entity.tenant) == 1 else matrix.oracle.world.by_id[first].tenant


async def check_update(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """Some members of a row changed, perhaps of a version that is long gone."""
    oracle = matrix.oracle
    types = writable(entity, create=False)
    id_, row = matrix.pick(entity, caller)
    given = changes(matrix, entity, types)
    stale = matrix.asks.chance(0.08)
    asked = Asked(
        Target(entity.name, "update", "update"),
        matrix.spell(id_, row),
        matrix.asks.select(entity),
        body=json_body(types, given),
        if_match=versions_of(matrix, entity, row, stale),
        faults=(WRONG,) if matrix.asks.chance(0.05) else (),
    )
    case = Case(matrix, caller, asked, f"If-Match {asked.if_match}" if asked.if_match else "")
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[id_], caller)
    said = await matrix.ask(asked, caller)
    if stops_at_row(case, said, entity, row, oracle.grants.access(entity.name, "update")):
        return
    assert row is not None
    if not all(oracle.sees(oracle.objects[id_], name, caller) for name in given):
        case.is_at(said, "403")
        return
    refers = references(matrix, targets(entity, given), given, caller)
    if asked.faults:
        case.is_at(said, "422")
    elif entity.conditional_writes and asked.if_match is None:
        case.is_at(said, "428")
    elif refers.unreadable:
        await _check_unreadable(case, said, refers, ("422",))
    elif stale:
        crosses = any(_broken_tenants(matrix, entity, {**row.values, **given}, row))
        case.is_at(said, "422" if crosses else "412")
    else:
        _check_changed(case, said, entity, row, given)


def changes(matrix: Matrix, entity: Entity, types: Mapping[str, Type]) -> dict[str, Any]:
    names = [name for name in types if matrix.asks.chance(0.1)] if matrix.asks.chance(0.2) else []
    names = names or ([matrix.random.choice(list(types))] if types else [])
    return {name: matrix.asks.value(entity.name, name, types[name], matrix.oracle) for name in names}


def versions_of(matrix: Matrix, entity: Entity, row: RawRow | None, stale: bool) -> tuple[str, ...] | None:
    """The versions that a write accepts, or None."""
    version = row.version if row is not None else 1
    if stale:
        return (str(version + 7),)
    if not entity.managed:
        return ("*",) if matrix.asks.chance(0.1) else None
    return (str(version),) if matrix.asks.chance(0.8 if entity.conditional_writes else 0.1) else None


def stops_at_row(case: Case, said: Said, entity: Entity, row: RawRow | None, allow: Permission) -> bool:
    """Judge what comes before a row's values: 401, 404, 403."""
    oracle, caller = case.matrix.oracle, case.caller
    if not oracle.might((oracle.grants.access(entity.name, "read"), allow), caller):
        case.is_at(said, "401")
    elif row is None or not oracle.reads(row, caller):
        case.is_at(said, "404")
    elif not oracle.holds(allow, oracle.objects[row.id], caller):
        case.is_at(said, "403")
    else:
        return False
    return True


def _check_changed(case: Case, said: Said, entity: Entity, row: RawRow, given: Mapping[str, Any]) -> None:
    oracle = case.matrix.oracle
    values = {**row.values, **given}
    held = oracle.objects[row.id]
    ends = broken_constraints(case.matrix, entity, values, row)
    with oracle.with_changes(held, given):
        if not oracle.may_change(held, given, case.caller):
            # The store may find the broken constraint first.
            case.is_at(said, "403", *(place for place in ends if place != "ok"))
        elif case.is_at(said, *ends) and said.outcome is not None:
            _check_result(case, said, held)


async def check_delete(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """A row deleted, perhaps of a version that is long gone."""
    oracle = matrix.oracle
    id_, row = matrix.pick(entity, caller)
    stale = matrix.asks.chance(0.08)
    asked = Asked(
        Target(entity.name, "delete", "delete"),
        matrix.spell(id_, row),
        if_match=versions_of(matrix, entity, row, stale),
    )
    case = Case(matrix, caller, asked, f"If-Match {asked.if_match}" if asked.if_match else "")
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[id_], caller)
    said = await matrix.ask(asked, caller)
    if stops_at_row(case, said, entity, row, oracle.grants.access(entity.name, "delete")):
        return
    if entity.conditional_writes and asked.if_match is None:
        case.is_at(said, "428")
    elif stale:
        case.is_at(said, "412")
    elif entity.soft_delete or not is_referred_to(matrix, id_):
        case.is_at(said, "ok")
    else:
        case.is_at(said, "ok", "409")


def is_referred_to(matrix: Matrix, id_: Id) -> bool:
    for row in matrix.oracle.world.all():
        columns = (relation.column for relation in matrix.oracle.model.entity(row.entity).to_one())
        if row.id != id_ and any(row.values[column] == id_ for column in columns):
            return True
    return False


async def check_action(matrix: Matrix, entity: Entity, action: Action, caller: Caller) -> None:
    """An action up to where the team's own code would run."""
    oracle = matrix.oracle
    id_, row = matrix.pick(entity, caller) if action.on == "row" else (None, None)
    types = {argument_name(p.name, p.type): p.type for p in action.parameters}
    given = {name: matrix.asks.value(entity.name, name, type_, oracle) for name, type_ in types.items()}
    asked = Asked(
        Target(entity.name, "action", action.name),
        matrix.spell(id_, row) if id_ is not None else None,
        matrix.asks.select(oracle.model.entity(action.returns_entity)) if action.returns_entity else SelectAsk(),
        body=json_body(types, given),
        faults=(WRONG,) if matrix.asks.chance(0.05) else (),
    )
    answered = _answered(matrix, action)
    case = Case(matrix, caller, asked, f"returns {answered}" if answered else "")
    token = returned.set(answered)
    said = await matrix.ask(asked, caller)
    returned.reset(token)
    allow = oracle.grants.action(entity.name, action.name)
    if action.on == "row":
        case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[row.id], caller)
        if stops_at_row(case, said, entity, row, allow):
            return
    elif not oracle.might((allow,), caller) or not oracle.holds(allow, None, caller):
        case.is_at(said, "403" if oracle.might((allow,), caller) else "401")
        return
    named = {name: type_.target for name, type_ in types.items() if type_.kind == "ref"}
    refers = references(matrix, named, given, caller)
    if asked.faults:
        case.is_at(said, "422")
    elif refers.unreadable:
        await _check_unreadable(case, said, refers, ("422",))
    elif case.is_at(said, "ok") and said.outcome is not None:
        _check_returned(case, said, action, answered)


def _answered(matrix: Matrix, action: Action) -> tuple[Id, ...]:
    """Rows that the stand-in for the team's method returns, whoever may read them."""
    rows = matrix.oracle.world.rows.get(action.returns_entity, []) if action.returns_entity else []
    return tuple(matrix.random.choice(rows).id for _ in range(3 if action.returns_many else 1)) if rows else ()


def _check_returned(case: Case, said: Said, action: Action, answered: tuple[Id, ...]) -> None:
    """What an action returns is answered through the caller's own read; where there is none, of a list by its id."""
    oracle, caller = case.matrix.oracle, case.caller
    seen = {
        id_: oracle.item(oracle.objects[id_], case.asked.select, caller)
        for id_ in answered
        if oracle.reads(oracle.world.by_id[id_], caller)
    }
    if action.returns_many:
        case.same_rows(said.items, [seen.get(id_, {"id": wire_id(id_)}) for id_ in answered])
    elif answered:
        case.same(said.item, seen.get(answered[0]))
