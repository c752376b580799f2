"""What SQL is compiled for: one model, its tables, one engine, one keyring."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from strongback.crypto.keyring import Keyring
from strongback.model.model import Model
from strongback.predicate.types import DATETIME, TEXT, Type
from strongback.store.sql.dialect import Dialect
from strongback.store.sql.predicate import ACTOR, NOW, Renderer
from strongback.tables.schema import Schema


@dataclass(frozen=True, slots=True)
class SqlTarget:
    """
    What a compilation knows.

    Attributes:
        tables: SQLAlchemy tables by entity name.
        context_types: Types of the values every statement may bind: the actor's key and the time.
    """

    model: Model
    schema: Schema
    tables: Mapping[str, sa.Table]
    histories: Mapping[str, sa.Table]
    dialect: Dialect
    keyring: Keyring

    @property
    def context_types(self) -> dict[str, Type]:
        return {ACTOR: TEXT, NOW: DATETIME}

    def renderer(
        self, blind: frozenset[str] = frozenset(), instead: Mapping[str, sa.CompoundSelect[Any]] | None = None
    ) -> Renderer:
        """
        A renderer for one statement.

        Args:
            instead: What is read in place of an entity's table.
        """
        tables = ChainMap({**instead}, self.tables) if instead else self.tables  # type: ignore[arg-type]  # nothing is written
        return Renderer(self.model, self.schema, tables, self.dialect, blind, hints=True)
