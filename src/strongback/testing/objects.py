"""A world as plain objects of the team's own classes, every relation loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from strongback.declare.tracking import attach, restore
from strongback.model.key import Id
from strongback.testing.worlds import RawRow, World

Instance = Any


def build_objects(world: World, classes: Mapping[str, type[Any]]) -> dict[Id, Instance]:
    """
    Make an instance of each row, deleted ones too.

    A deleted row is in no list, as it is not there for anyone; a row that refers to it still does.
    """
    made = {row.id: _instance(world, row, classes[row.entity]) for row in world.all()}
    for row in world.all():
        for relation in world.model.entity(row.entity).to_one():
            target = row.values[relation.column]
            attach(made[row.id], relation.name, None if target is None else made[target])
    _fill_lists(world, made)
    return made


def _instance(world: World, row: RawRow, cls: type[Any]) -> Instance:
    columns = {relation.column for relation in world.model.entity(row.entity).to_one()}
    values = {name: value for name, value in row.values.items() if name not in columns}
    managed = world.model.entity(row.entity).managed
    times = {"created_at": row.created_at, "updated_at": row.updated_at} if managed else {}
    return restore(cls, {"id": row.id, **times, **values})


def _fill_lists(world: World, made: Mapping[Id, Instance]) -> None:
    for entity in world.model.entities:
        for relation in entity.to_many():
            behind: dict[Id, list[Instance]] = defaultdict(list)
            for child in world.rows.get(relation.target, ()):
                target = child.values[f"{relation.inverse}_id"]
                if target is not None and not child.deleted:
                    behind[target].append(made[child.id])
            for row in world.rows.get(entity.name, ()):
                attach(made[row.id], relation.name, behind[row.id])
