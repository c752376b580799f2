"""
Indexes that a value could be too long for.

PostgreSQL takes a row of a B-tree up to a third of a page; a longer one is an error when it is written (PostgreSQL 16, section 67.1).
SQLite takes any. So what is declared has to fit with the longest values it allows, on every store alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strongback.errors import Fault
from strongback.model.entity import ID, Entity
from strongback.model.faults.place import Placed, fault, place
from strongback.model.field import Field
from strongback.model.held import columns_held_by_roles
from strongback.model.model import Model
from strongback.predicate.types import Type

# BTMaxItemSize of a page of 8 KiB, less the head of an index row and its map of nulls (nbtree.h, itup.h).
ROW_BYTES = 2_704 - 16
BYTES_PER_CHARACTER = 4  # of UTF-8, at most
_LENGTH_BYTES = 4
_BLIND_INDEX_BYTES = 24
_FIXED_BYTES = {"bool": 8, "int": 8, "float": 8, "date": 8, "datetime": 8, "timedelta": 8, "uuid": 16, "ref": 16}


@dataclass(frozen=True, slots=True)
class _Indexed:
    """Columns that stand in one index, by member; *what* says it in a message."""

    what: str
    members: tuple[str, ...]
    at: Placed | None


def index_row_faults(model: Model) -> Iterator[Fault]:
    for entity in (each for each in model.entities if each.managed):
        endless = dict.fromkeys(
            name for index in _indexes(entity) for name in index.members if _is_endless(entity, name)
        )
        for name in endless:
            field = entity.field(name)
            message = f"`{name}` stands in an index, and nothing says how long it can be"
            yield fault("SB188", place(entity, field), message, _hint(entity, name))
        for index in _indexes(entity):
            if not endless.keys() & index.members:
                yield from _too_wide(entity, index)


def _indexes(entity: Entity) -> Iterator[_Indexed]:
    """Every index of *entity* that holds more than ids, with all its columns."""
    for field in entity.fields:
        if field.stored and (field.unique or field.index):
            yield _Indexed(f"the index of `{field.name}`", (field.name, ID.name), field)
    for unique in entity.uniques:
        yield _Indexed(f"`{unique.name}`", unique.members, unique)
    for index in entity.indexes:
        yield _Indexed(f"`{index.name}`", tuple(name.removeprefix("-") for name in index.members), index)
    for query in entity.queries:
        for order in query.sort:
            keys = tuple(key.strip().removeprefix("-") for key in order.split(","))
            leads = [*((entity.tenant[0],) if entity.tenant else ()), *columns_held_by_roles(entity)]
            for lead in leads or [ID.name]:
                yield _Indexed(
                    f"the index for the order `{order}`", tuple(dict.fromkeys((lead, *keys, ID.name))), query
                )


def _too_wide(entity: Entity, index: _Indexed) -> Iterator[Fault]:
    sizes = {name: _bytes_of(entity, name) or 0 for name in index.members}
    if sum(sizes.values()) > ROW_BYTES:
        told = ", ".join(f"`{name}` {size:,}" for name, size in sizes.items())
        message = f"{index.what} could need {sum(sizes.values()):,} bytes a row ({told}), and {ROW_BYTES:,} fit"
        yield fault("SB188", place(entity, index.at), message, _lower(entity, index.members, sizes))


def _lower(entity: Entity, members: Sequence[str], sizes: dict[str, int]) -> str:
    texts = [name for name in members if (field := entity.field(name)) is not None and field.type.kind == "str"]
    if not texts:
        return "take a column out of it"
    rest = ROW_BYTES - sum(size for name, size in sizes.items() if name not in texts)
    each = _characters(rest // len(texts))
    named = " and ".join(f"`{name}`" for name in texts)
    return f"a `max` of {each} characters for {named} would fit: a character is up to {BYTES_PER_CHARACTER} bytes"


def _hint(entity: Entity, name: str) -> str:
    field = entity.field(name)
    assert field is not None
    if field.type.kind != "str":
        return f"write `max=`, in bytes: up to {ROW_BYTES - 64:,} fit where it stands alone"
    room = ROW_BYTES - sum(_FIXED_BYTES["uuid"] for _ in range(2))
    return f"write `max=`, as in `sb.field(max=200)`: up to {_characters(room)} characters fit where it stands alone"


def _characters(size_bytes: int) -> int:
    """Characters that surely fit in *size_bytes*, a length before them and room to align."""
    return max(0, (size_bytes - _LENGTH_BYTES - 7) // BYTES_PER_CHARACTER)


def _is_endless(entity: Entity, name: str) -> bool:
    field = entity.field(name)
    return field is not None and field.stored and not _is_known(field) and _bytes_of(entity, name) is None


def _is_known(field: Field) -> bool:
    return field.pii is not None or field.system


def _bytes_of(entity: Entity, name: str) -> int | None:
    """The most that a column takes in an index row, room to align it included; None when nothing bounds it."""
    field = entity.field(name)
    if field is None:
        relation = entity.relation(name) or entity.relation_of(name)
        size = _FIXED_BYTES["uuid"] if relation is None else _longest(relation.id_type)
        return None if size is None else -(-size // 8) * 8
    if field.pii is not None:
        return _BLIND_INDEX_BYTES
    size = _longest(field.type)
    return None if size is None else -(-size // 8) * 8


def _longest(type_: Type) -> int | None:
    match type_.kind:
        case "str":
            return None if type_.max is None else _LENGTH_BYTES + BYTES_PER_CHARACTER * int(type_.max)
        case "bytes":
            return None if type_.max is None else _LENGTH_BYTES + int(type_.max)
        case "enum":
            return _LENGTH_BYTES + max((len(member.encode()) for member in type_.members), default=0)
        case "decimal":
            return _LENGTH_BYTES + 4 + 2 * ((type_.precision or 38) // 4 + 2)
        case kind:
            return _FIXED_BYTES.get(kind, 0)  # what no store can index is a fault of its own
