"""Every expression of the model, judged where it stands: roles, checks, computed fields, permissions."""

from __future__ import annotations

from collections.abc import Iterator

from strongback.errors import Fault
from strongback.model.access import Role
from strongback.model.action import Action
from strongback.model.entity import Check, Entity, Unique
from strongback.model.faults.expressions import Judge
from strongback.model.faults.personal import personal_faults
from strongback.model.faults.place import access_place, fault, place
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.roles import scope_of
from strongback.model.typing import Scalar, UnknownStep, entity_at, spell
from strongback.predicate.tree import Call, Exists, Expr, Path, RoleCall
from strongback.predicate.walk import paths, walk

# Kinds a computed field may be declared as when its expression gives the other.
FITS = {("uuid", "ref"), ("ref", "uuid"), ("str", "enum"), ("int", "decimal")}


def body_faults(model: Model) -> Iterator[Fault]:
    for entity in model.entities:
        for role in entity.roles:
            yield from _role(model, entity, role)
        for check in entity.checks:
            yield from _check(model, entity, check)
        for unique in entity.uniques:
            yield from _bound(model, entity, unique)
        for field in entity.fields:
            yield from _computed(model, entity, field)
        yield from _permissions(model, entity)


def _role(model: Model, entity: Entity, role: Role) -> Iterator[Fault]:
    optional = frozenset({"me"}) if role.anonymous else frozenset[str]()
    judge = Judge(model, entity, place(entity, role), scope_of(model, entity), optional)
    yield from judge.condition(role.body)
    yield from personal_faults(judge, role.body)


def _check(model: Model, entity: Entity, check: Check) -> Iterator[Fault]:
    yield from _of_the_row(model, entity, check, check.body, f"the check `{check.name}`", "a check")


def _bound(model: Model, entity: Entity, unique: Unique) -> Iterator[Fault]:
    """An index holds a row or not by what stands in it: what changes without the row being written cannot be asked."""
    if unique.where is not None:
        yield from _of_the_row(model, entity, unique, unique.where, f"`where` of `{unique.name}`", "`where`")


def _of_the_row(
    model: Model, entity: Entity, stands: Check | Unique, body: Expr, spelt: str, kind: str
) -> Iterator[Fault]:
    """What is wrong with a condition that every store judges from the row alone."""
    judge = Judge(model, entity, place(entity, stands), {"self": entity.name}, stored_only=True)
    beyond = _beyond_the_row(body)
    if beyond:
        hint = f"{kind} speaks of the row's own fields; guard anything else in an action with sb.require"
        yield fault("SB159", judge.where, f"{spelt} asks {beyond}", hint)
        return
    yield from judge.condition(body)
    yield from personal_faults(judge, body)


def _beyond_the_row(body: Expr) -> str:
    """What a check asks that is not in the row; every store must be able to judge it from the row alone."""
    for node in walk(body):
        match node:
            case Exists(_, relation):
                return f"other rows, `{spell(relation)}`"
            case RoleCall(of, role):
                return f"the role `{spell(of)}.{role}`"
            case Call("now" | "signed_in"):
                return "the time or the caller"
            case Path(var, steps) if var != "self" or len(steps) > 1:
                return f"another row, `{spell(node)}`"
            case _:
                pass
    return ""


def _computed(model: Model, entity: Entity, field: Field) -> Iterator[Fault]:
    if field.computed is None:
        return
    judge = Judge(model, entity, place(entity, field), {"self": entity.name}, stored_only=True)
    asks = _of_the_caller(field.computed)
    if asks:
        hint = "a computed field is the same for everyone; say who may see it with Access(fields=...)"
        yield fault("SB160", judge.where, f"the computed field `{field.name}` asks {asks}", hint)
        return
    typed = judge.typed(field.computed)
    is_bool = isinstance(typed, Scalar) and typed.type.kind == "bool"
    yield from judge.condition(field.computed) if is_bool else judge.operand(field.computed)
    yield from personal_faults(judge, field.computed)
    if isinstance(typed, Scalar):
        yield from _computed_type(judge, field, typed)
    elif typed is not None:
        yield fault("SB160", judge.where, f"the computed field `{field.name}` gives rows, not a value")


def _of_the_caller(body: Expr) -> str:
    asks = [node for node in walk(body) if isinstance(node, RoleCall) or node == Call("signed_in")]
    return "the caller" if asks or any(path.var == "me" for path in paths(body)) else ""


def _computed_type(judge: Judge, field: Field, typed: Scalar) -> Iterator[Fault]:
    declared, given = field.type, typed.type
    if declared.kind != given.kind and (declared.kind, given.kind) not in FITS:
        message = f"the computed field `{field.name}` is declared {declared.kind}, its expression gives {given.kind}"
        yield fault("SB160", judge.where, message)
    elif given.optional and not declared.optional:
        message = f"the computed field `{field.name}` may be None, but is not declared so"
        yield fault("SB160", judge.where, message, "declare it `| None`, or guard the path")


def _permissions(model: Model, entity: Entity) -> Iterator[Fault]:
    access, where = entity.access, access_place(entity)
    told: set[Fault] = set()
    for allow in (*(allow for _, allow in access.granted()), *(f.allow for f in access.fields)):
        told.update(found := [f for f in _permission(model, entity, where, allow) if f not in told])
        yield from found
    for query in entity.queries:
        if query.allow is not None:
            yield from _permission(model, entity, place(entity, query), query.allow)
    for action in entity.actions:
        yield from _action(model, entity, action)
        if action.on == "class" and any(path.var == "self" for path in paths(action.allow)):
            message = f"the action `{action.name}` is on the class, so there is no row whose roles could be asked"
            yield fault("SB155", place(entity, action), message, "allow sb.SIGNED_IN, or put the action on a row")


def _permission(model: Model, entity: Entity, where: str, allow: Expr) -> Iterator[Fault]:
    judge = Judge(model, entity, where, scope_of(model, entity), frozenset({"me"}), in_role=False)
    yield from judge.condition(allow)
    yield from personal_faults(judge, allow)


def _action(model: Model, entity: Entity, action: Action) -> Iterator[Fault]:
    where = place(entity, action)
    yield from _permission(model, entity, where, action.allow)
    refs = {p.name: p.type.target for p in action.parameters if p.type.kind == "ref"}
    scope = {**scope_of(model, entity), **refs}
    for path in action.prefetch:
        try:
            entity_at(model, scope, path)
        except UnknownStep as unknown:
            yield fault(unknown.code, where, unknown.message, unknown.hint)
