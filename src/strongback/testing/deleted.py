"""Cases of reading deleted rows: they are there for whoever may restore them, and for nobody else."""

from __future__ import annotations

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.query import Query
from strongback.model.wire import orders_of
from strongback.plan.asked import Asked, Target
from strongback.testing.matrix import Case, Matrix
from strongback.testing.oracle import Caller, Instance

WRONG = Fault("SB204", "is not known here", "permissions")


async def check_deleted(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """One deleted row by its id; a row that is not deleted is not there."""
    oracle = matrix.oracle
    id_, row = matrix.pick(entity, caller)
    faults = (WRONG,) if matrix.asks.chance(0.04) else ()
    target, select = Target(entity.name, "get", "get"), matrix.asks.select(entity)
    asked = Asked(target, matrix.spell(id_, row), select, deleted=True, faults=faults)
    case = Case(matrix, caller, asked, "deleted")
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[id_], caller)
    said = await matrix.ask(asked, caller)
    if not oracle.might([oracle.grants.access(entity.name, "read")], caller):
        case.is_at(said, "401")
    elif row is None or not oracle.restores(row, caller):
        case.is_at(said, "404")
    elif faults:
        case.is_at(said, "422")
    elif case.is_at(said, "ok"):
        case.same(said.item, oracle.item(oracle.objects[id_], select, caller))


async def check_deleted_list(matrix: Matrix, entity: Entity, query: Query, caller: Caller) -> None:
    """The deleted rows that the caller may restore, a page of them, filtered and counted."""
    asks, oracle = matrix.asks, matrix.oracle
    filters = asks.filters(entity, query, oracle)[:1]
    order = asks.random.choice(orders_of(entity, query))
    target = Target(entity.name, "list", query.name)
    asked = Asked(target, filters=tuple(f.ask() for f in filters), sort=order, count=asks.chance(0.3), deleted=True)
    case = Case(matrix, caller, asked, f"deleted {' '.join(map(str, filters))}")
    said = await matrix.ask(asked, caller)
    granted = [oracle.grants.access(entity.name, "read"), oracle.grants.query(entity.name, query.name)]
    if not oracle.might(granted, caller):
        case.is_at(said, "401")
        return
    found = [
        row
        for row in _rows(matrix, entity, query, order, caller)
        if all(f.matches(oracle, row, caller) for f in filters)
    ]
    if case.is_at(said, "ok"):
        page = min(query.page_default, query.page_max)
        case.same_rows(said.items, [oracle.item(row, asked.select, caller) for row in found[:page]])
        if asked.count and said.outcome is not None and said.outcome.count != len(found):
            case.find("leak", f"count {len(found)}", f"count {said.outcome.count}")


def _rows(matrix: Matrix, entity: Entity, query: Query, order: str, caller: Caller) -> list[Instance]:
    oracle, allow = matrix.oracle, matrix.oracle.grants.query(entity.name, query.name)
    kept = [raw for raw in oracle.world.rows.get(entity.name, ()) if oracle.restores(raw, caller)]
    rows = [oracle.objects[raw.id] for raw in kept]
    shown = [row for row in rows if oracle.holds(allow, row, caller) and oracle.sees_order(row, order, caller)]
    return oracle.ordered(shown, order)
