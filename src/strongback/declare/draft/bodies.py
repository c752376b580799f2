"""Roles, checks and computed fields: what has a body in the predicate language."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType

from strongback.declare.annotations import AnnotationFault, annotations_of, resolve, spell, split_optional
from strongback.declare.compile import FUNCTIONS, Body, compile_body
from strongback.declare.computed import Computed
from strongback.declare.constraint import CheckSpec
from strongback.declare.declared import Declared
from strongback.declare.draft.world import AskedRole, World, wrong_options
from strongback.declare.permission import Role
from strongback.declare.reading import not_a_type, read
from strongback.declare.source import NoSource, SourceChanged, SourceFile
from strongback.declare.targets import declared_of, target_of
from strongback.model.access import Role as DraftedRole
from strongback.model.entity import Check
from strongback.model.field import Field
from strongback.model.origin import Origin
from strongback.predicate.tree import TRUE, Expr
from strongback.predicate.types import Type

Definition = ast.FunctionDef | ast.AsyncFunctionDef
UNREADABLE = Body(TRUE)


def clean_doc(doc: str | None) -> str:
    """A docstring as it is shown: its indentation taken off."""
    return "\n".join(line.strip() for line in doc.strip().splitlines()) if doc else ""


def draft_roles(world: World, declared: Declared) -> tuple[DraftedRole, ...]:
    """Draft the roles of an entity."""
    return tuple(_role(world, declared, name, *each) for name, each in declared.things(Role).items())


def _role(world: World, declared: Declared, name: str, role: Role[...], owner: Declared) -> DraftedRole:
    origin = owner.origin(name)
    options = wrong_options(world, name, origin, "a role", role.options, {"spans_tenants": bool})
    signature = _Signature(world, owner, name, role.body, origin, takes_me=True)
    body = signature.compile("role")
    world.asked += [AskedRole(declared, use, Origin(origin.file, use.line), (name, origin)) for use in body.uses]
    return DraftedRole(
        name,
        body.expr,
        doc=clean_doc(role.__doc__),
        anonymous=signature.anonymous,
        spans_tenants=options.get("spans_tenants") is True,
        origin=origin,
    )


def draft_checks(world: World, declared: Declared) -> tuple[Check, ...]:
    """Draft the checks of an entity."""
    return tuple(_check(world, name, *each) for name, each in declared.things(CheckSpec).items())


def _check(world: World, name: str, check: CheckSpec, owner: Declared) -> Check:
    origin = owner.origin(name)
    options = wrong_options(world, name, origin, "sb.check", check.options, {"code": str, "message": str})
    if not options.get("code"):
        hint = f'write @sb.check(code="{name}"): clients read it'
        world.refuse(name, origin, "SB123", f"`{name}`: a check needs a code", hint)
    body = _Signature(world, owner, name, check.body, origin).compile("check")
    return Check(name, body.expr, str(options.get("code", "")), str(options.get("message", "")), origin)


def compile_row_condition(world: World, owner: Declared, method: FunctionType, origin: Origin) -> Expr:
    """The condition that a plain *method* of *owner* returns, which a rule at *origin* names."""
    return _Signature(world, owner, method.__name__, method, origin).compile("condition").expr


def draft_computed(world: World, declared: Declared) -> tuple[Field, ...]:
    """Draft the computed fields of an entity."""
    return tuple(_computed(world, name, *each) for name, each in declared.things(Computed).items())


def _computed(world: World, name: str, computed: Computed[object], owner: Declared) -> Field:
    origin = owner.origin(name)
    signature = _Signature(world, owner, name, computed.body, origin)
    body = signature.compile("computed field", any_type=True)
    return Field(name, signature.returned(), doc=clean_doc(computed.__doc__), computed=body.expr, origin=origin)


class _Signature:
    """The parameters and the result of a body, judged."""

    def __init__(
        self,
        world: World,
        owner: Declared,
        name: str,
        function: Callable[..., object],
        origin: Origin,
        *,
        takes_me: bool = False,
    ) -> None:
        self.world, self.owner, self.name, self.function, self.origin = world, owner, name, function, origin
        self.takes_me = takes_me
        self.anonymous = True

    def refuse(self, message: str, hint: str = "", code: str = "SB108") -> None:
        self.world.refuse(self.name, self.origin, code, message, hint)

    def compile(self, what: str, *, any_type: bool = False) -> Body:
        """Check the signature, then compile the body; a body that cannot be found is a fault and stands as true."""
        found = self.definition(what)
        if found is None:
            return UNREADABLE
        function, node, source = found
        if isinstance(node, ast.AsyncFunctionDef):
            self.refuse(
                f"the {what} `{self.name}` waits for something", f"write def {self.name}(...): it is run by the store"
            )
        me = self.parameters(what, node)
        if not any_type:
            self.returns_bool(what)
        before = len(self.world.faults)
        body = compile_body(function, node, source, self.world.faults, me)
        if len(self.world.faults) > before:
            self.world.breaks(self.name, self.origin)
        return body

    def definition(self, what: str) -> tuple[FunctionType, Definition, SourceFile] | None:
        function = self.function
        if not isinstance(function, FunctionType) or function.__name__ == "<lambda>":
            self.refuse(
                f"the {what} `{self.name}` is not a function", f"write def {self.name}(self, ...) -> ...: return ..."
            )
            return None
        if function.__code__.co_filename != self.owner.path:
            self.refuse(
                f"the {what} `{self.name}` is written in another file", f"write it in the body of `{self.owner.name}`"
            )
            return None
        try:
            source = self.owner.source
            if source is None:
                raise NoSource(f"there is no source of `{self.owner.name}.{self.name}`", hint=NO_SOURCE)
            node = source.function(function)
            if node.name != self.name:
                self.refuse(
                    f"the {what} `{self.name}` is wrapped by something",
                    f"put nothing under the decorator of the {what}",
                )
                return None
            return function, node, source
        except (NoSource, SourceChanged) as wrong:
            self.refuse(wrong.message, wrong.hint, wrong.code)
            return None

    def parameters(self, what: str, node: Definition) -> str:
        """Returns the caller's parameter, empty when there is none."""
        given = node.args
        extra = [*given.posonlyargs, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg)), *given.defaults]
        most = 2 if self.takes_me else 1
        if extra or not 1 <= len(given.args) <= most or (len(given.args) == 2 and given.args[1].arg != "me"):
            wanted = "`self`, and `me` where it asks for the caller" if self.takes_me else "`self` alone"
            self.refuse(f"the {what} `{self.name}` takes {ast.unparse(given) or 'nothing'}", f"it takes {wanted}")
            return ""
        if len(given.args) < 2:
            return ""
        self.caller(what)
        return "me"

    def caller(self, what: str) -> None:
        actor = self.world.actor
        annotation = annotations_of(self.function).get("me")
        try:
            found, self.anonymous = split_optional(annotation, self.world.names_of(self.owner))
            found = resolve(found, self.world.names_of(self.owner))
        except AnnotationFault as fault:
            self.world.refuse_annotation(self.name, self.origin, fault)
            return
        if actor is None:
            hint = 'write sb.Service(..., actor=sb.Actor(User, claims={"sub": User.subject}))'
            self.refuse(f"the {what} `{self.name}` asks for the caller, but the service has no actor", hint)
        elif found is not actor:
            hint = f"write me: {actor.__name__}, or me: {actor.__name__} | None to let anonymous callers in"
            self.refuse(f"the {what} `{self.name}`: `me` is a `{spell(annotation)}`, not the service's actor", hint)

    def returns_bool(self, what: str) -> None:
        annotation = annotations_of(self.function).get("return", ...)
        if annotation not in (bool, "bool"):
            said = "nothing" if annotation is ... else f"`{spell(annotation)}`"
            self.refuse(f"the {what} `{self.name}` says it returns {said}", f"write def {self.name}(...) -> bool")

    def returned(self) -> Type:
        """The type of a computed field; a fault stands as text."""
        annotation = annotations_of(self.function).get("return")
        try:
            if annotation is None:
                raise AnnotationFault(
                    "SB108", "it does not say what it returns", f"write def {self.name}(self) -> bool"
                )
            reading = read(annotation, self.world.names_of(self.owner))
            if reading.scalar is None:
                raise not_a_type(annotation)
        except AnnotationFault as fault:
            self.world.refuse_annotation(self.name, self.origin, fault)
            return Type("str")
        self.world.refuse_all(self.name, self.origin, reading.problems)
        return reading.scalar


