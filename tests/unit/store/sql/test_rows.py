"""Rows become answers, at any depth of includes."""

from __future__ import annotations

import msgspec
import pytest

from strongback.store.sql.rows import Cell, Layout

FINISHED = Cell("jobs", 1, many=True, include=True)
HIDDEN = Cell("note", 2, guard_at=3)


def include(name: str, at: int, layout: Layout, *, many: bool = False) -> Cell:
    return Cell(name, at, layout=layout, many=many, include=True)


def answer(layout: Layout, *row: object) -> object:
    return msgspec.json.decode(msgspec.json.encode(layout.answer(row)))


USER = Layout("User", (Cell("id", 0),))
STAFF = Layout("Membership", (Cell("id", 0), include("user", 1, USER)))


def test_an_include_the_store_finished_passes_through() -> None:
    assert answer(Layout("Company", (Cell("id", 0), FINISHED)), "c", '[{"id":"j"}]') == {
        "id": "c",
        "jobs": [{"id": "j"}],
    }


def test_an_include_in_an_include_is_finished_here_too() -> None:
    layout = Layout("Company", (Cell("id", 0), include("staff", 1, STAFF, many=True)))
    assert answer(layout, "c", '[["m",["u"]],["n",null]]') == {
        "id": "c",
        "staff": [{"id": "m", "user": {"id": "u"}}, {"id": "n"}],
    }


@pytest.mark.parametrize("cells", [(Cell("id", 0), FINISHED), (Cell("id", 0), FINISHED, HIDDEN)])
def test_an_include_the_store_finished_inside_one_finished_here_passes_through(cells: tuple[Cell, ...]) -> None:
    layout = Layout("User", (include("company", 0, Layout("Company", cells)),))
    assert answer(layout, '["c",[{"id":"j"}],"secret",false]') == {"company": {"id": "c", "jobs": [{"id": "j"}]}}
