"""A service whole: what it lists, its actor, and every entity; the faults of the source and of the model together."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strongback.declare.constraints import Problem
from strongback.declare.draft.bodies import clean_doc, judge_asked
from strongback.declare.draft.entity import draft_entity
from strongback.declare.draft.tools import draft_tools
from strongback.declare.draft.world import Accepted, World, wrong_options
from strongback.declare.event import Consumer, Event
from strongback.declare.member import Member
from strongback.declare.mount import draft_mounts
from strongback.declare.source import relative
from strongback.declare.targets import declared_of, is_entity
from strongback.errors import DeclarationError, Fault, did_you_mean
from strongback.model.faults.find import find_faults
from strongback.model.key import with_keys
from strongback.model.model import Actor, Claim, Model
from strongback.model.origin import Origin

LATER: Final = ("consumers",)
OPTIONS: Final[Mapping[str, Accepted]] = {
    **dict.fromkeys(("name", "version", "rest", "static", "doc"), str),
    "graphql": bool,
    "entities": (list, tuple),
    "mcp": (list, tuple),
    "provide": (Mapping, type(None)),
    "mounts": (Mapping, type(None)),
    "grpc": bool,
    **dict.fromkeys(("actor", *LATER), object),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A `sb.Service(...)` as written, and where."""

    positional: tuple[object, ...]
    options: Mapping[str, object]
    module: Mapping[str, object]
    path: str
    line: int

    @property
    def origin(self) -> Origin:
        return Origin(relative(self.path), self.line)

    def option(self, name: str) -> object:
        if name == "name" and self.positional:
            return self.positional[0]
        return self.options.get(name)


def draft_service(written: Written) -> Model:
    """
    Draft the model of a service.

    Raises:
        DeclarationError: With every fault found in the source, and those of the model that do not follow from them.
    """
    world, origin = World(), written.origin
    given = {**written.options, **({"name": written.positional[0]} if written.positional else {})}
    options = wrong_options(world, "Service", origin, "sb.Service", given, OPTIONS)
    for missing in (name for name in ("name", "entities") if name not in given):
        world.refuse(
            "Service", origin, "SB122", f"the service has no `{missing}`", f"write sb.Service(..., {missing}=...)"
        )
    for promise in LATER:
        if options.get(promise):
            world.later("Service", origin, f"`{promise}=`")
    provided = options.get("provide")
    world.provided = provided if isinstance(provided, Mapping) else {}
    _refuse_dependencies(world, origin)
    world.entities = _listed(world, options.get("entities", ()), origin)
    _refuse_unlisted(world, written)
    actor = _actor(world, options.get("actor"), origin)
    entities = tuple(draft_entity(world, declared_of(cls)) for cls in world.entities.values())
    judge_asked(world)
    entities = with_keys(entities)
    sound = not world.faults.in_order()
    tools, unfit = draft_tools(_sequence(options.get("mcp")), world.entities, entities, sound=sound)
    world.refuse_all("Service", origin, unfit)
    mounts, wrong = draft_mounts(
        options.get("mounts"),
        str(options.get("rest", "")),
        graphql=options.get("graphql") is True,
        tools=bool(options.get("mcp")),
    )
    for code, message, hint in wrong:
        world.faults.add(code, message, origin, hint)
    model = Model(
        str(options.get("name", "")),
        version=str(options.get("version", "0.0.0")),
        doc=clean_doc(str(options.get("doc") or written.module.get("__doc__") or "")),
        rest=str(options.get("rest", "")),
        graphql=options.get("graphql") is True,
        grpc=options.get("grpc") is True,
        mcp=tools,
        entities=entities,
        actor=actor,
        mounts=mounts,
    )
    _raise_all(world, model)
    return model


def _sequence(given: object) -> Sequence[object]:
    return given if isinstance(given, list | tuple) else ()


def _raise_all(world: World, model: Model) -> None:
    """With a fault in the source, say what the model has as well, so that nobody has to come twice."""
    faults = world.faults.in_order()
    if faults:
        places = world.places | {fault.where for fault in faults} | _silent(model)
        unread = any(str(role.origin) in places for entity in model.entities for role in entity.roles)
        more = [
            each
            for each in find_faults(model)
            # Whether a role is bound to its tenant is read from the bodies of those it calls.
            if each.where not in places and not _follows(each, world.broken) and not (unread and each.code == "SB165")
        ]
        raise DeclarationError(sorted({*faults, *more}, key=_position))


def _silent(model: Model) -> set[str]:
    """Where the operations stand of entities that say nothing of permissions: that is one fault, told of the entity."""
    silent = [entity for entity in model.entities if not str(entity.access.origin)]
    queries = {str(query.origin) for entity in silent for query in entity.queries}
    return queries | {str(action.origin) for entity in silent for action in entity.actions}


def _follows(fault: Fault, broken: set[str]) -> bool:
    """Whether *fault* speaks of a name that is broken already."""
    words = set(re.findall(r"\w+", f"{fault.message} {fault.hint}"))
    return bool(words & broken)


