"""The content of a batch, `{"operations": [{"create": {...}}, ...]}`, read into what each of its operations asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from strongback.errors import Fault, did_you_mean
from strongback.model.entity import Entity
from strongback.model.wire import BATCH_MAX, batched, batched_actions, no_id
from strongback.plan.asked import Asked, Item, Kind, Target
from strongback.plan.value_fault import escape
from strongback.serve.conditions import read_tags

SHOWN: Final = 80
NOTHING: Final[Mapping[str, object]] = {}
# What stands inside each operation; a create is its values and nothing else.
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "update": ("id", "if_match", "set"),
    "delete": ("id", "if_match"),
    "restore": ("id", "if_match"),
    "action": ("name", "id", "if_match", "arguments"),
}

ON_ROW: Final[Mapping[str, Kind]] = {"update": "update", "delete": "delete", "restore": "restore"}


def read_operations(entity: Entity, body: Mapping[str, object]) -> tuple[tuple[Item, ...], tuple[Fault, ...]]:
    """
    Read the operations of a batch on *entity*.

    Returns:
        What each asks, in order, and what is wrong with the whole. What is wrong with one operation is held by it.
    """
    faults = [_unknown(f"/{escape(name[:SHOWN])}", name, ("operations",)) for name in body if name != "operations"]
    raw = body.get("operations")
    if "operations" not in body:
        faults.append(Fault("SB201", "is required", "/operations"))
    elif not isinstance(raw, list):
        faults.append(Fault("SB201", "expected a list", "/operations", 'write `[{"create": {...}}]`'))
    elif not 1 <= len(raw) <= BATCH_MAX:
        message = f"a batch has 1 to {BATCH_MAX} operations, got {len(raw):,}"
        faults.append(Fault("SB227", message, "/operations", "send several batches"))
    if faults or not isinstance(raw, list):
        return (), tuple(faults)
    return tuple(_item(entity, each, f"/operations/{at}") for at, each in enumerate(raw)), ()


def _item(entity: Entity, raw: object, place: str) -> Item:
    known = batched(entity)
    if not isinstance(raw, dict) or len(raw) != 1:
        listed = ", ".join(f"`{kind}`" for kind in known)
        return Item(
            place, place, faults=(Fault("SB201", "expected an object with one operation", place, f"one of {listed}"),)
        )
    ((kind, content),) = raw.items()
    below = f"{place}/{escape(kind[:SHOWN])}"
    if kind not in known:
        return Item(place, below, faults=(_unknown(below, kind, known),))
    if not isinstance(content, dict):
        return Item(place, below, faults=(Fault("SB201", "expected an object", below),))
    if kind == "create":
        return Item(place, below, Asked(Target(entity.name, "create", "create"), body=content))
    return _on_row(entity, kind, content, place, below)


def _on_row(entity: Entity, kind: str, content: Mapping[str, object], place: str, below: str) -> Item:
    faults = [
        _unknown(f"{below}/{escape(name[:SHOWN])}", name, MEMBERS[kind])
        for name in content
        if name not in MEMBERS[kind]
    ]
    if kind == "action":
        return _action(entity, content, place, below, faults)
    faults += _id_faults(entity, content, below)
    faults += _condition_faults(content, below)
    if kind == "update":
        faults += _object_faults(content, "set", below)
    if faults:
        return Item(place, below, faults=tuple(faults))
    made = ON_ROW[kind]
    return Item(
        place,
        f"{below}/set" if kind == "update" else below,
        Asked(
            Target(entity.name, made, made),
            str(content["id"]),
            body=_object(content, "set") if kind == "update" else None,
            if_match=_condition(content),
        ),
    )


def _action(entity: Entity, content: Mapping[str, object], place: str, below: str, faults: list[Fault]) -> Item:
    actions, name = batched_actions(entity), content.get("name")
    if not isinstance(name, str) or name not in actions:
        hint = did_you_mean(name[:SHOWN], actions) if isinstance(name, str) else ""
        message = "is required" if "name" not in content else f"`{entity.name}` has no such action"
        faults.append(Fault("SB201" if "name" not in content else "SB204", message, f"{below}/name", hint))
        return Item(place, below, faults=tuple(faults))
    on_row = actions[name].on == "row"
    if on_row:
        faults += _id_faults(entity, content, below)
    elif {"id", "if_match"} & content.keys():
        wrong = next(each for each in ("id", "if_match") if each in content)
        faults.append(Fault("SB204", f"`{name}` is run on no row", f"{below}/{wrong}", "leave it out"))
    faults += _condition_faults(content, below)
    faults += _object_faults(content, "arguments", below, optional=True)
    if faults:
        return Item(place, below, faults=tuple(faults))
    arguments = _object(content, "arguments")
    id_ = str(content["id"]) if on_row else None
    asked = Asked(Target(entity.name, "action", name), id_, body=arguments, if_match=_condition(content))
    return Item(place, f"{below}/arguments", asked)


def _id_faults(entity: Entity, content: Mapping[str, object], below: str) -> Iterator[Fault]:
    if "id" not in content:
        yield Fault("SB201", "is required", f"{below}/id")
    elif wrong := no_id(entity, content["id"]):
        yield Fault("SB201", wrong, f"{below}/id")


def _condition_faults(content: Mapping[str, object], below: str) -> Iterator[Fault]:
    if not isinstance(content.get("if_match", ""), str):
        yield Fault("SB201", "expected text", f"{below}/if_match", "write the `etag` of the row, as it was answered")


def _object_faults(content: Mapping[str, object], name: str, below: str, *, optional: bool = False) -> Iterator[Fault]:
    if name not in content:
        if not optional:
            yield Fault("SB201", "is required", f"{below}/{name}")
    elif not isinstance(content[name], dict):
        yield Fault("SB201", "expected an object", f"{below}/{name}")


def _object(content: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object at *name*; an empty one where there is none."""
    given = content.get(name)
    return given if isinstance(given, dict) else NOTHING


def _condition(content: Mapping[str, object]) -> tuple[str, ...] | None:
    return read_tags(str(content["if_match"]), weak=False) if "if_match" in content else None


def _unknown(where: str, name: str, known: tuple[str, ...]) -> Fault:
    return Fault("SB204", "is not known here", where, did_you_mean(name[:SHOWN], known))
