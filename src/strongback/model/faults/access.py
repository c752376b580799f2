"""Operations that nobody may do or that could do nothing, and hidden fields that other declarations would show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from strongback.errors import Fault, did_you_mean
from strongback.model.access import FieldAccess
from strongback.model.action import Action
from strongback.model.entity import Entity
from strongback.model.faults.place import access_place, fault, place
from strongback.model.faults.resolved import Permissions
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.relation import Relation
from strongback.model.typing import UnknownStep, entity_at, scope_in
from strongback.predicate.tree import FALSE, Exists, Expr, Path
from strongback.predicate.walk import children, paths


def access_faults(permissions: Permissions) -> Iterator[Fault]:
    for entity in permissions.model.entities:
        yield from _nobody(entity)
        yield from _unreachable(entity)
        yield from _cannot_fill(entity)
        yield from _asks_key(permissions, entity)
        yield from _nothing_to_update(entity)
        yield from _nothing_kept(entity)
        yield from _nothing_deleted(entity)
        yield from _hidden(permissions, entity)
        for action in entity.actions:
            yield from _needs_caller(permissions, entity, action)


def _nobody(entity: Entity) -> Iterator[Fault]:
    access = entity.access
    silent = all(allow == FALSE for _, allow in access.granted()) and not str(access.origin)
    if silent and not entity.actions:
        message = f"`{entity.name}` says nowhere who may do what, so nobody may do anything"
        yield fault("SB161", access_place(entity), message, "write `access = sb.Access(read=...)`")
    for query in entity.queries:
        if FALSE in (access.read, query.allow):
            message = f"the query `{query.name}` lists what nobody may read"
            yield fault("SB161", place(entity, query), message, "grant `read` in Access")
    for action in entity.actions:
        if action.allow == FALSE:
            message = f"nobody may run the action `{action.name}`"
            yield fault("SB161", place(entity, action), message, "write `@sb.action(allow=...)`")


def _unreachable(entity: Entity) -> Iterator[Fault]:
    """What is not readable is not found: nobody gets as far as changing it."""
    access = entity.access
    if access.read != FALSE:
        return
    granted = [name for name, allow in access.granted() if name != "create" and allow != FALSE]
    on_rows = [action for action in entity.actions if action.on == "row"]
    for name in granted:
        message = f"`{name}` is granted, but nobody may read a `{entity.name}`, so none is ever found"
        yield fault("SB161", access_place(entity), message, "grant `read` to the same role")
    for action in on_rows:
        message = (
            f"the action `{action.name}` is on a row, but nobody may read a `{entity.name}`, so none is ever found"
        )
        yield fault("SB161", place(entity, action), message, "grant `read` to the same role")


def _cannot_fill(entity: Entity) -> Iterator[Fault]:
    if entity.access.create == FALSE:
        return
    for item in required(entity):
        if item.read_only:
            message = f"`create` is granted, but `{item.name}` is required and read-only, so no create could fill it"
            hint = "give it a default, make it optional, or make the row in an action"
            yield fault("SB162", place(entity, item), message, hint)


def _asks_key(permissions: Permissions, entity: Entity) -> Iterator[Fault]:
    """Whoever may make a row is known before the database gives it its key."""
    written = permissions.resolved(entity, entity.access.create) if entity.key_is_generated else None
    if written is not None and any(path.var == "self" and path.steps in ((), ("id",)) for path in paths(written)):
        message = f"`create` of `{entity.name}` asks for the row's id, which the database gives when the row is there"
        yield fault("SB199", access_place(entity), message, "ask for members that the caller gives")


def required(entity: Entity) -> Iterator[Field | Relation]:
    """What a new row needs a value for from someone."""
    yield from (f for f in entity.fields if f.stored and not f.type.optional and f.default is None)
    yield from (relation for relation in entity.to_one() if not relation.optional)


def _nothing_to_update(entity: Entity) -> Iterator[Fault]:
    writable = [f for f in entity.fields if f.stored and not f.read_only and not f.immutable]
    writable_relations = [r for r in entity.to_one() if not r.read_only and not r.immutable]
    nested = any(r.nested for r in entity.to_many())
    if entity.access.update != FALSE and not (writable or writable_relations or nested):
        message = f"`update` is granted, but nothing of a `{entity.name}` can be changed"
        yield fault("SB162", access_place(entity), message, "take `update` out of Access")


def _nothing_kept(entity: Entity) -> Iterator[Fault]:
    if entity.access.history != FALSE and not entity.history:
        message = f"`history` is granted, but no earlier version of a `{entity.name}` is kept"
        hint = f"write `class {entity.name}(sb.Entity, history=True)`, or take `history` out of Access"
        yield fault("SB142", access_place(entity), message, hint)


def _nothing_deleted(entity: Entity) -> Iterator[Fault]:
    if entity.access.restore == FALSE:
        return
    if not entity.soft_delete:
        message = f"`restore` is granted, but of a deleted `{entity.name}` nothing stays"
        hint = f"write `class {entity.name}(sb.Entity, soft_delete=True)`, or take `restore` out of Access"
        yield fault("SB143", access_place(entity), message, hint)
    action = entity.action("restore")
    if action is not None:
        message = (
            f"the action `restore` of `{entity.name}` would be at the same path as what `Access(restore=...)` grants"
        )
        yield fault(
            "SB144", place(entity, action), message, "name the action otherwise, or take `restore` out of Access"
        )


def _hidden(permissions: Permissions, entity: Entity) -> Iterator[Fault]:
    """A field that only some may see must not show through an order, a refusal or another field."""
    for access in entity.access.fields:
        field = entity.field(access.field)
        if field is None or field.system:
            known = [f.name for f in entity.fields]
            message = f"`Access.fields` speaks of `{access.field}`, which is no field of `{entity.name}`"
            yield fault("SB163", access_place(entity), message, did_you_mean(access.field, known))
            continue
        by_row = permissions.depends_on_row(entity, access.allow)
        if by_row:
            yield from _shown(entity, field)
        yield from _computed(permissions.model, entity, access, by_row)
        yield from _checked(permissions.model, entity, access)


def _shown(entity: Entity, field: Field) -> Iterator[Fault]:
    hint = f"let the visibility of `{field.name}` depend on the caller alone, or leave it out here"
    for query in entity.queries:
        if field.name in {order.lstrip("-") for order in query.sort}:
            message = f"the query `{query.name}` sorts by `{field.name}`, which not everyone may see"
            yield fault("SB163", place(entity, query), message, hint)
        if field.name in (*query.group, *query.measure):
            message = f"aggregates of the query `{query.name}` tell of `{field.name}`, which not everyone may see"
            yield fault("SB163", place(entity, query), message, hint)
        if field.name in query.text:
            message = f"the query `{query.name}` searches `{field.name}`, which not everyone may see"
            yield fault("SB163", place(entity, query), message, hint)
    for unique in entity.uniques:
        if field.name in unique.members:
            message = f"`{unique.name}` makes `{field.name}` unique, so a refusal would tell what not everyone may see"
            yield fault("SB163", place(entity, unique), message, hint)
        elif unique.where is not None and Path("self", (field.name,)) in paths(unique.where):
            message = f"`{unique.name}` binds rows by `{field.name}`, so a refusal would tell what not everyone may see"
            yield fault("SB163", place(entity, unique), message, hint)
    if field.unique:
        message = f"`{field.name}` is unique, so a refusal would tell what not everyone may see"
        yield fault("SB163", place(entity, field), message, hint)


def _checked(model: Model, entity: Entity, hidden: FieldAccess) -> Iterator[Fault]:
    """A check of a hidden field against another one answers who may write that one: try by try, they find the hidden value."""
    alike = {access.field for access in entity.access.fields if access.allow == hidden.allow}
    for check in entity.checks:
        read = {name for _, name in _fields_of(model, entity, check.body)}
        if hidden.field in read and not read <= alike:
            message = (
                f"`{check.name}` checks `{hidden.field}`, which not everyone may see, against what others may write"
            )
            hint = "hide all it compares in the same way, or ask it in an action: `sb.require(...)`"
            yield fault("SB163", place(entity, check), message, hint)


def _computed(model: Model, entity: Entity, hidden: FieldAccess, by_row: bool) -> Iterator[Fault]:
    """Whatever is computed from a hidden field, here or in another entity, is hidden as well as that."""
    for owner in model.entities:
        for other in owner.fields:
            if other.computed is None or (entity.name, hidden.field) not in _fields_of(model, owner, other.computed):
                continue
            allow = next((a.allow for a in owner.access.fields if a.field == other.name), None)
            if allow != hidden.allow if owner == entity else allow is None or by_row:
                whose = hidden.field if owner == entity else f"{entity.name}.{hidden.field}"
                message = f"`{other.name}` is computed from `{whose}`, which not everyone may see"
                yield fault("SB163", place(owner, other), message, _as_hidden(owner == entity, by_row, other.name))


def _as_hidden(here: bool, by_row: bool, name: str) -> str:
    if here:
        return f"hide it in the same way: name `{name}` in `Access.fields`, with the same roles"
    return "leave it out here" if by_row else f"say who may see it: name `{name}` in `Access.fields`"


def _fields_of(model: Model, entity: Entity, computed: Expr) -> frozenset[tuple[str, str]]:
    """Entity and name of the fields that *computed*, of *entity*, reads."""
    return frozenset(_read(model, {"self": entity.name}, computed))


def _read(model: Model, scope: Mapping[str, str], expr: Expr) -> Iterator[tuple[str, str]]:
    match expr:
        case Path(var, (*to, name)):
            with suppress(UnknownStep):  # told elsewhere
                yield entity_at(model, scope, Path(var, tuple(to))).name, name
        case Exists():
            with suppress(UnknownStep):
                yield from _read(model, scope_in(model, scope, expr), expr.where)
        case _:
            for part in children(expr):
                yield from _read(model, scope, part)


def _needs_caller(permissions: Permissions, entity: Entity, action: Action) -> Iterator[Fault]:
    needed = any(given.what == "me" and not given.optional for given in action.injected)
    if needed and permissions.lets_anonymous_in(entity, action.allow):
        message = f"the action `{action.name}` needs `me`, but its permission lets anonymous callers in"
        yield fault("SB187", place(entity, action), message, "allow `sb.SIGNED_IN & ...`, or take `me: ... | None`")
