"""The Model in plain English: what there is, who may do what and when, and what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from strongback.contract.english import english
from strongback.contract.open_questions import open_questions
from strongback.contract.rest import endpoints
from strongback.contract.source_facts import NO_FACTS, Facts
from strongback.contract.words import sentence, spoken, who, with_article
from strongback.model.action import Action
from strongback.model.blob import Blob, spell_size
from strongback.model.entity import Entity
from strongback.model.erasure import rule_of
from strongback.model.field import Field
from strongback.model.model import Model
from strongback.model.query import Query, Rate
from strongback.model.relation import Relation
from strongback.predicate.tree import FALSE
from strongback.predicate.types import Type

SCALARS = {
    "bool": "yes or no",
    "int": "whole number",
    "float": "number",
    "str": "text",
    "datetime": "moment",
    "date": "day",
    "timedelta": "length of time",
    "uuid": "id",
    "bytes": "bytes",
    "json": "JSON",
    "object": "object",
}
NEWEST = {"-created_at": "newest first", "created_at": "oldest first", "-updated_at": "last changed first"}


class Line(Struct, frozen=True):
    """Something of a name, said in one sentence."""

    name: str
    text: str


class EntitySpec(Struct, frozen=True):
    """One entity, said in sentences."""

    name: str
    text: str
    holds: tuple[Line, ...]
    roles: tuple[Line, ...]
    may: tuple[Line, ...]
    actions: tuple[Line, ...]
    lists: tuple[Line, ...]
    rules: tuple[str, ...]


class Spec(Struct, frozen=True):
    """A service, said in sentences."""

    name: str
    version: str
    text: str
    entities: tuple[EntitySpec, ...]
    open_questions: tuple[str, ...]


def make_spec(model: Model, facts: Facts = NO_FACTS) -> Spec:
    """
    Say *model*.

    Args:
        facts: What the text of its actions says beyond it.
    """
    entities = tuple(_entity(model, entity, facts) for entity in model.entities)
    return Spec(model.name, model.version, _service_text(model), entities, tuple(open_questions(model, facts)))


def _service_text(model: Model) -> str:
    said = [model.doc.strip()]
    if model.actor is not None:
        how = "is made when they first come" if model.actor.provision else "must be there"
        said.append(f"Callers are users by their token; the {spoken(model.actor.entity)} {how}.")
    for mount in model.mounts:
        may = "everybody" if mount.allow == "EVERYONE" else "whoever is signed in"
        said.append(
            f"Below {mount.path} the team's own code answers {may} (raw route), outside the promise of permissions."
        )
    return " ".join(part for part in said if part)


def _entity(model: Model, entity: Entity, facts: Facts) -> EntitySpec:
    return EntitySpec(
        entity.name,
        " ".join(_entity_text(entity)),
        tuple(_holds(entity)),
        tuple(Line(role.name, _role_text(model, entity, role.name)) for role in entity.roles),
        tuple(_may(entity)),
        tuple(Line(action.name, _action_text(model, entity, action, facts)) for action in entity.actions),
        tuple(Line(query.name, _list_text(model, entity, query)) for query in entity.queries),
        tuple(_rules(model, entity)),
    )


def _entity_text(entity: Entity) -> Iterator[str]:
    if entity.doc.strip():
        yield " ".join(entity.doc.split())
    if entity.tenant:
        yield f"It belongs to one {spoken(entity.tenant[-1])} for ever."
    if entity.soft_delete:
        yield "Deleted, it is kept, and hidden from everybody."
    if entity.history:
        yield "Every version of it is kept."


# -- what it holds


def _holds(entity: Entity) -> Iterator[Line]:
    for name in entity.members:
        field, relation = entity.field(name), entity.relation(name)
        if field is not None:
            yield Line(name, _field_text(field))
        elif relation is not None:
            yield Line(name, _relation_text(relation))


def _field_text(field: Field) -> str:
    said = [_type_text(field.type) if field.blob is None else _blob_text(field.blob)]
    said += ["computed"] * (not field.stored) + ["may be empty"] * field.type.optional + ["unique"] * field.unique
    if field.default is not None:
        said.append(f"{field.default.json} {'at first' if field.read_only else 'unless given'}")
    if (erase := rule_of(field)) is not None:
        said.append(f"erased {erase}")
    said += ["set by actions only"] * (field.read_only and field.stored)
    said += ["never changed"] * (field.immutable and not field.read_only)
    if field.pii is not None:
        said.append("personal, encrypted" + (", found by its exact value" if field.pii.lookup else ""))
    return ", ".join(said)


def _blob_text(blob: Blob) -> str:
    of = f" ({' or '.join(blob.types)})" if blob.types else ""
    return f"file of at most {spell_size(blob.max_bytes)}{of}"


def _type_text(type_: Type) -> str:
    match type_.kind:
        case "enum":
            return f"one of {', '.join(type_.members)}"
        case "decimal":
            return f"decimal with {type_.scale} digits after the point{_bounds(type_, '')}"
        case "list":
            return f"list of {_type_text(type_.item) if type_.item else 'values'}{_bounds(type_, ' items')}"
        case "ref":
            return with_article(spoken(type_.target))
        case "str" | "bytes":
            return f"{SCALARS[type_.kind]}{_bounds(type_, ' characters' if type_.kind == 'str' else ' bytes')}"
        case "int" if type_.min is not None and abs(int(type_.min)) >= 2**63 - 1:
            return SCALARS["int"]
        case kind:
            return f"{SCALARS.get(kind, kind)}{_bounds(type_, '')}"


def _bounds(type_: Type, unit: str) -> str:
    match type_.min, type_.max:
        case None, None:
            return ""
        case None, most:
            return f" of at most {most}{unit}"
        case least, None:
            return f" of at least {least}{unit}"
        case least, most:
            return f" of {least} to {most}{unit}"


def _relation_text(relation: Relation) -> str:
    target = spoken(relation.target)
    if relation.kind == "to_many":
        along = ", written with it" if relation.nested else ""
        return f"every {target} that has it as {spoken(relation.inverse)}{along}"
    said = [with_article(target)]
    said += ["may be empty"] * relation.optional + ["unique"] * relation.unique
    said += ["never changed"] * relation.immutable + ["set by actions only"] * relation.read_only
    match relation.on_delete:
        case "cascade":
            said.append(f"deleted with the {target}")
        case "set_null":
            said.append(f"empty once the {target} is deleted")
        case _:
            said.append(f"the {target} cannot be deleted while this is there")
    return ", ".join(said)


# -- who may


def _role_text(model: Model, entity: Entity, name: str) -> str:
    role = entity.role(name)
    assert role is not None  # a name of its own roles
    whom = "anyone, with a token or without," if role.anonymous else "a signed-in caller,"
    across = ", across tenants" if role.spans_tenants else ""
    doc = " ".join(role.doc.split())
    return f"{doc + ' That is ' if doc else ''}{whom} when {english(model, entity, role.body)}{across}."


def _may(entity: Entity) -> Iterator[Line]:
    access = entity.access
    for name, allow in (("read", access.read), ("create", access.create), ("update", access.update)):
        yield Line(name, who(allow))
    yield Line("delete", who(access.delete))
    if access.restore != FALSE:
        yield Line("restore", f"of those who could read it, {who(access.restore)}")
    if access.history != FALSE:
        yield Line("read its history", f"of those who read it, {who(access.history)}")
    for one in access.fields:
        yield Line(f"see {one.field}", f"of those who read it, {who(one.allow)}")


def _action_text(model: Model, entity: Entity, action: Action, facts: Facts) -> str:
    given = ", ".join(f"{p.name} ({_parameter(p.type, p.default is not None)})" for p in action.parameters)
    said = [" ".join(action.doc.split()), f"By {who(action.allow)}.", f"Given {given}." if given else ""]
    known = facts.get((entity.name, action.name))
    for guard in known.guards if known is not None else ():
        told = english(model, entity, guard.condition) if guard.condition is not None else f"`{guard.text}`"
        said.append(f"Only when {told}; else refused as `{guard.code}`.")
    if action.returns_entity:
        answered = spoken(action.returns_entity)
        said.append(f"Answers {'rows of ' + answered if action.returns_many else with_article(answered)}.")
    said.append(_rate_text(action.rate))
    if action.raw_sql:
        said.append("It runs raw SQL: what that reads and writes is outside the promise of permissions.")
    return " ".join(part for part in said if part)


def _parameter(type_: Type, optional: bool) -> str:
    return f"{_type_text(type_)}{', may be left out' if optional else ''}"


def _list_text(model: Model, entity: Entity, query: Query) -> str:
    path = next((e.path for e in endpoints(model) if e.entity == entity.name and e.name == query.name), "")
    allow = "" if query.allow is None else f" Only for {who(query.allow)}."
    sorts = ", ".join(NEWEST.get(each, each) for each in query.sort)
    filters = f"Filtered by {', '.join(query.where)}. " if query.where else ""
    searched = f"Searched by the words of {' and '.join(query.text)}. " if query.text else ""
    counted = f" Counted{_by(query.group)}{_of(query.measure)}." if query.has_aggregates else ""
    doc = " ".join(query.doc.split())
    told = f"GET {path}. {searched}{filters}Order: {sorts}. {query.page_default} a page, {query.page_max} at most.{counted}"
    return " ".join(part for part in (doc, told + allow, _rate_text(query.rate)) if part)


def _by(names: tuple[str, ...]) -> str:
    return f" by {', '.join(names)}" if names else ""


def _of(names: tuple[str, ...]) -> str:
    return f", with figures of {', '.join(names)}" if names else ""


def _rate_text(rate: Rate | None) -> str:
    return "" if rate is None else f"At most {rate.count} times in {rate.per_s} seconds, each caller."


# -- rules


def _rules(model: Model, entity: Entity) -> Iterator[str]:
    for unique in entity.uniques:
        members = " and ".join(spoken(member) for member in unique.members)
        refused = f"; else refused as `{unique.code}`" if unique.code else ""
        bound = f", of those where {english(model, entity, unique.where)}" if unique.where is not None else ""
        yield f"No two have the same {members}{bound}{refused}."
    for check in entity.checks:
        refused = f"; else refused as `{check.code}`" if check.code else ""
        yield f"{sentence(english(model, entity, check.body))}{refused}."
