"""What rows hold of files, read for ourselves and not for a caller: to drop the bytes when the rows are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from strongback.engine.files import key_of
from strongback.engine.runtime import Runtime
from strongback.errors import NotFound
from strongback.model.entity import ID, Entity
from strongback.model.key import Id
from strongback.predicate.tree import TRUE
from strongback.store.sql.objects import Stored
from strongback.store.store import Transaction


def drops_files(entity: Entity) -> bool:
    """Whether the files of a row go with it: not where it stays, hidden or as history."""
    return not entity.soft_delete and not entity.history and any(True for _ in entity.blobs())


async def read_row(
    runtime: Runtime, entity: Entity, id_: Id, name: str, tx: Transaction | None = None
) -> Stored | None:
    """The whole row of this id, whoever may see it, unless it is deleted; *name* is the operation's."""
    bound = runtime.objects.by_values(entity, (ID.name,), frozenset(), TRUE, name)
    rows = await (tx or runtime.programs.store).fetch(bound.statement, bound.values({ID.name: id_}))
    found = runtime.objects.stored(entity, rows)
    return found[0] if found else None


async def tenant_of(runtime: Runtime, entity: Entity, id_: UUID, name: str) -> UUID | None:
    """
    The tenant of the row of this id, whoever may see it; None for a global entity, without asking the store.

    Raises:
        NotFound: The row is gone.
    """
    bound = runtime.objects.tenant(entity, name)
    if bound is None:
        return None
    rows = await runtime.programs.store.fetch(bound.statement, bound.values({ID.name: id_}))
    if not rows:
        raise NotFound
    return runtime.objects.tenant_in(rows[0])


def held_keys(entity: Entity, row: Id, values: Mapping[str, Any]) -> Iterator[str]:
    """The keys of the objects that a row holds by its *values*."""
    for field in entity.blobs():
        if values.get(field.name) is not None:
            yield key_of(entity, field, row, values[field.name])


def taken_away(entity: Entity, row: Id, before: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    """
    The keys of the objects that an action takes from a row by its new *values*, where no history keeps them.

    Raises:
        TypeError: They give a file: only its bytes, put by a caller, make one, and it belongs to one row.
    """
    for field in entity.blobs():
        if values.get(field.name) is not None:
            message = f"`{entity.name}.{field.name}` holds a file: an action can set it to None, and nothing else"
            raise TypeError(message)
    if not entity.history:
        yield from held_keys(entity, row, {name: held for name, held in before.items() if name in values})
