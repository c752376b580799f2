"""Actions: their parameters, what is injected, what they return, and what their source needs loaded."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any, Final

from msgspec.structs import replace

from strongback.declare.action import ActionSpec
from strongback.declare.annotations import AnnotationFault, Names, annotations_of, spell
from strongback.declare.declared import Declared
from strongback.declare.draft.access import draft_permission, draft_rate
from strongback.declare.draft.bodies import NO_SOURCE, clean_doc
from strongback.declare.draft.members import draft_default, draft_pii
from strongback.declare.draft.world import Accepted, World, wrong_options
from strongback.declare.injected import Clock, Db
from strongback.declare.prefetch import find_paths
from strongback.declare.raw_use import fetches
from strongback.declare.reading import Reading, not_a_type, read
from strongback.declare.source import NoSource, SourceChanged, find_function
from strongback.model.action import Action, Injected, Parameter
from strongback.predicate.tree import FALSE, Path
from strongback.predicate.types import Type

LATER: Final = ("emits", "idempotent", "implements", "isolation")
OPTIONS: Final[Mapping[str, Accepted]] = {
    "allow": object,
    "rate": (str, type(None)),
    **dict.fromkeys(LATER, object),
}
WELL_KNOWN: Final[Mapping[object, Any]] = {Db: "db", Clock: "clock"}
UNNAMED: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)


def draft_actions(world: World, declared: Declared) -> tuple[Action, ...]:
    """Draft the actions of an entity."""
    drafted = (_Draft(world, declared, name, *each).action() for name, each in declared.things(ActionSpec).items())
    return tuple(each for each in drafted if each is not None)


class _Draft:
    def __init__(self, world: World, declared: Declared, name: str, spec: ActionSpec, owner: Declared) -> None:
        self.world, self.declared, self.name, self.spec, self.owner = world, declared, name, spec, owner
        self.origin = owner.origin(name)
        self.parameters: list[Parameter] = []
        self.injected: list[Injected] = []
        self.roots: dict[str, type] = {}

    def refuse(self, message: str, hint: str = "", code: str = "SB119") -> None:
        self.world.refuse(self.name, self.origin, code, message, hint)

    def action(self) -> Action | None:
        function = self.spec.function
        if not isinstance(function, FunctionType):
            self.refuse(
                f"the action `{self.name}` is not a function",
                "write def, under @sb.action(...), and @classmethod below it",
            )
            return None
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            self.refuse(f"the action `{self.name}` yields", "an action returns once: a row, a list or a value")
        options = wrong_options(self.world, self.name, self.origin, "sb.action", self.spec.options, OPTIONS)
        for promise in LATER:
            if options.get(promise):
                self.world.later(self.name, self.origin, f"`{promise}=`")
        this = self.read_parameters(function)
        drafted = Action(
            self.name,
            "class" if self.spec.on_class else "row",
            self.allow(options),
            doc=clean_doc(function.__doc__),
            parameters=tuple(self.parameters),
            injected=tuple(self.injected),
            is_async=inspect.iscoroutinefunction(function),
            prefetch=self.prefetch(function, this),
            rate=draft_rate(self.world, self.name, options.get("rate"), self.origin),
            raw_sql=self.uses_raw_sql(function),
            origin=self.origin,
        )
        return self.returning(function, drafted)

    def uses_raw_sql(self, function: FunctionType) -> bool:
        """Whether its text may: it fetches by `db`, or gives `db` to something else."""
        db = {each.name for each in self.injected if each.what == "db"}
        try:
            return bool(db) and fetches(find_function(function), db)
        except (NoSource, SourceChanged):
            return False  # said where its prefetching is read

    def allow(self, options: Mapping[str, object]) -> Any:
        if "allow" not in options:
            return FALSE  # refused by the model: an action that nobody may
        return draft_permission(self.world, self.declared, options["allow"], self.origin)

    def names(self, function: FunctionType) -> Names:
        return self.world.names_of(self.owner).before(function.__globals__)

    def read_parameters(self, function: FunctionType) -> str:
        """Read all parameters; returns the name of the row's own."""
        given = list(inspect.signature(function).parameters.values())
        first = given.pop(0) if given else None
        if first is None or first.kind in UNNAMED[:2] or (not self.spec.on_class and first.name == "cls"):
            hint = "write self first, or @classmethod below @sb.action(...) and cls first"
            self.refuse(f"the action `{self.name}` takes no row and no class", hint)
            return ""
        annotations = annotations_of(function)
        for parameter in given:
            self.parameter(parameter, annotations.get(parameter.name), self.names(function))
        if self.spec.on_class:
            return ""
        self.roots[first.name] = self.declared.cls
        return first.name

    def parameter(self, parameter: inspect.Parameter, annotation: object, names: Names) -> None:
        name = parameter.name
        if parameter.kind in UNNAMED:
            self.refuse(
                f"`{self.name}`: the parameter `{parameter}` has no name a caller could give", "name each parameter"
            )
            return
        if annotation is None:
            self.refuse(f"`{self.name}`: the parameter `{name}` has no type", f"write {name}: str")
            return
        try:
            reading = read(annotation, names)
            self.world.refuse_all(f"{self.name}.{name}", self.origin, reading.problems)
            self.given(parameter, annotation, reading)
        except AnnotationFault as fault:
            self.refuse(f"`{self.name}`: `{name}`: {fault.message}", fault.hint, fault.code)

    def given(self, parameter: inspect.Parameter, annotation: object, reading: Reading) -> None:
        """Put a parameter where it belongs: to the engine by its type, else to the caller."""
        name = parameter.name
        if name == "me":
            self.caller(annotation, reading)
        elif reading.other is not None:
            self.injected.append(self.injection(name, reading.other, reading.optional))
        elif reading.entity is not None and not reading.many:
            self.roots[name] = reading.entity
            type_ = Type("ref", optional=reading.optional, target=reading.entity.__name__)
            self.parameters.append(self.of_caller(parameter, type_, reading))
        elif reading.scalar is not None:
            self.parameters.append(self.of_caller(parameter, reading.scalar, reading))
        else:
            hint = "take list[UUID] and read them with db.find"
            raise AnnotationFault("SB119", f"a caller cannot give `{spell(annotation)}`", hint)

    def caller(self, annotation: object, reading: Reading) -> None:
        actor = self.world.actor
        if actor is None or reading.entity is not actor or reading.many:
            wanted = actor.__name__ if actor is not None else "User, and give the service an actor"
            raise AnnotationFault("SB119", f"`{spell(annotation)}` is not the service's actor", f"write me: {wanted}")
        self.roots["me"] = actor
        self.injected.append(Injected("me", "me", reading.optional))

    def injection(self, name: str, kind: type, optional: bool) -> Injected:
        if kind in WELL_KNOWN:
            return Injected(name, WELL_KNOWN[kind], optional)
        if kind not in self.world.provided:
            hint = f"say how to make one: sb.Service(provide={{{kind.__name__}: ...}}); or write a type of the model"
            self.refuse(f"`{self.name}`: nothing provides the `{kind.__name__}` of `{name}`", hint, "SB125")
        return Injected(name, "dependency", optional, kind.__name__)

    def of_caller(self, parameter: inspect.Parameter, type_: Type, reading: Reading) -> Parameter:
        place = f"{self.name}.{parameter.name}"
        default = None
        if parameter.default is not inspect.Parameter.empty:
            default = draft_default(self.world, place, parameter.default, type_, self.origin)
        pii = draft_pii(self.world, place, reading, self.origin)
        doc = next((str(each.options["doc"]) for each in reading.specs if "doc" in each.options), "")
        return Parameter(parameter.name, type_, default, pii, doc)

    def returning(self, function: FunctionType, action: Action) -> Action:
        annotations = annotations_of(function)
        if "return" not in annotations:
            self.refuse(f"the action `{self.name}` does not say what it returns", "write -> None, or what it returns")
            return action
        returned = annotations["return"]
        if returned in (None, "None"):
            return action
        try:
            reading = read(returned, self.names(function))
            if reading.entity is None and reading.scalar is None:
                raise not_a_type(returned)
        except AnnotationFault as fault:
            self.refuse(f"the action `{self.name}` returns: {fault.message}", fault.hint, fault.code)
            return action
        self.world.refuse_all(self.name, self.origin, reading.problems)
        return replace(
            action,
            returns_entity=reading.entity.__name__ if reading.entity is not None else "",
            returns_type=reading.scalar,
            returns_many=reading.many,
            returns_optional=reading.optional,
        )

    def prefetch(self, function: FunctionType, this: str) -> tuple[Path, ...]:
        try:
            return find_paths(function, self.roots, this)
        except NoSource as wrong:
            self.refuse(wrong.message, wrong.hint or NO_SOURCE, wrong.code)
        except SourceChanged as wrong:
            self.refuse(wrong.message, wrong.hint, wrong.code)
        return ()
