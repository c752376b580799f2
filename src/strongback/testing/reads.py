"""Cases of reading: one row, lists, filters, orders, pages, counts, relations, tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.model.query import Query
from strongback.model.wire import orders_of
from strongback.plan.asked import Asked, SelectAsk, Target
from strongback.testing.asks import PLAIN, Asking
from strongback.testing.matrix import Case, Matrix, Said
from strongback.testing.oracle import Caller, Instance, Item
from strongback.testing.searches import Searching, make_search

WRONG = Fault("SB204", "is not known here", "permissions")
PAGE, PAGES = 2, 60
IDS = SelectAsk(fields=("id",))


async def check_get(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """One row by its id."""
    oracle = matrix.oracle
    id_, row = matrix.pick(entity, caller)
    faults = (WRONG,) if matrix.asks.chance(0.04) else ()
    asked = Asked(Target(entity.name, "get", "get"), matrix.spell(id_, row), matrix.asks.select(entity), faults=faults)
    case = Case(matrix, caller, asked)
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[id_], caller)
    said = await matrix.ask(asked, caller)
    read = oracle.grants.access(entity.name, "read")
    if not oracle.might((read,), caller):
        case.is_at(said, "401")
    elif row is None or not oracle.reads(row, caller):
        case.is_at(said, "404")
    elif faults:
        case.is_at(said, "422")
    elif case.is_at(said, "ok"):
        item = oracle.item(oracle.objects[id_], asked.select, caller)
        case.same(said.item, item)
        await _check_tag(case, said, item)


async def _check_tag(case: Case, said: Said, item: Item) -> None:
    """A tag stands for one content: whoever holds it has seen just this."""
    assert said.outcome is not None
    matrix, asked, tag = case.matrix, case.asked, said.outcome.etag
    if not tag:
        return
    key = (item_id(asked), repr(asked.select), tag)
    before = matrix.tags.setdefault(key, item)
    if before != item:
        case.find("leak", f"another tag than {tag} for another content: {before}", item)
    for other, content in [(k[2], c) for k, c in matrix.tags.items() if k[:2] == key[:2]][:3]:
        again = await matrix.ask(replace(asked, if_none_match=(other,)), case.caller)
        again_case = Case(matrix, case.caller, asked, f"If-None-Match {other}", case.roles)
        again_case.is_at(again, "304" if other == tag and content == item else "ok")


def item_id(asked: Asked) -> Any:
    return asked.id


async def check_list(matrix: Matrix, entity: Entity, query: Query, caller: Caller) -> None:
    """One page, filtered and ordered, perhaps counted."""
    asks, oracle = matrix.asks, matrix.oracle
    filters, order, select = _page(matrix, entity, query)
    search = search_of(matrix, entity, query)
    faults = (WRONG,) if asks.chance(0.03) else ()
    asked = Asked(
        Target(entity.name, "list", query.name),
        select=select,
        filters=tuple(each.ask() for each in filters),
        sort=order,
        count=asks.chance(0.2),
        text=None if search is None else search.text,
        faults=faults,
    )
    case = Case(matrix, caller, asked, _spell(filters, order, search))
    said = await matrix.ask(asked, caller)
    used = order or orders_of(entity, query)[0]
    if is_refused(case, said, entity, query):
        return
    rows = expected_rows(matrix, entity, query, (*filters, search), used, caller)
    case.roles = _roles(matrix, entity, rows, caller)
    if case.is_at(said, "ok"):
        page = min(query.page_default, query.page_max)
        case.same_rows(said.items, [oracle.item(row, asked.select, caller) for row in rows[:page]])
        _check_count(case, said, len(rows), page)


def search_of(matrix: Matrix, entity: Entity, query: Query) -> Searching | None:
    oracle = matrix.oracle
    rows = [oracle.objects[row.id] for row in oracle.world.rows.get(entity.name, ())]
    return make_search(query, rows, oracle, matrix.random)


def _page(matrix: Matrix, entity: Entity, query: Query) -> tuple[tuple[Asking, ...], str, SelectAsk]:
    """Filters, an order, or relations; seldom together, since each combination is a statement of its own to compile."""
    asks = matrix.asks
    filters = asks.filters(entity, query, matrix.oracle)
    order = asks.random.choice(["", *orders_of(entity, query)]) if not filters or asks.chance(0.2) else ""
    return filters, order, IDS if filters else PLAIN if order else asks.select(entity)


def _check_count(case: Case, said: Said, rows: int, page: int) -> None:
    assert said.outcome is not None
    if case.asked.count and said.outcome.count != rows:
        more = (said.outcome.count or 0) > rows
        case.find("leak" if more else "refusal", f"count {rows}", f"count {said.outcome.count}")
    if bool(said.outcome.next_page_token) is not (rows > page):
        case.find("leak" if rows <= page else "refusal", f"{rows} rows in all", "the page's token says otherwise")


def is_refused(case: Case, said: Said, entity: Entity, query: Query) -> bool:
    """
    Judge a list that its caller may not have at all, or that has faults.

    A filter or an order by what the caller never sees is none: it finds no row, as it finds none where a role hides the value.
    """
    caller, oracle = case.caller, case.matrix.oracle
    granted = (oracle.grants.access(entity.name, "read"), oracle.grants.query(entity.name, query.name))
    if not oracle.might(granted, caller):
        case.is_at(said, "401")
        return True
    if case.asked.faults:
        case.is_at(said, "422")
        return True
    return False


def expected_rows(
    matrix: Matrix,
    entity: Entity,
    query: Query,
    conditions: Sequence[Asking | Searching | None],
    order: str,
    caller: Caller,
) -> list[Instance]:
    """The rows of a list, in order."""
    oracle = matrix.oracle
    rows = oracle.listed(entity.name, query.name, order, caller)
    return [row for row in rows if all(each is None or each.matches(oracle, row, caller) for each in conditions)]


def _roles(matrix: Matrix, entity: Entity, rows: list[Instance], caller: Caller) -> tuple[str, ...]:
    return tuple(dict.fromkeys(role for row in rows for role in matrix.oracle.roles(entity.name, row, caller)))


def _spell(filters: tuple[Asking, ...], order: str, search: Searching | None) -> str:
    searched = [] if search is None else [str(search)]
    return "&".join([*searched, *map(str, filters), *([f"sort={order}"] if order else [])])


async def check_walk(matrix: Matrix, entity: Entity, query: Query, caller: Caller) -> None:
    """All pages of a list, one after another: every row once."""
    asks, oracle = matrix.asks, matrix.oracle
    filters = asks.filters(entity, query, oracle)[:1] if asks.chance(0.3) else ()
    order = asks.random.choice(orders_of(entity, query))
    search = search_of(matrix, entity, query)
    asked = Asked(
        Target(entity.name, "list", query.name),
        filters=tuple(f.ask() for f in filters),
        sort=order,
        page_size=PAGE if search is None else 1,  # few rows have a word
        text=None if search is None else search.text,
    )
    case = Case(matrix, caller, asked, f"page by page {_spell(filters, order, search)}")
    said = await matrix.ask(asked, caller)
    if is_refused(case, said, entity, query):
        return
    rows = expected_rows(matrix, entity, query, (*filters, search), order, caller)
    case.roles = _roles(matrix, entity, rows, caller)
    if case.is_at(said, "ok"):
        got = await _walk(case, said)
        case.same_rows(got, [oracle.item(row, PLAIN, caller) for row in rows])


async def _walk(case: Case, said: Said) -> list[Item]:
    """The rows of every page; on the way the token is tried as somebody else, and with another order."""
    got = said.items
    for _ in range(PAGES):
        token = said.outcome.next_page_token if said.outcome is not None else ""
        if not token:
            break
        asked = replace(case.asked, page_token=token)
        if case.matrix.asks.chance(0.4):
            await _as_another(case, asked)
        if asked.text is not None:
            await _of_another_search(case, asked)
        said = await case.matrix.ask(asked, case.caller)
        if not case.stands(said, "ok"):
            break
        got += said.items
    return got


async def _of_another_search(case: Case, asked: Asked) -> None:
    """A page token is good for the search it was made for."""
    other = replace(asked, text=f"{asked.text} more")
    said = await case.matrix.ask(other, case.caller)
    Case(case.matrix, case.caller, other, "with a page token of another search").is_at(said, "422")


async def _as_another(case: Case, asked: Asked) -> None:
    """A page token is good for the caller it was made for, and for nobody else."""
    others = [each for each in case.matrix.oracle.callers() if each.actor != case.caller.actor]
    if not others:
        return
    other = case.matrix.random.choice(others)
    said = await case.matrix.ask(asked, other)
    Case(case.matrix, other, asked, f"with a page token of {case.caller.label}").is_at(said, "422", "401")
