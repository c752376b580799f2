"""SQL says of random predicates on random rows what CPython says, on every engine: at least 5,000 cases each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path as Folder
from typing import Any, Self

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from sqlalchemy.schema import CreateTable

from strongback.model.entity import Entity
from strongback.plan.permission import resolve
from strongback.predicate.evaluate import follow
from strongback.predicate.tree import Path, RoleCall
from strongback.predicate.types import DATETIME, TEXT, Type
from strongback.store.sql.bind import compile_statement
from strongback.store.sql.dialect import Dialect
from strongback.store.sql.metadata import make_metadata, tables_by_entity
from strongback.store.sql.postgresql import PostgresqlDialect
from strongback.store.sql.predicate import ACTOR, NOW, Renderer, Row
from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.store import Statement, Store
from strongback.tables.make import make_schema
from strongback.tables.schema import Column
from tests import strategies
from tests.property.test_predicates import cases
from tests.stores import open_store
from tests.strategies import World, python_source

EXAMPLES = 200
ENOUGH = 5_000
KINDS = {"memory": SqliteDialect, "postgresql": PostgresqlDialect}
NUMBERS = count()


class Engine:
    """A running store and its dialect; one loop for all examples."""

    def __init__(self, runner: asyncio.Runner, store: Store, dialect: Dialect) -> None:
        self.runner = runner
        self.store = store
        self.dialect = dialect
        self.cases = 0

    def fetch(
        self, query: sa.ClauseElement, types: dict[str, Type], values: dict[str, Any], *, writes: bool
    ) -> list[Any]:
        # A name of its own for each: drivers keep prepared statements by text, and tables are made anew.
        bound = compile_statement(query, self.dialect, types, name=f"case {next(NUMBERS)}", writes=writes)
        return self.runner.run(self.store.fetch(bound.statement, bound.values(values)))

    def run(self, sql: str) -> None:
        self.runner.run(self.store.fetch(Statement(f"/* {next(NUMBERS)} */ {sql}", writes=True)))


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Folder) -> Iterator[Engine]:
    kind = str(request.param)
    server = str(request.getfixturevalue("postgres_server")) if kind == "postgresql" else ""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        store = runner.run(stack.enter_async_context(open_store(kind, server, tmp_path)))
        yield Engine(runner, store, KINDS[kind]())
        runner.run(stack.aclose())


class Stored:
    """A world as rows in tables of its own; dropped when left."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine = engine
        self.world = world
        self.schema = make_schema(world.model)
        self.metadata = make_metadata(self.schema, engine.store.dialect)
        self.tables = tables_by_entity(self.metadata, self.schema)

    def __enter__(self) -> Self:
        for entity, table in self.tables.items():
            # Without foreign keys: rows may refer to each other in circles.
            self.engine.run(
                str(CreateTable(table, include_foreign_key_constraints=[]).compile(dialect=self.engine.dialect.engine))
            )
            columns, tenant = self.schema.tables[entity].columns, self.world.model.entity(entity).tenant
            types = {column.name: column.type for column in columns}
            values = {c.name: self.engine.dialect.parameter(c.name, c.type) for c in columns}
            for row in self.world.rows[entity]:
                given = {column.name: _value(row, column, tenant) for column in columns}
                self.engine.fetch(sa.insert(table).values(values), types, given, writes=True)
        return self

    def __exit__(self, *raised: object) -> None:
        for table in self.tables.values():
            self.engine.run(f'DROP TABLE "{table.name}"')

    def holding(self, entity: Entity, role: str, me: Any) -> set[str]:
        """The ids of the rows on which *me* has *role*, soft-deleted ones left out."""
        model, table = self.world.model, self.tables[entity.name]
        renderer = Renderer(model, self.schema, self.tables, self.engine.dialect)
        condition = resolve(model, entity, RoleCall(Path("self"), role), anonymous=me is None)
        where = [renderer.condition(condition, {"self": Row(entity, table.c)}), *renderer.live(entity, table.c)]
        values = {ACTOR: me.subject if me is not None else None, NOW: strategies.NOW}
        found = self.engine.fetch(
            sa.select(table.c.id).where(*where), {ACTOR: TEXT, NOW: DATETIME}, values, writes=False
        )
        return {str(each[0]) for each in found}


def _value(row: Any, column: Column, tenant: tuple[str, ...]) -> Any:
    match column.role:
        case "version":
            return 1
        case "deleted":
            return strategies.NOW if row.deleted else None
        case "reference":
            target = getattr(row, column.source)
            return None if target is None else target.id
        case "tenant":
            return follow(row, tenant).id
        case _:
            return getattr(row, column.source)


@pytest.mark.slow
def test_sql_and_python_agree(engine: Engine) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases())
    def agree(world: World) -> None:
        with Stored(engine, world) as stored:
            for entity in world.model.entities:
                for role in entity.roles:
                    for me in [*([None] if role.anonymous else []), *world.present("User")[:2]]:
                        present = world.present(entity.name)
                        said = {str(row.id) for row in present if getattr(row, role.name)(me)}
                        assert stored.holding(entity, role.name, me) == said, python_source(role.body)
                        engine.cases += len(present)

    while engine.cases < ENOUGH:
        agree()
