"""How a version gets into a history table: the row as it is then, what changed it, and whose row did."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa

from strongback.predicate.types import TEXT, UUID
from strongback.store.sql.predicate import ACTOR, Columns, Sql
from strongback.store.sql.target import SqlTarget
from strongback.tables.schema import BY, CHANGE

Change = Literal["create", "update", "delete", "restore", "erase"]


def keep_versions(target: SqlTarget, entity: str, columns: Columns, change: Change, *where: Sql) -> sa.Insert:
    """
    Put rows of *entity* into its history, each as one more version.

    Args:
        columns: The rows' columns, as they are now.
        where: Which rows.
    """
    names = [column.name for column in target.schema.tables[entity].columns]
    made = [target.dialect.constant(change, TEXT).label(CHANGE), _by(target).label(BY)]
    rows = sa.select(*(columns[name] for name in names), *made).where(*where)
    return sa.insert(target.histories[entity]).from_select([*names, CHANGE, BY], rows)


def _by(target: SqlTarget) -> Sql:
    """The id of the caller's row, also when it is the row they delete; none when nobody with a row asks."""
    actor = target.model.actor
    if actor is None:
        return target.dialect.null(UUID)
    table = target.tables[actor.entity].alias("by_row")
    found = sa.select(table.c.id).where(table.c[actor.key.field] == target.dialect.parameter(ACTOR, TEXT))
    if target.model.entity(actor.entity).soft_delete:
        found = target.dialect.limited(found.order_by(table.c.id.desc()), 1)
    return found.scalar_subquery()
