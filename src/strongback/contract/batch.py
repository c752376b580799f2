"""A batch in the OpenAPI document: several operations on one entity in one request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strongback.contract.bodies import Names, closed, create_example, refer, update_example
from strongback.contract.examples import example_of
from strongback.contract.schema import TEXT_PATTERN, Schema, described, schema_of
from strongback.contract.words import sentence, spoken, with_article
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.model import Model
from strongback.model.wire import BATCH_MAX, batched, batched_actions
from strongback.predicate.tree import Expr

IF_MATCH: Final[Schema] = {
    "type": "string",
    "pattern": TEXT_PATTERN,
    "description": "Do it only if the row is at this version: its `etag`.",
}
TEXT: Final = (
    "Operations one after another in one transaction: all of them, or none. Each is judged as a request of its own, and sees the "
    "rows of those before it. When any is refused nothing is done, and `errors` has all that is wrong, each with a pointer, a status "
    "and a code; the status of the answer is that of the refusal that comes first in the order 401, 404, 403, 422, 428, 412, 409."
)


VERBS: Final = {"create": "create", "update": "change", "delete": "delete", "restore": "restore", "action": "act on"}


def summary(entity: Entity, many: str) -> str:
    """What a batch on *entity* does with its rows, *many*: no more than somebody may."""
    *others, last = (VERBS[kind] for kind in batched(entity))
    verbs = f"{', '.join(others)} and {last}" if others else last
    return sentence(f"{verbs} several {many} at once")


def schemas(model: Model, names: Names) -> Iterator[tuple[str, Schema]]:
    """What a batch on each entity takes, and what it answers."""
    for entity in model.entities:
        if batched(entity):
            yield names.of(entity.name, "Batch"), _batch(names, entity)
            yield names.of(entity.name, "Results"), _results(entity)


def allowed(entity: Entity) -> list[Expr]:
    """The permissions of the operations a batch may hold."""
    access = entity.access
    given = {"create": access.create, "update": access.update, "delete": access.delete, "restore": access.restore}
    actions = [action.allow for action in batched_actions(entity).values()]
    return [*(given[kind] for kind in batched(entity) if kind in given), *actions]


def refusals(entity: Entity) -> set[int]:
    """With which statuses a batch may be refused, besides those of every operation."""
    rated = any(action.rate is not None for action in batched_actions(entity).values())
    return {403, 404, 409, 412} | ({428} if entity.conditional_writes else set()) | ({429} if rated else set())


def example(entity: Entity) -> dict[str, Any] | None:
    """One operation of each kind, or None where some value has no example."""
    operations: list[dict[str, Any]] = []
    made, changed = create_example(entity), update_example(entity)
    for kind in batched(entity):
        match kind:
            case "create" if made is not None:
                operations.append({"create": made})
            case "update" if changed:
                told = {"if_match": "3"} if entity.managed else {}
                operations.append({"update": {"id": example_of(entity.id_type), **told, "set": changed}})
            case "delete":
                given = {"if_match": "3"} if entity.conditional_writes else {}
                operations.append({"delete": {"id": example_of(entity.id_type), **given}})
            case "restore":
                operations.append({"restore": {"id": example_of(entity.id_type)}})
            case "action" if (simple := _simple(entity)) is not None:
                operations.append({"action": simple})
            case _:  # no example of its values
                pass
    return {"operations": operations} if operations else None


def _simple(entity: Entity) -> dict[str, Any] | None:
    """The first action that needs no arguments."""
    for action in batched_actions(entity).values():
        if all(parameter.default is not None for parameter in action.parameters):
            return {"name": action.name, **({"id": example_of(entity.id_type)} if action.on == "row" else {})}
    return None


def _batch(names: Names, entity: Entity) -> Schema:
    operations: Schema = {
        "type": "array",
        "minItems": 1,
        "maxItems": BATCH_MAX,
        "items": _one_of(list(_operations(names, entity))),
    }
    return closed({"operations": operations}, ("operations",), f"What to do with {entity.plural.replace('_', ' ')}.")


def _operations(names: Names, entity: Entity) -> Iterator[Schema]:
    row = ("id", "if_match") if entity.conditional_writes else ("id",)
    on_row: dict[str, Schema] = {"id": schema_of(entity.id_type), **_condition(entity)}
    for kind in batched(entity):
        match kind:
            case "create":
                yield _one("create", refer(names.of(entity.name, "Create")))
            case "update":
                change = refer(names.of(entity.name, "Update"))
                yield _one("update", closed({**on_row, "set": change}, (*row, "set")))
            case "delete":
                yield _one("delete", closed(on_row, row))
            case "restore":
                yield _one("restore", closed(on_row, ("id",)))
            case _:
                actions = [_action(names, entity, action) for action in batched_actions(entity).values()]
                yield _one("action", _one_of(actions))


def _condition(entity: Entity) -> dict[str, Schema]:
    return {"if_match": IF_MATCH} if entity.managed else {}


def _action(names: Names, entity: Entity, action: Action) -> Schema:
    properties: dict[str, Schema] = {"name": {"type": "string", "const": action.name}}
    needed = ["name"]
    if action.on == "row":
        properties |= {"id": schema_of(entity.id_type), **_condition(entity)}
        needed.append("id")
    properties["arguments"] = refer(names.of_action(entity.name, action.name))
    if any(parameter.default is None for parameter in action.parameters):
        needed.append("arguments")
    return closed(properties, tuple(needed))


def _one_of(ways: list[Schema]) -> Schema:
    """Just one of *ways*, which exclude each other by a member of their own or by its one value."""
    return ways[0] if len(ways) == 1 else {"oneOf": ways}


def _one(kind: str, content: Schema) -> Schema:
    return closed({kind: content}, (kind,))


def _results(entity: Entity) -> Schema:
    returned = [action.returns_entity for action in batched_actions(entity).values() if action.returns_entity]
    rows = [refer(name) for name in dict.fromkeys((entity.name, *returned))]
    row = rows[0] if len(rows) == 1 else {"anyOf": rows}
    properties: dict[str, Schema] = {
        "status": {"type": "integer", "format": "int32", "minimum": 200, "maximum": 204},
        "id": described(schema_of(entity.id_type), "Of the row made, changed, deleted or restored."),
        "etag": {"type": "string", "description": "The row's version, for `if_match` and `If-Match`."},
        "row": row,
        "value": {"anyOf": [refer("Json.value"), {"type": "null"}], "description": "What an action returned."},
        "items": {"type": "array", "items": row, "description": "Rows that an action returned."},
    }
    one = closed(properties, ("status",), f"What one operation on {with_article(spoken(entity.name))} came to.")
    results: Schema = {"type": "array", "items": one, "minItems": 1, "maxItems": BATCH_MAX}
    return closed({"results": results}, ("results",), "In the order of the operations.")