def _position(fault: Fault) -> tuple[str, int, str]:
    file, _, line = fault.where.rpartition(":")
    return (file, int(line), fault.code) if line.isdigit() else (fault.where, 0, fault.code)


def _refuse_dependencies(world: World, origin: Origin) -> None:
    seen: dict[str, object] = {}
    made: Mapping[Any, object] = world.provided
    for kind, make in made.items():
        if not isinstance(kind, type) or not callable(make):
            hint = "write provide={Mailer: make_mailer}: a class, and what makes one"
            world.faults.add("SB122", f"`provide` cannot use {kind!r}: {make!r}", origin, hint)
        elif seen.setdefault(kind.__name__, kind) is not kind:
            world.faults.add("SB122", f"`provide` has two classes of the name `{kind.__name__}`", origin, "rename one")


def _listed(world: World, given: object, origin: Origin) -> dict[str, type]:
    found: dict[str, type] = {}
    for each in given if isinstance(given, list | tuple) else ():
        name = each.__name__ if isinstance(each, type) else repr(each)
        if not is_entity(each):
            message, hint = f"`{name}` in `entities` is not an entity", "list classes that stand on sb.Entity"
        elif declared_of(each).abstract:
            message, hint = f"`{name}` in `entities` is abstract", "list the entities that stand on it"
        elif found.get(name) is each:
            message, hint = f"`{name}` is listed twice", "list it once"
        elif name in found:
            message, hint = f"two entities have the name `{name}`", "rename one, and say was= so that its rows are kept"
        else:
            found[name] = each
            continue
        world.refuse(name, origin, "SB121", message, hint)
    return found


def _refuse_unlisted(world: World, written: Written) -> None:
    """Every entity, event and consumer in the modules of the service is its own, unless another service there lists it."""
    names = {cls.__module__ for cls in world.entities.values()}
    modules = [vars(sys.modules[name]) for name in sorted(names) if name in sys.modules]
    if not any(module is written.module for module in modules):
        modules.append(dict(written.module))
    others = [each for module in modules for each in _listed_elsewhere(module)]
    for module in modules:
        for name, thing in list(module.items()):
            if getattr(thing, "__module__", None) == module.get("__name__"):
                _refuse_thing(world, name, thing, others, written.origin)


def _listed_elsewhere(module: Mapping[str, object]) -> Iterator[object]:
    for each in list(module.values()):
        classes = getattr(each, "classes", None)
        if type(each).__name__ == "Service" and isinstance(classes, Mapping):
            yield from classes.values()


def _refuse_thing(world: World, name: str, thing: Any, others: list[object], origin: Origin) -> None:
    if is_entity(thing):
        declared = declared_of(thing)
        if not declared.abstract and thing not in world.entities.values() and not any(thing is each for each in others):
            hint = did_you_mean(thing.__name__, world.entities) if thing.__name__ in world.entities else ""
            message = f"the entity `{thing.__name__}` is listed by no service"
            world.refuse(
                thing.__name__, declared.origin(), "SB120", message, hint or f"write entities=[..., {thing.__name__}]"
            )
    elif isinstance(thing, type) and issubclass(thing, Event):
        world.later(thing.__name__, Origin(relative(thing.__path__), thing.__line__), "an event")
    elif isinstance(thing, Consumer):
        world.later(name, Origin(relative(thing.path), thing.line), "a consumer")


def _actor(world: World, given: Any, origin: Origin) -> Actor | None:
    if given is None:
        return None
    options = getattr(given, "options", None)
    if type(given).__name__ != "Actor" or not isinstance(options, Mapping):
        hint = 'write actor=sb.Actor(User, claims={"sub": User.subject})'
        world.refuse("me", origin, "SB122", f"`actor` is {given!r}", hint)
        return None
    fit = wrong_options(
        world, "Actor", origin, "sb.Actor", options, {"entity": type, "claims": Mapping, "provision": bool}
    )
    entity = given.positional[0] if given.positional else fit.get("entity")
    if not is_entity(entity) or entity not in world.entities.values():
        message = f"the actor `{_name(entity)}` is not among the entities"
        world.refuse("me", origin, "SB122", message, "list it in entities=[...]")
        return None
    world.actor = entity
    claims = _claims(world, entity, fit.get("claims", {}), origin)
    return Actor(entity.__name__, claims, fit.get("provision") is True)


def _name(thing: object) -> str:
    return thing.__name__ if isinstance(thing, type) else repr(thing)


def _claims(world: World, entity: type, given: object, origin: Origin) -> tuple[Claim, ...]:
    claims = []
    for claim, field in given.items() if isinstance(given, Mapping) else ():
        if not isinstance(field, Member) or not issubclass(entity, field.owner) or not isinstance(claim, str):
            problem = Problem("SB122", f"the claim {claim!r} does not name a field of `{entity.__name__}`")
            hint = f'write claims={{"sub": {entity.__name__}.subject}}: a field, by its name on the class'
            world.refuse("Actor", origin, problem.code, problem.message, hint)
        else:
            claims.append(Claim(claim, field.name))
    return tuple(claims)
