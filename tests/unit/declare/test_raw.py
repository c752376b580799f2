"""Raw SQL is a literal with places: what is given to a place is bound, never pasted."""

from __future__ import annotations

from typing import Any

import pytest

import strongback as sb
from strongback.declare.raw import RawSqlWrong, TableOf, Value, check_statement, sql
from strongback.declare.raw_use import fetches
from tests.services.notes import Note


def faults(call: Any) -> str:
    with pytest.raises(RawSqlWrong) as caught:
        call()
    return "; ".join(caught.value.faults)


def test_a_value_becomes_a_part_of_its_own() -> None:
    assert sql("SELECT {a}", a="'; DROP TABLE x").parts == ("SELECT ", Value("'; DROP TABLE x"), "")


def test_an_entity_becomes_the_name_of_its_table() -> None:
    assert TableOf("Note") in sql("SELECT 1 FROM {note}", note=Note).parts


def test_a_fragment_keeps_its_values() -> None:
    inner = sql("a = {x}", x=1)
    assert [each for each in sql("SELECT 1 WHERE {inner}", inner=inner).parts if isinstance(each, Value)] == [Value(1)]


def test_a_list_is_one_place_for_each_value_and_an_empty_one_is_a_set_of_nothing() -> None:
    two = sql("x IN {ids}", ids=[1, 2]).parts
    assert "".join(part if isinstance(part, str) else "?" for part in two) == "x IN (?, ?)"
    assert "(SELECT NULL WHERE 1 = 0)" in sql("x IN {ids}", ids=[]).parts


def test_braces_are_doubled_and_one_semicolon_may_end_a_statement() -> None:
    assert "".join(map(str, sql("SELECT '{{' || {{}};").parts)) == "SELECT '{{' || {}"


def test_text_that_is_put_together_is_refused() -> None:
    city = "Oslo' OR 1 = 1 --"
    assert "put together" in faults(lambda: sql(f"SELECT 1 WHERE city = '{city}'"))  # type: ignore[arg-type]
    assert "put together" in faults(lambda: sql("SELECT " + city))  # type: ignore[arg-type]
    assert "put together" in faults(lambda: sql(f"SELECT {city}"))  # type: ignore[arg-type]


def test_all_faults_are_told_at_once() -> None:
    told = faults(lambda: sql("SELECT {sttaus}, '{name}', $1; SELECT 2", status="open", name="x"))
    for each in (
        "{sttaus}",
        "did you mean `status`",
        "`status` has no place",
        "inside '{name}'",
        "`$1`",
        "more than one",
    ):
        assert each in told, told


@pytest.mark.parametrize(
    "ours", ["SELECT a::text", "SELECT a[1:2]", "SELECT 'a ? b'", "SELECT 1 -- what?", 'SELECT "a:b"']
)
def test_what_only_looks_like_a_placeholder_of_a_driver_is_left_alone(ours: str) -> None:
    from strongback.declare.raw import _faults

    assert list(_faults(ours, {}, (ours,))) == []


@pytest.mark.parametrize("text", ["COMMIT", "DROP TABLE x", "/* select */ PRAGMA foreign_keys = OFF", ""])
def test_what_is_no_statement_of_rows_is_refused(text: str) -> None:
    with pytest.raises(RawSqlWrong):
        check_statement(sb.Sql((text,)))


def test_a_value_stands_in_no_repr() -> None:
    assert "secret" not in repr(sql("SELECT {a}", a="secret"))


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("await db.get(Job, 1)", False),
        ("await db.as_actor.find(Job)", False),
        ("db.delete(job)", False),
        ("await db.fetch(q)", True),
        ("await db.as_actor.fetch(q)", True),
        ("await report(db)", True),
        ("mine = db", True),
        ("getattr(db, 'fetch')", True),
        ("x = [db]", True),
    ],
)
def test_an_action_s_text_shows_whether_it_may_run_raw_sql(body: str, seen: bool) -> None:
    import ast

    assert fetches(ast.parse(body), {"db"}) is seen
