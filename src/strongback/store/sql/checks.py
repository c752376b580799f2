"""Declared checks, as SQL over the bare columns of their table."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from strongback.model.model import Model
from strongback.predicate.normal import negation_normal
from strongback.store.sql.dialect import Dialect
from strongback.store.sql.predicate import Renderer, Row
from strongback.tables.schema import Schema, Table, TableCheck


class _Bare:
    """Columns by their name alone, as a check of a table speaks of them."""

    def __getitem__(self, name: str, /) -> Any:
        return sa.column(name)


def render_check(model: Model, schema: Schema, table: Table, check: TableCheck, dialect: Dialect) -> str:
    """Write *check* of *table* as SQL text without parameters."""
    renderer = Renderer(model, schema, {}, dialect)
    row = Row(model.entity(table.entity), _Bare())
    condition = renderer.condition(negation_normal(check.body), {"self": row})
    return str(condition.compile(dialect=dialect.engine, compile_kwargs={"literal_binds": True}))
