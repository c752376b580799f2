"""Aggregates, judged by plain Python over the rows that the team's own functions let the caller see."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import msgspec
from msgspec.structs import replace

from strongback.contract.aggregates import measures_of
from strongback.model.aggregate import AVERAGE_DIGITS, grouped
from strongback.model.entity import Entity
from strongback.model.query import Query
from strongback.plan.asked import Asked, Target
from strongback.plan.members import member_type
from strongback.store.sql.wire import to_wire
from strongback.testing.matrix import Case, Matrix
from strongback.testing.oracle import Caller, Instance, Item
from strongback.testing.reads import WRONG, is_refused, search_of

PAGES = 60


async def check_aggregate(matrix: Matrix, entity: Entity, query: Query, caller: Caller) -> None:
    """Groups of the rows a caller may read, perhaps filtered and searched, a page after another."""
    asks, oracle = matrix.asks, matrix.oracle
    filters, search = asks.filters(entity, query, oracle), search_of(matrix, entity, query)
    keys = grouped(entity, query.group)
    group = tuple(asks.random.sample(keys, asks.random.randint(0, min(2, len(keys)))))
    known = measures_of(entity, query)
    measures = tuple(dict.fromkeys(asks.random.choice(known) for _ in range(3)))
    asked = Asked(
        Target(entity.name, "aggregate", query.name),
        filters=tuple(each.ask() for each in filters),
        page_size=2 if asks.chance(0.5) else None,
        text=None if search is None else search.text,
        group_by=group,
        measures=measures,
        faults=(WRONG,) if asks.chance(0.03) else (),
    )
    case = Case(matrix, caller, asked, f"{group} {measures} {'&'.join(map(str, filters))} {search or ''}")
    said = await matrix.ask(asked, caller)
    if is_refused(case, said, entity, query):
        return
    rows = oracle.listed(entity.name, query.name, "id", caller)
    rows = [row for row in rows if all(oracle.sees(row, name, caller) for name in group)]
    rows = [
        row for row in rows if all(each is None or each.matches(oracle, row, caller) for each in (*filters, search))
    ]
    if not case.is_at(said, "ok"):
        return
    got = said.items
    for _ in range(PAGES):
        token = said.outcome.next_page_token if said.outcome is not None else ""
        if not token:
            break
        said = await matrix.ask(replace(asked, page_token=token), caller)
        if not case.stands(said, "ok"):
            break
        got += said.items
    expected = matrix.shown(expected_groups(matrix, entity, rows, group, measures, caller))
    got = matrix.shown(got)
    if got != expected:
        case.find("leak" if len(got) >= len(expected) else "refusal", expected, got)


def expected_groups(
    matrix: Matrix,
    entity: Entity,
    rows: Sequence[Instance],
    group: Sequence[str],
    measures: Sequence[str],
    caller: Caller,
) -> list[Item]:
    """The groups, in the order of their keys, NULL first."""
    oracle = matrix.oracle
    members: dict[tuple[Any, ...], list[Instance]] = {} if group else {(): []}
    for row in rows:
        members.setdefault(tuple(oracle.stored_value(row, name) for name in group), []).append(row)
    ordered = sorted(members, key=lambda key: [(value is not None, 0 if value is None else value) for value in key])
    return [_group(matrix, entity, group, key, members[key], measures, caller) for key in ordered]


def _group(
    matrix: Matrix,
    entity: Entity,
    group: Sequence[str],
    key: tuple[Any, ...],
    rows: Sequence[Instance],
    measures: Sequence[str],
    caller: Caller,
) -> Item:
    made: Item = {name: to_wire(member_type(entity, name), value) for name, value in zip(group, key, strict=True)}
    for each in measures:
        function, _, name = each.partition(".")
        if not name:
            made["count"] = len(rows)
            continue
        oracle = matrix.oracle
        seen = [oracle.stored_value(row, name) for row in rows if oracle.sees(row, name, caller)]
        made.setdefault(function, {})[name] = _measure(entity, function, name, [v for v in seen if v is not None])
    return _plain(made)


def _measure(entity: Entity, function: str, name: str, values: list[Any]) -> Any:
    type_ = member_type(entity, name)
    if not values:
        return None
    if function in ("min", "max"):
        return to_wire(type_, min(values) if function == "min" else max(values))
    scale = type_.scale or 0 if type_.kind == "decimal" else 0
    with localcontext(prec=100):
        whole = sum(map(Decimal, values), Decimal(0))
        if function == "avg":
            whole, scale = whole / len(values), scale + AVERAGE_DIGITS
        return f"{whole.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN):f}"


def _plain(item: Item) -> Item:
    decoded: Item = msgspec.json.decode(msgspec.json.encode(item))
    return decoded
