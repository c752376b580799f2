"""
What plans become in SQL, operation by operation and dialect by dialect.

A change of a statement shows as a diff of its file. Make the files anew with `pytest tests/golden --update-golden`, and read the diff.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.declare.service import Service
from strongback.engine.runtime import Runtime
from strongback.model.load import load
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.aggregate import plan_aggregate
from strongback.plan.asked import Asked, FilterAsk, SelectAsk, Target
from strongback.plan.history import plan_as_of, plan_history
from strongback.plan.make import make_operation
from strongback.plan.operation import Operation
from strongback.plan.read import plan_get, plan_list
from strongback.plan.write import plan_write
from strongback.store.sql.bind import Bound
from tests.scenarios.jobs import keyring, kind_of
from tests.services.depot import depot
from tests.services.guild import guild

HERE = Path(__file__).parent / "sql"
URLS = {"postgresql": "postgresql://nobody@localhost/nothing", "sqlite": "sqlite://"}
ID = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
ANN = Actor("ann")


@dataclass(frozen=True)
class Case:
    """One operation of a service; *seek* goes on after a row, with a null key or without."""

    service: Service
    operation: str
    actor: Actor
    asked: dict[str, Any]
    kind: str = ""


def including(**relations: SelectAsk) -> SelectAsk:
    return SelectAsk(include=relations)


def equals(member: str, value: str) -> FilterAsk:
    return FilterAsk(member, "eq", (value,), member)


CASES = {
    "get_without_a_token": Case(jobs, "Job.get", ANONYMOUS, {"id": ID}),
    "get_with_two_roles": Case(jobs, "Job.get", ANN, {"id": ID}),
    "list_by_rows_behind_a_relation": Case(
        jobs, "Job.search", ANN, {"filters": (equals("skills.skill_id", ID), equals("city", "Oslo"))}
    ),
    "get_some_fields": Case(jobs, "Job.get", ANN, {"id": ID, "select": SelectAsk(("title",))}),
    "get_with_a_hidden_field": Case(jobs, "Application.get", ANN, {"id": ID}),
    "list_with_two_roles": Case(jobs, "Job.search", ANN, {"filters": (equals("city", "Oslo"),), "count": True}),
    "list_where_a_filter_settles_a_role": Case(jobs, "Job.search", ANN, {"filters": (equals("status", "open"),)}),
    "list_where_a_filter_rules_a_role_out": Case(jobs, "Job.search", ANN, {"filters": (equals("status", "draft"),)}),
    "list_by_words": Case(
        jobs, "Job.search", ANN, {"text": "senior pyth", "filters": (equals("city", "Oslo"),), "count": True}
    ),
    "aggregate_by_group": Case(
        guild,
        "Person.paid",
        ANN,
        {"group_by": ("rank",), "measures": ("count", "sum.salary", "avg.salary", "max.salary")},
        "aggregate",
    ),
    "list_by_a_hidden_field": Case(guild, "Piece.search", ANN, {"filters": (equals("verdict", "good"),)}),
    "list_by_a_blind_index": Case(guild, "Person.search", ANN, {"filters": (equals("phone", "1"),)}),
    "include_one_with_personal_data": Case(
        jobs, "Application.get", ANN, {"id": ID, "select": including(candidate=SelectAsk(("name",)), job=SelectAsk())}
    ),
    "include_many_with_personal_data": Case(
        jobs, "Job.get", ANN, {"id": ID, "select": including(applications=SelectAsk(sort="-created_at", page_size=5))}
    ),
    "include_plain": Case(jobs, "Job.get", ANN, {"id": ID, "select": including(company=SelectAsk())}),
    "history_with_a_hidden_field": Case(jobs, "Application.history", ANN, {"id": ID, "page_size": 5}),
    "as_of": Case(guild, "Piece.as_of", ANN, {"id": ID, "as_of": "2026-01-02T03:04:05Z"}),
    "create": Case(jobs, "Job.create", ANN, {"body": {"company_id": ID, "title": "t", "body": "b", "city": "c"}}),
    "update_judged_on_both_rows": Case(depot, "Shelf.update", ANN, {"id": ID, "body": {"team_id": ID, "size": 2}}),
    "update_sealed_under_a_tenant": Case(depot, "Task.update", ANN, {"id": ID, "body": {"note": "n"}}),
    "update_with_history": Case(depot, "Task.update", ANN, {"id": ID, "body": {"title": "n", "parent_id": ID}}),
    "delete_soft_with_history": Case(depot, "Task.delete", ANN, {"id": ID}),
    "restore": Case(guild, "Piece.restore", ANN, {"id": ID}),
    "delete_hard": Case(depot, "Thing.delete", ANN, {"id": ID}),
}


@lru_cache
def runtime(service: Service, dialect: str) -> Runtime:
    """Everything that compiles; no database is opened."""
    return App(load(service), Team.of(service), URLS[dialect], keyring()).runtime


def compiled(case: Case, dialect: str) -> Any:
    run = runtime(case.service, dialect)
    entity, name = case.operation.split(".")
    asked = Asked(Target(entity, case.kind or kind_of(run.model, entity, name), name), **case.asked)
    operation: Operation = make_operation(run.model, asked, case.actor, run.operations.tokens)[0]
    assert not operation.faults, operation.faults
    shape, programs = operation.shape, run.programs
    match asked.target.kind:
        case "get":
            return programs.compile_read(plan_get(run.model, shape), case.operation)
        case "aggregate":
            return programs.compile_aggregate(plan_aggregate(run.model, shape, shape.page), case.operation)
        case "history":
            return programs.compile_history(plan_history(run.model, shape), case.operation)
        case "as_of":
            return programs.compile_history(plan_as_of(run.model, shape), case.operation)
        case "list":
            return programs.compile_read(plan_list(run.model, shape, shape.page), case.operation)
        case _:
            return programs.compile_write(plan_write(run.model, shape), case.operation)


def statements(program: Any) -> Iterator[str]:
    """Each statement of *program* under its part in it, with what it binds; nested reads as well."""
    for each in fields(program):
        value = getattr(program, each.name)
        if isinstance(value, Bound):
            bound = ", ".join(name for name, _ in value.encoders)
            sql = "\n".join(line.rstrip() for line in value.statement.sql.strip().splitlines())
            yield f"-- {each.name}: binds {bound or 'nothing'}\n{in_lines(sql)};\n"
        elif each.name == "result" and value is not None:
            yield from statements(value)


def in_lines(sql: str) -> str:
    """*sql* with a line for each larger part, so that a diff shows which part it is."""
    for word in ("FROM", "WHERE", "UNION ALL", "ORDER BY", "LIMIT", "RETURNING", "LEFT OUTER JOIN", "VALUES", "SET"):
        sql = sql.replace(f" {word} ", f"\n{word} ")
    return "\n".join(line.strip() for line in sql.splitlines() if line.strip())


@pytest.mark.parametrize("dialect", sorted(URLS))
@pytest.mark.parametrize("name", sorted(CASES))
def test_a_plan_becomes_this_sql(name: str, dialect: str, request: pytest.FixtureRequest) -> None:
    case = CASES[name]
    program = compiled(case, dialect)
    text = f"-- {case.service.name}: {case.operation}\n\n" + "\n".join(statements(program))
    path = HERE / dialect / f"{name}.sql"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text.splitlines() == path.read_text().splitlines(), (
        f"{path.name} has changed: pytest --update-golden, and read it"
    )


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in HERE.glob("*/*.sql")} == set(CASES)


@pytest.mark.parametrize("dialect", sorted(URLS))
def test_no_value_stands_in_a_statement(dialect: str) -> None:
    """Whatever a caller gives is bound, never written."""
    for case in CASES.values():
        for text in statements(compiled(case, dialect)):
            assert not any(f"'{value}'" in text for value in (ID, "ann", "Oslo", "good", "t", "n"))
