"""
What a delete does to the rows that refer to the deleted one by `on_delete="set_null"`.

The key in the store would empty their reference behind our back: their version, and with it their ETag, would stay, and their
history would lack the change. So they are changed as by any write, before the row goes; the key then finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from strongback.model.entity import ID, Entity
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.predicate.types import DATETIME
from strongback.store.sql.kept import keep_versions
from strongback.store.sql.predicate import NOW, Overlay, Sql
from strongback.store.sql.target import SqlTarget
from strongback.tables.schema import VERSION


def loose_relations(model: Model, target: Entity) -> Iterator[tuple[Entity, Relation]]:
    """The relations to *target* that its deletion empties, and whose they are; none where a deleted row stays."""
    if target.soft_delete:
        return
    for entity in model.entities:
        for relation in entity.to_one():
            if relation.target == target.name and relation.on_delete == "set_null":
                yield entity, relation


def detachments(target: SqlTarget, deleted: Entity) -> Iterator[Any]:
    """The statements that empty the references to the row to be deleted, the later version kept first where there is a history."""
    for entity, relation in loose_relations(target.model, deleted):
        table, changes = target.tables[entity.name], _changes(target, entity, relation)
        referring = _referring(target, table, relation)
        if entity.history:
            later = Overlay(changes, table.c)
            yield keep_versions(target, entity.name, later, "update", *referring)
        yield sa.update(table).values(changes).where(*referring)


def _changes(target: SqlTarget, entity: Entity, relation: Relation) -> dict[str, Sql]:
    later = target.tables[entity.name].c[VERSION] + sa.literal_column("1")
    now = target.dialect.parameter(NOW, DATETIME)
    return {relation.column: target.dialect.null(relation.held), "updated_at": now, VERSION: later}


def _referring(target: SqlTarget, table: sa.Table, relation: Relation) -> list[Sql]:
    """The rows that refer to the deleted one; itself aside, which goes."""
    gone = target.dialect.parameter(ID.name, relation.id_type)
    return [table.c[relation.column] == gone, table.c.id != gone]
