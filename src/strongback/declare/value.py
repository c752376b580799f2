"""Values inside a field: embedded value objects, and JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, dataclass_transform

from strongback.declare.annotations import Names, is_class_variable, own_annotations
from strongback.declare.spec import MISSING, Missing, Spec, field
from strongback.errors import did_you_mean


class JsonMark:
    """In an `Annotated`: any JSON value but null."""


JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
JSON: TypeAlias = Annotated["dict[str, JsonValue] | list[JsonValue] | str | int | float | bool", JsonMark()]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Value:
    """
    A value object, embedded in a field: `class Address(sb.Value): street: str = sb.field(max=200)`.

    Frozen; equal when all its members are.
    """

    __given__: ClassVar[Mapping[str, tuple[object, object]]] = {}
    __names__: ClassVar[Names] = Names()

    if not TYPE_CHECKING:

        def __init_subclass__(cls) -> None:
            frame = sys._getframe(1)  # noqa: SLF001  # where the class statement stands, for its faults
            cls.__names__ = Names(frame.f_locals, frame.f_globals)
            own = {
                n: (a, cls.__dict__.get(n, MISSING))
                for n, a in own_annotations(cls).items()
                if not is_class_variable(a)
            }
            cls.__given__ = {**cls.__given__, **own}

    def __init__(self, **values: Any) -> None:
        unknown = next((name for name in values if name not in self.__given__), None)
        if unknown is not None:
            hint = did_you_mean(unknown, self.__given__)
            raise TypeError(f"{type(self).__name__} has no `{unknown}`{f': {hint}' if hint else ''}")
        for name, (_, given) in self.__given__.items():
            value = values.get(name, default_of(given))
            if isinstance(value, Missing):
                raise TypeError(f"{type(self).__name__} needs `{name}`")
            self.__dict__[name] = value

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            raise AttributeError(f"{type(self).__name__} is a value: make a new one instead of changing `{name}`")

        def __eq__(self, other: object) -> bool:
            return type(self) is type(other) and self.__dict__ == other.__dict__

        def __hash__(self) -> int:
            return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def default_of(given: object) -> object:
    """The default that stands in a class body, MISSING when there is none."""
    return given.default if isinstance(given, Spec) else given
