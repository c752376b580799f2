"""A field that is never stored: a method in the predicate language, read as an attribute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Never, Self, TypeVar, overload

T = TypeVar("T")


class Computed(Generic[T]):
    """A method under `@sb.computed`; on an instance its value."""

    def __init__(self, body: Callable[[Any], T]) -> None:
        self.body = body
        self.name = body.__name__
        self.__doc__ = body.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type[object]) -> Self: ...

    @overload
    def __get__(self, row: object, owner: type[object]) -> T: ...

    def __get__(self, row: object, owner: type[object]) -> object:
        return self if row is None else self.body(row)

    def __set__(self, row: object, value: Never) -> None:
        raise AttributeError(f"`{self.name}` is computed: change what it is computed from")


def computed(body: Callable[[Any], T], /) -> Computed[T]:
    """Declare a computed field: `def is_open(self) -> bool`, whose body is one `return` in the predicate language."""
    return Computed(body)
