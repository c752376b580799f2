"""Rows that an action's rows refer to: the caller has to be able to read them, unless the action made them itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from strongback.declare.tracking import is_loaded, reference_id
from strongback.errors import Fault, InvalidInput
from strongback.model.entity import Entity
from strongback.model.key import Id, id_of_type
from strongback.model.relation import Relation
from strongback.plan.nested import NO_SUCH_ROW
from strongback.plan.permission import may_read
from strongback.store.sql.objects import IDS

if TYPE_CHECKING:
    from strongback.engine.work import Work

Written = tuple[Any, frozenset[str] | None]


async def check_references(work: Work, written: Iterable[Written]) -> None:
    """
    Check what rows refer to.

    Args:
        written: Rows with the names of the members that were set; None for all of a new row.
    Raises:
        InvalidInput: A row is not there for the caller.
    """
    referred = [found for row, names in written for found in _referred(work, row, names)]
    unknown: dict[str, set[Id]] = defaultdict(set)
    for relation, id_ in referred:
        if (relation.target, id_) not in work.readable:
            unknown[relation.target].add(id_)
    for name, ids in unknown.items():
        await _ask(work, work.runtime.model.entity(name), ids)
    faults = [
        Fault("SB203", NO_SUCH_ROW, f"/{relation.column}")
        for relation, id_ in referred
        if (relation.target, id_) not in work.readable
    ]
    if faults:
        raise InvalidInput(faults)


def _referred(work: Work, row: Any, names: frozenset[str] | None) -> Iterator[tuple[Relation, Id]]:
    for relation in work.entity(row).to_one():
        if (names is None or relation.name in names) and is_loaded(row, relation.name):
            id_ = reference_id(row, relation.name)
            if id_ is not None:
                yield relation, id_


async def _ask(work: Work, entity: Entity, ids: set[Id]) -> None:
    read = may_read(work.runtime.model, entity, work.anonymous)
    bound = work.objects.readable(entity, read, work.name)
    rows = await work.tx.fetch(bound.statement, bound.values({**work.values, IDS: sorted(ids)}))
    work.readable.update((entity.name, id_of_type(entity.id_type, row[0])) for row in rows)