NO_SOURCE = "run where the source is, or run from the IR that was made where it is"


def judge_asked(world: World) -> None:
    """Every role that is called takes the caller when it is given one, and is given one when it takes it."""
    for asked in world.asked:
        word = asked.use.role
        role = _asked_role(world, asked)
        if role is None:
            continue
        if not isinstance(role, Role):
            message = (
                f"`{word}` is not a function of the predicate language: `{'.'.join(asked.use.of.steps)}` is a value"
            )
            _refuse_asked(world, asked, "SB105", message, FUNCTIONS)
        elif (takes := _arguments(role) > 1) is not asked.use.passes_me:
            message = f"`{word}` is not asked for the caller" if takes else f"`{word}` takes no caller"
            _refuse_asked(world, asked, "SB109", message, f"write {word}(me)" if takes else f"write {word}()")


def _refuse_asked(world: World, asked: AskedRole, code: str, message: str, hint: str) -> None:
    world.breaks(*asked.caller)
    world.faults.add(code, message, asked.origin, hint)


def _arguments(role: Role[...]) -> int:
    code = getattr(role.body, "__code__", None)
    return int(getattr(code, "co_argcount", 1))


def _asked_role(world: World, asked: AskedRole) -> object:
    """The role that is called; a member that is no row, where the path ends in one; None where the model finds the fault."""
    here = asked.declared.cls if asked.use.of.var == "self" else world.actor
    for step in asked.use.of.steps:
        if here is None:
            return None
        target = target_of(here, step)
        if target is None:
            return declared_of(here).given.get(step)
        here = target
    found = getattr(here, asked.use.role, None) if here is not None else None
    return found if isinstance(found, Role) else None
