"""Cases of reading what a row was: its versions, and the one that was current at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from strongback.errors import Fault
from strongback.model.entity import Entity
from strongback.plan.asked import Asked, SelectAsk, Target
from strongback.store.sql.wire import utc_text
from strongback.testing.matrix import Case, Matrix, Said
from strongback.testing.oracle import Caller, Item
from strongback.testing.worlds import KeptVersion, RawRow

WRONG = Fault("SB204", "is not known here", "permissions")
PAGE, PAGES = 2, 20
EVERYTHING = SelectAsk()


async def check_history(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """All versions of a row, page by page."""
    id_, row = matrix.pick(entity, caller)
    faults = (WRONG,) if matrix.asks.chance(0.04) else ()
    target = Target(entity.name, "history", "history")
    asked = Asked(target, matrix.spell(id_, row), page_size=str(PAGE), faults=faults)
    case = Case(matrix, caller, asked)
    said = await matrix.ask(asked, caller)
    if _is_refused(case, said, row) or row is None:
        return
    found = said.items
    while said.outcome is not None and said.outcome.next_page_token and len(found) < PAGE * PAGES:
        token = said.outcome.next_page_token
        said = await matrix.ask(Asked(target, asked.id, page_size=str(PAGE), page_token=token), caller)
        found += said.items
    case.same_rows([_numbered(each) for each in found], _versions(matrix, row, caller, found))


async def check_as_of(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """A row as it was at a time at or beside one of its changes."""
    id_, row = matrix.pick(entity, caller)
    at = _time(matrix, row)
    faults = (WRONG,) if matrix.asks.chance(0.04) else ()
    target = Target(entity.name, "as_of", "as_of")
    asked = Asked(target, matrix.spell(id_, row), _fields(matrix, entity), as_of=utc_text(at), faults=faults)
    case = Case(matrix, caller, asked, f"as_of={at}")
    said = await matrix.ask(asked, caller)
    known = [] if row is None else [kept for kept in row.versions if kept.at <= at]
    shown = (
        row is not None and bool(known) and known[-1].change != "delete" and _is_shown(matrix, row, known[-1], caller)
    )
    if _is_refused(case, said, row, otherwise="ok" if shown else "404") or row is None or not shown:
        return
    case.same(said.item, _item(matrix, row, known[-1], caller, said.item, asked.select))


async def check_restore(matrix: Matrix, entity: Entity, caller: Caller) -> None:
    """A deleted row brought back. Whoever may not, is not told that it is there."""
    oracle = matrix.oracle
    id_, row = matrix.pick(entity, caller)
    asked = Asked(Target(entity.name, "restore", "restore"), matrix.spell(id_, row))
    case = Case(matrix, caller, asked)
    case.roles = () if row is None else oracle.roles(entity.name, oracle.objects[id_], caller)
    said = await matrix.ask(asked, caller)
    if not oracle.might([oracle.grants.access(entity.name, what) for what in ("read", "restore")], caller):
        case.is_at(said, "401")
    elif row is None or not oracle.may("read", oracle.objects[id_], caller):
        case.is_at(said, "404")
    elif not oracle.may("restore", oracle.objects[id_], caller):
        case.is_at(said, "404" if row.deleted else "403")
    else:
        case.is_at(said, "ok" if row.deleted else "409")


def _is_refused(case: Case, said: Said, row: RawRow | None, otherwise: str = "ok") -> bool:
    """Whether the request ended before there was anything to compare; where it should have ended, or not, is judged here."""
    caller, oracle = case.caller, case.matrix.oracle
    entity = case.asked.target.entity
    case.roles = () if row is None else oracle.roles(entity, oracle.objects[row.id], caller)
    permissions = [oracle.grants.access(entity, what) for what in ("read", "history")]
    if not oracle.might(permissions, caller):
        place = "401"
    elif row is None or not oracle.reads(row, caller):
        place = "404"
    elif not oracle.may("history", oracle.objects[row.id], caller):
        place = "403"
    else:
        place = "422" if case.asked.faults else otherwise
    return not case.is_at(said, place) or place != "ok"


def _fields(matrix: Matrix, entity: Entity) -> SelectAsk:
    """Some members of a row; what it is related to is not to be had of earlier times."""
    return SelectAsk(fields=matrix.asks.select(entity).fields)


def _time(matrix: Matrix, row: RawRow | None) -> datetime:
    """A time when something happened to the row, or just before."""
    times = [kept.at for kept in row.versions] if row is not None else []
    return matrix.random.choice(times or [matrix.oracle.world.now]) - matrix.random.choice((0, 1)) * timedelta(
        seconds=1
    )


def _is_shown(matrix: Matrix, row: RawRow, kept: KeptVersion, caller: Caller) -> bool:
    """Whether the version's own values let the caller in, as those of now do."""
    then = matrix.oracle.as_kept(row, kept)
    return matrix.oracle.may("read", then, caller) and matrix.oracle.may("history", then, caller)


def _versions(matrix: Matrix, row: RawRow, caller: Caller, found: list[Item]) -> list[Item]:
    """What *caller* should see of the versions, the newest first."""
    rows = {item["version"]: item["row"] for item in found}
    shown = [kept for kept in reversed(row.versions) if _is_shown(matrix, row, kept, caller)]
    return [
        {
            "id": kept.version,
            "at": utc_text(kept.at),
            "change": kept.change,
            "by": None,
            "row": _item(matrix, row, kept, caller, rows.get(kept.version)),
        }
        for kept in shown
    ]


def _numbered(item: Item) -> Item:
    """A version under the name by which items of a list are known."""
    return {"id": item["version"], **{name: value for name, value in item.items() if name != "version"}}


def _item(
    matrix: Matrix, row: RawRow, kept: KeptVersion, caller: Caller, got: Any, select: SelectAsk = EVERYTHING
) -> Item:
    """A version as *caller* should see it. Whether a computed member is of the row alone is not said here: it may be left out."""
    oracle, entity = matrix.oracle, matrix.oracle.model.entity(row.entity)
    now, then = oracle.objects[row.id], oracle.as_kept(row, kept)
    item = oracle.item(then, select, caller)
    computed = {field.name for field in entity.fields if not field.stored}
    return {
        name: value
        for name, value in item.items()
        if oracle.sees(now, name, caller) and (name not in computed or name in (got or {}))
    }
