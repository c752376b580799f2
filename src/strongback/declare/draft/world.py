"""What every part of a draft needs to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from strongback.declare.annotations import AnnotationFault, Names
from strongback.declare.compile import RoleUse
from strongback.declare.constraints import Problem
from strongback.declare.declared import Declared
from strongback.declare.faults import Faults
from strongback.errors import did_you_mean
from strongback.model.origin import Origin

# The types an option may have.
Accepted = type | tuple[type, ...]


@dataclass(frozen=True, slots=True)
class AskedRole:
    """
    A role that the body of a role of *declared* calls.

    Attributes:
        origin: Where the call stands.
        caller: The role whose body it is, and where that stands.
    """

    declared: Declared
    use: RoleUse
    origin: Origin
    caller: tuple[str, Origin]


@dataclass(slots=True)
class World:
    """
    A service while it is drafted.

    Attributes:
        entities: The classes of its entities, by name.
        actor: The class of its callers, if any.
        provided: What makes the team's own dependencies, by type.
        broken: Names that have a fault of the source: what the model says about them follows from it.
        places: Where they stand.
        asked: Role calls, judged when all roles are known.
    """

    faults: Faults = field(default_factory=Faults)
    entities: dict[str, type] = field(default_factory=dict)
    actor: type | None = None
    provided: Mapping[type, object] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    asked: list[AskedRole] = field(default_factory=list)

    def names_of(self, declared: Declared) -> Names:
        """The names an annotation in the body of *declared* may use."""
        return declared.names.before(self.entities)

    def refuse(self, name: str, origin: Origin, code: str, message: str, hint: str = "") -> None:
        """Note a fault of *name*."""
        self.breaks(name, origin)
        self.faults.add(code, message, origin, hint)

    def breaks(self, name: str, origin: Origin) -> None:
        """Note that *name* is not in the model as it should be."""
        self.broken.add(name)
        self.places.add(str(origin))

    def refuse_annotation(self, name: str, origin: Origin, fault: AnnotationFault) -> None:
        self.refuse(name, origin, fault.code, f"`{name}`: {fault.message}", fault.hint)

    def refuse_all(self, name: str, origin: Origin, problems: Iterable[Problem]) -> None:
        for each in problems:
            self.refuse(name, origin, each.code, f"`{name}`: {each.message}", each.hint)

    def later(self, name: str, origin: Origin, what: str) -> None:
        """Refuse a promise that nothing acts on yet."""
        hint = "take it out until it acts: nothing would keep this promise today"
        self.faults.add("SB101", f"`{name}`: {what} is not yet supported", origin, hint)


def draft_erase(world: World, name: str, given: object, origin: Origin) -> str | None:
    """A rule of erasure as text; whether it can be kept is judged on the finished model."""
    if given is not None and not isinstance(given, str):
        hint = 'write erase="365d after created_at"'
        world.refuse(name, origin, "SB198", f"`{name}`: `erase={given!r}` cannot be read", hint)
    return given if isinstance(given, str) else None


def wrong_options(
    world: World,
    name: str,
    origin: Origin,
    what: str,
    options: Mapping[str, object],
    known: Mapping[str, Accepted],
) -> dict[str, object]:
    """
    Check options by name and type.

    Returns:
        Those that can be used.
    """
    fit: dict[str, object] = {}
    for key, value in options.items():
        if key not in known:
            hint = did_you_mean(key, known) or f"its options are {', '.join(known)}"
            world.faults.add("SB123", f"`{name}`: {what} has no option `{key}`", origin, hint)
        elif not _is(value, known[key]):
            hint = f"write {key}=({value!r},)" if isinstance(value, str) and _is((), known[key]) else ""
            world.faults.add("SB123", f"`{name}`: `{key}={value!r}` is not {_spelt(known[key])}", origin, hint)
        else:
            fit[key] = value
    return fit


def _is(value: object, types: Accepted) -> bool:
    accepted = types if isinstance(types, tuple) else (types,)
    return isinstance(value, accepted) and (not isinstance(value, bool) or bool in accepted or object in accepted)


def _spelt(types: Accepted) -> str:
    accepted = types if isinstance(types, tuple) else (types,)
    words = {bool: "True or False", str: "text", int: "a whole number", tuple: "a tuple", type(None): "None"}
    return " or ".join(words.get(each, each.__name__) for each in accepted)
