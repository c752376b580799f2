"""The tables of statements have the columns that migrations make, and are made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
import sqlalchemy as sa

from strongback.crypto.keyring import Keyring
from strongback.errors import ConfigurationError
from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.predicate.types import Type
from strongback.store.sql.metadata import Tables, make_metadata, tables_by_entity
from strongback.store.sql.sqlite import SqliteDialect
from strongback.store.sql.target import SqlTarget
from strongback.store.store import Dialect
from strongback.tables.make import make_schema
from tests.jobs_model import jobs_model


class Asked(Mapping[str, sa.Table]):
    """*tables*, and which of them were asked for."""

    def __init__(self, tables: Mapping[str, sa.Table]) -> None:
        self.tables = tables
        self.asked: list[str] = []

    def __getitem__(self, entity: str) -> sa.Table:
        self.asked.append(entity)
        return self.tables[entity]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")


def columns(table: sa.Table) -> list[tuple[str, str, bool, bool]]:
    return [(c.name, repr(c.type), bool(c.nullable), c.primary_key) for c in table.columns]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_meet_the_columns_that_migrations_make(dialect: Dialect) -> None:
    schema = make_schema(jobs_model())
    tables, made = Tables(schema, dialect), tables_by_entity(make_metadata(schema, dialect), schema)
    assert list(tables) == list(made)
    assert {name: columns(table) for name, table in tables.items()} == {n: columns(t) for n, t in made.items()}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_histories_are_there_for_the_entities_that_keep_one(dialect: Dialect) -> None:
    model = Model("m", entities=(Entity("Kept", history=True), Entity("Plain")))
    schema = make_schema(model)
    histories = Tables(schema, dialect, histories=True)
    assert list(histories) == ["Kept"]
    assert columns(histories["Kept"]) == columns(make_metadata(schema, dialect).tables["kept_history"])


def test_a_table_is_made_once() -> None:
    tables = Tables(make_schema(Model("m", entities=(Entity("Job"),))), "sqlite")
    assert tables["Job"] is tables["Job"]
    with pytest.raises(KeyError):
        tables["Joy"]


@pytest.mark.parametrize("instead", [False, True])
def test_a_statement_makes_only_the_tables_it_speaks_of(instead: bool) -> None:
    """Of hundreds of tables, the first request would otherwise wait for all."""
    model = jobs_model()
    schema = make_schema(model)
    tables = Asked(Tables(schema, "sqlite"))
    target = SqlTarget(model, schema, tables, tables, SqliteDialect(), Keyring({1: bytes(32)}, 1))
    rows = {"Company": sa.union_all(sa.select(sa.literal(1).label("id")), sa.select(sa.literal(2)))}
    renderer = target.renderer(instead=rows if instead else None)
    renderer.alias(model.entity("Job"))
    renderer.alias(model.entity("Company"))
    assert tables.asked == (["Job"] if instead else ["Job", "Company"])


def test_a_type_that_the_store_cannot_hold_is_refused_before_any_statement() -> None:
    field = Field("price", Type("decimal", precision=30, scale=2))
    schema = make_schema(Model("m", entities=(Entity("Job", members=("price",), fields=(field,)),)))
    assert len(Tables(schema, "postgresql")) == 1
    with pytest.raises(ConfigurationError, match="`price`"):
        Tables(schema, "sqlite")
