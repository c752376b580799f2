"""What stands in the body of an entity's class, as it was written: kept when the class is created, judged when the service loads."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import FrameType
from typing import Any, TypeVar

from strongback.declare.annotations import Names, is_class_variable, own_annotations
from strongback.declare.source import SourceFile, keep_source, relative
from strongback.declare.spec import MISSING, InverseSpec, KeySpec, Missing, Spec
from strongback.declare.value import default_of
from strongback.model.origin import Origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """
    An annotated name in a class body.

    Attributes:
        annotation: Unresolved.
        assigned: The specifier or the plain default beside it, MISSING for a bare annotation.
        owner: The class in whose body it stands: an entity or a mixin.
    """

    name: str
    annotation: object
    assigned: object
    owner: Declared

    @property
    def spec(self) -> Spec | None:
        return self.assigned if isinstance(self.assigned, Spec) else None

    @property
    def default(self) -> object:
        return default_of(self.assigned)

    @property
    def has_default(self) -> bool:
        return not isinstance(self.default, Missing)

    @property
    def is_inverse(self) -> bool:
        return isinstance(self.assigned, InverseSpec)


@dataclass(eq=False)
class Declared:
    """
    An entity's class, or an abstract mixin, as written.

    Attributes:
        options: The class keywords, unchecked.
        given: Annotated names, those of mixins first.
        key: The key of its own that rows have, if any.
        own: The class's own namespace when it was created.
        source: The text of its file at that moment; None when there is none.
        line: Where the class statement stands, or its first decorator.
        around: Names of the function the class stands in, if any.
        entities: The entities of the services it is listed in, by name: what a forward reference may mean.
    """

    cls: type
    options: dict[str, object]
    given: dict[str, Given]
    own: dict[str, object]
    path: str
    source: SourceFile | None
    line: int
    module: Mapping[str, object]
    around: Mapping[str, object]
    entities: dict[str, type] = field(default_factory=dict)
    key: Given | None = None

    @property
    def key_is_generated(self) -> bool:
        """Whether the store gives a new row its key."""
        spec = self.key.spec if self.key is not None else None
        return spec is not None and spec.options.get("generated") is True

    @property
    def name(self) -> str:
        return self.cls.__name__

    @property
    def abstract(self) -> bool:
        return self.options.get("abstract") is True

    @property
    def managed(self) -> bool:
        """Whether its table is Strongback's."""
        return self.options.get("managed") is not False

    @property
    def names(self) -> Names:
        """The names its annotations may use; a member of the class hides none, it is refused where it would."""
        return Names(self.around, self.module, self.entities, {self.name: self.cls})

    def origin(self, name: str = "") -> Origin:
        """Where the member *name* stands in the body, or where the class does."""
        line = self._lines.get(name, self._lines.get("", self.line))
        return Origin(relative(self.path), line)

    @cached_property
    def body(self) -> ast.ClassDef | None:
        """The class's own definition, None without source."""
        return self.source.class_(self.cls.__qualname__, self.line) if self.source is not None else None

    @cached_property
    def annotated(self) -> dict[str, ast.AnnAssign]:
        """The annotated names in the body, as they stand in the source."""
        found = [each for each in self.body.body if isinstance(each, ast.AnnAssign)] if self.body is not None else []
        return {each.target.id: each for each in found if isinstance(each.target, ast.Name)}

    @cached_property
    def _lines(self) -> dict[str, int]:
        lines = {"": self.body.lineno} if self.body is not None else {}
        for node in self.body.body if self.body is not None else ():
            lines.update(dict.fromkeys(_named(node), node.lineno))
        return lines

    def things(self, kind: type[T]) -> dict[str, tuple[T, Declared]]:
        """What of *kind* stands in the body and in those of its mixins, with the class it stands in."""
        return {name: (value, base) for name, (value, base) in self._all.items() if isinstance(value, kind)}

    @cached_property
    def _all(self) -> dict[str, tuple[object, Declared]]:
        return {name: (value, base) for base in self.bases() for name, value in base.own.items()}

    def bases(self) -> list[Declared]:
        """The entities and mixins it stands on, outermost first, itself last."""
        found = [each.__dict__.get("__declared__") for each in reversed(self.cls.__mro__)]
        return [each for each in found if isinstance(each, Declared)]


def _named(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.AnnAssign(ast.Name(name)):
            return [name]
        case ast.Assign(targets):
            return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]
        case _:
            return []


def declare(cls: Any, options: Mapping[str, object], frame: FrameType) -> Declared:
    """Keep what stands in the body of *cls*, which the code of *frame* has just created."""
    path = frame.f_code.co_filename
    around = dict(frame.f_locals) if frame.f_locals is not frame.f_globals else {}
    declared = Declared(
        cls=cls,
        options=dict(options),
        given={},
        own=dict(vars(cls)),
        path=path,
        source=keep_source(path, frame.f_globals),
        line=frame.f_lineno,
        module=frame.f_globals,
        around=around,
    )
    cls.__declared__ = declared
    own = {
        name: Given(name, annotation, vars(cls).get(name, MISSING), declared)
        for name, annotation in own_annotations(cls).items()
        if not is_class_variable(annotation)
    }
    bases = declared.bases()[:-1]
    declared.key = next((base.key for base in reversed(bases) if base.key is not None), None)
    if "id" in own and isinstance(own["id"].assigned, KeySpec):
        declared.key = own.pop("id")
        del cls.id, declared.own["id"]  # the name on the class is that of every entity
    inherited = {name: given for base in bases for name, given in base.given.items()}
    declared.given = {**inherited, **own}
    return declared
