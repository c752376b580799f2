"""The order in which the changes of one action are written."""

from __future__ import annotations

from typing import Any

import pytest

import strongback as sb
from strongback.engine.changes import Change, Kind, in_order
from strongback.errors import Interlocked
from strongback.tables.make import make_schema


class Desk(sb.Entity):
    number: int = sb.field(unique=True)
    owner: Clerk | None = sb.to_one()
    beside: Desk | None = sb.to_one(on_delete="set_null")
    access = sb.Access(read=sb.EVERYONE)


class Clerk(sb.Entity):
    desk: Desk = sb.to_one()
    chief: Clerk | None = sb.to_one()
    deputy: Clerk | None = sb.to_one()
    access = sb.Access(read=sb.EVERYONE)

    @sb.check(code="nobody_is_alone")
    def has_deputy(self) -> bool:
        return self.deputy is not None


MODEL = sb.load(sb.Service("office", version="1.0.0", rest="/v1", entities=[Desk, Clerk]))
SCHEMA = make_schema(MODEL)


class Row:
    """What an order asks of a row: its id."""

    def __init__(self, id: str) -> None:
        self.id = id


def change(kind: Kind, what: str, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> Change:
    entity, _, id_ = what.partition(" ")
    return Change(kind, MODEL.entity(entity), Row(id_), before or {}, after or {})


def told(*changes: Change) -> list[str]:
    return [f"{c.kind} {c.entity.name} {c.row.id}" for c in in_order(changes, SCHEMA)]


def desk(number: int, **more: Any) -> dict[str, Any]:
    return {"number": number, "owner_id": None, "beside_id": None, **more}


def clerk(desk: str, **more: Any) -> dict[str, Any]:
    return {"desk_id": desk, "chief_id": None, "deputy_id": None, **more}


def test_changes_that_wait_for_nothing_stay_in_their_order() -> None:
    changes = (
        change("insert", "Desk a", after=desk(1)),
        change("insert", "Desk b", after=desk(2)),
        change("update", "Desk c", desk(3), desk(4)),
        change("delete", "Desk d", desk(5)),
    )
    assert told(*changes) == ["insert Desk a", "insert Desk b", "update Desk c", "delete Desk d"]


def test_a_new_row_waits_for_those_it_refers_to() -> None:
    boss = change("insert", "Clerk boss", after=clerk("a", deputy_id="aid"))
    aid = change("insert", "Clerk aid", after=clerk("a"))
    assert told(boss, aid, change("insert", "Desk a", after=desk(1))) == [
        "insert Desk a",
        "insert Clerk aid",
        "insert Clerk boss",
    ]


def test_a_row_that_refers_to_itself_waits_for_nobody() -> None:
    assert told(change("insert", "Clerk a", after=clerk("old", deputy_id="a", chief_id="a"))) == ["insert Clerk a"]


def test_an_optional_reference_in_a_circle_is_filled_in_last() -> None:
    a, b = change("insert", "Desk a", after=desk(1, owner_id="b")), change("insert", "Clerk b", after=clerk("a"))
    ordered = in_order([b, a], SCHEMA)
    assert [(c.kind, c.row.id) for c in ordered] == [("insert", "a"), ("insert", "b"), ("fill", "a")]
    assert a.postponed == {"owner_id"} and ordered[-1].after == {"owner_id": "b"} and b.postponed == set()


def test_nothing_is_postponed_that_only_follows_a_circle() -> None:
    a, b = change("insert", "Desk a", after=desk(1, beside_id="b")), change("insert", "Desk b", after=desk(2))
    b.after = desk(2, beside_id="a")
    after = change("insert", "Desk c", after=desk(3, beside_id="a"))
    in_order([after, a, b], SCHEMA)
    assert after.postponed == set() and a.postponed | b.postponed == {"beside_id"}


def test_a_reference_that_a_check_asks_for_is_never_left_empty() -> None:
    a, b = (change("insert", f"Clerk {x}", after=clerk("d", deputy_id=y)) for x, y in ("ab", "ba"))
    with pytest.raises(Interlocked, match="make Clerk"):
        in_order([a, b], SCHEMA)


def test_who_takes_a_unique_value_waits_for_who_gives_it_up() -> None:
    fresh = change("insert", "Desk new", after=desk(1))
    first, second = change("update", "Desk a", desk(2), desk(3)), change("update", "Desk b", desk(3), desk(4))
    assert told(fresh, first, second, change("delete", "Desk old", desk(1))) == [
        "update Desk b",
        "update Desk a",
        "delete Desk old",
        "insert Desk new",
    ]


def test_rows_that_swap_unique_values_are_interlocked_and_it_is_told_which() -> None:
    with pytest.raises(Interlocked) as refused:
        told(change("update", "Desk a", desk(1), desk(2)), change("update", "Desk b", desk(2), desk(1)))
    assert sorted(refused.value.message.partition(": ")[2].split(", ")) == ["change Desk a", "change Desk b"]


def test_a_row_goes_after_those_that_refer_to_it() -> None:
    desk_, sitting = change("delete", "Desk a", desk(1)), change("delete", "Clerk b", clerk("a"))
    leaving = change("update", "Clerk c", clerk("a"), clerk("z"))
    assert told(desk_, sitting, leaving) == ["delete Clerk b", "update Clerk c", "delete Desk a"]


def test_a_row_need_not_wait_for_references_that_its_deletion_empties() -> None:
    old, new = change("delete", "Desk old", desk(1)), change("insert", "Desk new", after=desk(1))
    moved = change("update", "Desk c", desk(2, beside_id="old"), desk(2, beside_id="new"))
    assert told(new, moved, old) == ["delete Desk old", "insert Desk new", "update Desk c"]


def test_a_row_that_replaces_one_that_others_must_keep_is_interlocked() -> None:
    old, new = change("delete", "Desk old", desk(1)), change("insert", "Desk new", after=desk(1))
    with pytest.raises(Interlocked):
        told(new, change("update", "Clerk c", clerk("old"), clerk("new")), old)


def test_a_long_chain_is_no_matter_of_the_stack() -> None:
    chain = [change("insert", f"Clerk {i}", after=clerk("d", deputy_id=str(i + 1))) for i in range(5_000)]
    assert told(*chain)[0] == "insert Clerk 4999"
