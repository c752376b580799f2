"""Resolve annotations one at a time, so that a wrong one is a fault of its own and the others are still read."""

from __future__ import annotations

import builtins
import sys
import typing
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import CodeType, UnionType
from typing import Any, ClassVar, ForwardRef, Union, get_args, get_origin

from strongback.errors import StrongbackError, did_you_mean

if sys.version_info >= (3, 14):
    import annotationlib


class AnnotationFault(StrongbackError):
    """An annotation cannot be resolved or read; `code` is set per fault."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Names(Mapping[str, object]):
    """
    The names an annotation may use, nearest first.

    Args:
        places: Namespaces: of the function around a class, of its module, the entities of its service.
    """

    def __init__(self, *places: Mapping[str, object]) -> None:
        self.places = places

    def __getitem__(self, name: str) -> object:
        for place in (*self.places, vars(builtins)):
            if name in place:
                return place[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({name for place in self.places for name in place})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def inside(self, place: Mapping[str, object]) -> Names:
        """These names, and before them those of *place*."""
        return Names(place, *self.places)

    def before(self, place: Mapping[str, object]) -> Names:
        """These names, and after them those of *place*."""
        return Names(*self.places, place)


def own_annotations(cls: type) -> dict[str, object]:
    """The annotations in the body of *cls*, unresolved where they are text."""
    if sys.version_info >= (3, 14):
        return dict(annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF))
    return dict(vars(cls).get("__annotations__", {}))


def annotations_of(function: object) -> dict[str, object]:
    """The annotations of a function, unresolved where they are text."""
    if sys.version_info >= (3, 14):
        return dict(annotationlib.get_annotations(function, format=annotationlib.Format.FORWARDREF))
    return dict(getattr(function, "__annotations__", {}))


def resolve(annotation: object, names: Names) -> Any:
    """
    Resolve *annotation* as far as its outermost form: text and forward references become what they name.

    Raises:
        AnnotationFault: SB103, a name in it is not known; SB102, it is not an expression.
    """
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        return resolve(eval(_code(annotation), {"__builtins__": {}}, _Lookup(names)), names)  # noqa: S307  # the team's own source
    except NameError as wrong:
        name = wrong.name or annotation
        raise AnnotationFault("SB103", f"there is no `{name}` here", _name_hint(name, names)) from None
    except AnnotationFault:
        raise
    except Exception as wrong:  # noqa: BLE001  # whatever evaluating an annotation raises
        raise AnnotationFault("SB102", f"`{annotation}` cannot be read as a type: {wrong}") from None


@lru_cache(maxsize=1024)
def _code(annotation: str) -> CodeType:
    """Compiled once: `str`, `int | None` and the like stand in a declaration hundreds of times."""
    return compile(annotation, "<annotation>", "eval")


class _Lookup(dict[str, object]):
    """`eval` wants a mapping whose misses are KeyErrors, and looks in builtins afterwards, which are among *names*."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, name: str) -> object:
        return self._names[name]


def _name_hint(name: str, names: Iterable[str]) -> str:
    return did_you_mean(name, names) or f"import `{name}`, or list it in sb.Service(entities=[...])"


def is_class_variable(annotation: object) -> bool:
    """Whether *annotation* says `ClassVar`, resolved or not."""
    if isinstance(annotation, str):
        return annotation.split("[")[0].split(".")[-1].strip() == "ClassVar"
    return annotation is ClassVar or get_origin(annotation) is ClassVar


def split_optional(annotation: object, names: Names) -> tuple[object, bool]:
    """
    Take `| None` off.

    Returns:
        What is left, and whether None was among it.
    Raises:
        AnnotationFault: More than one type is left.
    """
    resolved = resolve(annotation, names)
    if get_origin(resolved) not in (Union, UnionType):
        return resolved, False
    parts = [resolve(part, names) for part in get_args(resolved)]
    left = [part for part in parts if part not in (None, type(None))]
    if len(left) != 1:
        raise AnnotationFault(
            "SB102", f"`{spell(resolved)}` is more than one type", "write one type, or one type `| None`"
        )
    inner, optional = split_optional(left[0], names)
    return inner, optional or len(left) < len(parts)


def spell(annotation: object) -> str:
    """
    Spell an annotation as the team wrote it, or nearly.

    >>> spell(int), spell(list[int]), spell("Job | None")
    ('int', 'list[int]', 'Job | None')
    """
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, ForwardRef):
        return annotation.__forward_arg__
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")


def alias_value(annotation: Any) -> Any:
    """What a `type X = ...` alias or a NewType stands for; anything else is itself."""
    alias = getattr(typing, "TypeAliasType", None)
    while True:
        if alias is not None and isinstance(annotation, alias):
            annotation = annotation.__value__
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        else:
            return annotation
