"""Fields and relations."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

import msgspec

from strongback.declare.annotations import AnnotationFault, spell
from strongback.declare.constraints import CONSTRAINTS, constrain
from strongback.declare.declared import Declared, Given
from strongback.declare.draft.blobs import WRITE, draft_blob, is_blob
from strongback.declare.draft.world import World, draft_erase, wrong_options
from strongback.declare.reading import Reading, hidden, not_a_type, read, unknown_options
from strongback.declare.spec import BlobSpec, FieldSpec, InverseSpec, KeySpec, Missing, PiiSpec, Spec, ToOneSpec
from strongback.declare.wire import NotThis, to_wire
from strongback.model.field import Default, Field, Pii
from strongback.model.origin import Origin
from strongback.model.relation import Relation
from strongback.predicate.types import Type

FLAGS: Final = {
    "unique": bool,
    "index": bool,
    "read_only": bool,
    "immutable": bool,
    "column": str,
    "was": str,
    "doc": str,
}
OF_FIELD: Final = ("default", *CONSTRAINTS, *FLAGS)
OF_PII: Final = ("default", "max", "min", "pattern", "lookup", "erase", "read_only", "immutable", "was", "doc")
OF_TO_ONE: Final = ("default", "immutable", "read_only", "unique", "on_delete", "column", "was", "doc")
KEYS: Final = ("int", "str", "uuid")
OF_KEY: Final = ("column", "max", "min", "pattern", "generated", "doc")
ONE_KEY: Final = (
    "paths, references and page tokens hold one value: give the table a key of one column beside the composite one"
)
ON_DELETE: Final = ("restrict", "cascade", "set_null")


@dataclass
class Members:
    """The members of an entity, in the order of declaration."""

    names: list[str] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


def draft_members(world: World, declared: Declared) -> Members:
    """Draft the fields and relations of an entity, those of its mixins first."""
    members = Members()
    for name, given in declared.given.items():
        origin = given.owner.origin(name)
        drafted = _member(world, given, origin)
        members.names += [name] if drafted is not None else []
        members.fields += [drafted] if isinstance(drafted, Field) else []
        members.relations += [drafted] if isinstance(drafted, Relation) else []
    for base in declared.bases():
        _without_annotation(world, base)
    return members


def _without_annotation(world: World, declared: Declared) -> None:
    for name, value in declared.own.items():
        if isinstance(value, Spec) and name not in declared.given:
            hint = f"write {name}: str = sb.{value.what}(...)"
            world.refuse(name, declared.origin(name), "SB115", f"`{name}` has a specifier, but no type", hint)


def _member(world: World, given: Given, origin: Origin) -> Field | Relation | None:
    try:
        _refuse_hidden(given)
        if is_blob(given.annotation, world.names_of(given.owner)):
            return draft_blob(world, given, origin)
        reading = read(given.annotation, world.names_of(given.owner))
    except AnnotationFault as fault:
        world.refuse_annotation(given.name, origin, fault)
        return None
    world.refuse_all(given.name, origin, reading.problems)
    if reading.entity is not None:
        return _to_many(world, given, reading, origin) if reading.many else _to_one(world, given, reading, origin)
    if reading.scalar is None:
        world.refuse_annotation(given.name, origin, not_a_type(given.annotation))
        return None
    return _field(world, given, reading, reading.scalar, origin)


def _refuse_hidden(given: Given) -> None:
    """A type that a member of the same class body hides; type checkers read a class body as a whole."""
    annotated = given.owner.annotated.get(given.name)
    for name in _type_names(annotated.annotation) if annotated is not None else ():
        if name in given.owner.given:
            raise hidden(name)


def _type_names(annotation: ast.expr) -> Iterator[str]:
    match annotation:
        case ast.Name(name):
            yield name
        case ast.Constant(str(text)):
            try:
                yield from _type_names(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return
        case ast.Subscript(value, inner):
            yield from _type_names(value)
            word = ast.unparse(value).split(".")[-1]
            if word == "Annotated" and isinstance(inner, ast.Tuple):
                yield from _type_names(inner.elts[0])
            elif word != "Literal":
                yield from _type_names(inner)
        case ast.BinOp(left, _, right):
            yield from _type_names(left)
            yield from _type_names(right)
        case ast.Tuple(parts):
            for part in parts:
                yield from _type_names(part)
        case _:
            return


def _field(world: World, given: Given, reading: Reading, type_: Type, origin: Origin) -> Field | None:
    name, spec = given.name, given.spec
    if isinstance(spec, BlobSpec):
        message = f"`{name}`: sb.blob on `{spell(given.annotation)}`, which is no file"
        world.refuse(name, origin, "SB130", message, WRITE)
        return None
    if isinstance(spec, KeySpec):
        world.refuse(name, origin, "SB199", f"`{name}`: a key is declared as `id`, and is one column", ONE_KEY)
        return None
    if spec is not None and not isinstance(spec, FieldSpec):
        hint = "write sb.field(...), or give the member the type of an entity"
        world.refuse(
            name, origin, "SB115", f"`{name}`: sb.{spec.what} on `{spell(given.annotation)}`, which is no entity", hint
        )
        return None
    options = {key: value for each in reading.specs for key, value in each.options.items()}
    if spec is not None:
        type_, problems = constrain(type_, spec.options)
        world.refuse_all(
            name, origin, [*problems, *unknown_options(spec, OF_PII if isinstance(spec, PiiSpec) else OF_FIELD)]
        )
        options |= spec.options
    fit = wrong_options(world, name, origin, "a field", {k: v for k, v in options.items() if k in FLAGS}, FLAGS)
    return Field(
        name,
        type_,
        default=_default(world, name, given.default, type_, origin),
        pii=_pii(world, name, options, origin) if _is_pii(reading, spec) else None,
        origin=origin,
        **cast("dict[str, Any]", fit),
    )


def draft_key(world: World, given: Given) -> Field | None:
    """The id of rows that have a key of their own."""
    name, spec, origin = given.name, given.spec, given.owner.origin(given.name)
    assert isinstance(spec, KeySpec)
    try:
        reading = read(given.annotation, world.names_of(given.owner))
    except AnnotationFault as fault:
        world.refuse_annotation(name, origin, fault)
        return None
    world.refuse_all(name, origin, [*reading.problems, *unknown_options(spec, OF_KEY)])
    if reading.scalar is None or reading.scalar.kind not in KEYS or reading.optional:
        message = f"`{name}`: a key is an int, a text or a UUID, and `{spell(given.annotation)}` is none"
        world.refuse(name, origin, "SB199", message, ONE_KEY)
        return None
    type_, problems = constrain(reading.scalar, spec.options)
    world.refuse_all(name, origin, problems)
    flags = {**FLAGS, "generated": bool}
    fit = wrong_options(world, name, origin, "a key", {k: v for k, v in spec.options.items() if k in flags}, flags)
    made: dict[str, Any] = {"unique": True, "immutable": True, "system": True, "origin": origin, **fit}
    return Field(name, type_, read_only=bool(fit.get("generated")), **made)


def _is_pii(reading: Reading, spec: Spec | None) -> bool:
    return any(isinstance(each, PiiSpec) for each in (*reading.specs, spec))


def _pii(world: World, name: str, options: dict[str, object], origin: Origin) -> Pii:
    lookup, erase = options.get("lookup"), options.get("erase")
    if lookup not in (None, "exact"):
        world.refuse(name, origin, "SB123", f"`{name}`: `lookup={lookup!r}` is not known", 'write lookup="exact"')
        lookup = None
    return Pii("exact" if lookup == "exact" else None, draft_erase(world, name, erase, origin))


def draft_pii(world: World, name: str, reading: Reading, origin: Origin) -> Pii | None:
    """What the `Annotated`s of a parameter say of personal data. No argument is kept: when to erase is said of the field it ends in."""
    options = {key: value for each in reading.specs for key, value in each.options.items() if key != "erase"}
    return _pii(world, name, options, origin) if _is_pii(reading, None) else None


def _default(world: World, name: str, default: object, type_: Type, origin: Origin) -> Default | None:
    if isinstance(default, Missing):
        return None
    return draft_default(world, name, default, type_, origin)


def draft_default(world: World, name: str, default: object, type_: Type, origin: Origin) -> Default | None:
    """A constant in wire form; None, with a fault, when it cannot be."""
    try:
        return Default(msgspec.json.encode(to_wire(default, type_), order="sorted").decode())
    except NotThis as wrong:
        hint = (
            "a default is a constant; what is known only at run time is set in an action" if callable(default) else ""
        )
        world.refuse(name, origin, "SB113", f"`{name}`: the default {default!r} does not fit: {wrong}", hint)
        return None


def _to_one(world: World, given: Given, reading: Reading, origin: Origin) -> Relation | None:
    name, spec = given.name, given.spec
    target = reading.entity.__name__ if reading.entity is not None else ""
    if spec is not None and not isinstance(spec, ToOneSpec):
        hint = f"write list[{target}] for many rows" if isinstance(spec, InverseSpec) else "write sb.to_one(...)"
        world.refuse(name, origin, "SB115", f"`{name}`: sb.{spec.what} on the entity `{target}`", hint)
        return None
    world.refuse_all(name, origin, unknown_options(spec, OF_TO_ONE) if spec is not None else ())
    if not isinstance(given.default, Missing) and not (given.default is None and reading.optional):
        hint = "an optional relation (`| None`) may have the default None, others have none"
        world.refuse(name, origin, "SB113", f"`{name}`: a relation has no default {given.default!r}", hint)
    flags = {key: kind for key, kind in FLAGS.items() if key in OF_TO_ONE}
    options = spec.options if spec is not None else {}
    fit = wrong_options(world, name, origin, "a relation", {k: v for k, v in options.items() if k in flags}, flags)
    on_delete: Any = options.get("on_delete", "restrict")
    if on_delete not in ON_DELETE:
        world.refuse(
            name, origin, "SB123", f"`{name}`: `on_delete={on_delete!r}` is not known", f"write {', '.join(ON_DELETE)}"
        )
        on_delete = "restrict"
    fit |= {"stored_as": fit.pop("column")} if "column" in fit else {}
    relation = Relation(name, "to_one", target, optional=reading.optional, on_delete=on_delete, origin=origin)
    return msgspec.structs.replace(relation, **fit)


def _to_many(world: World, given: Given, reading: Reading, origin: Origin) -> Relation | None:
    name, spec = given.name, given.spec
    target = reading.entity.__name__ if reading.entity is not None else ""
    if not isinstance(spec, InverseSpec) or len(spec.positional) != 1 or not isinstance(spec.positional[0], str):
        hint = f'write = sb.inverse("..."), naming the to-one relation of `{target}` that leads here'
        world.refuse(name, origin, "SB115", f"`{name}`: a list of `{target}` is the other side of a relation", hint)
        return None
    if reading.optional:
        world.refuse(
            name, origin, "SB102", f"`{name}`: many rows are never None: there may be no rows", "take `| None` out"
        )
    fit = wrong_options(world, name, origin, "sb.inverse", spec.options, {"doc": str, "nested": bool})
    relation = Relation(name, "to_many", target, inverse=spec.positional[0], origin=origin)
    return msgspec.structs.replace(relation, **fit)
