"""Who may: roles on rows, joined by `|` and `&`, in one table of permissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, ParamSpec, Self, overload

P = ParamSpec("P")


class Permission:
    """Something that holds, or not, for a caller and a row. There is no `not`: what is not granted, nobody may."""

    if TYPE_CHECKING:

        def __or__(self, other: Permission) -> Permission: ...

        def __and__(self, other: Permission) -> Permission: ...

    else:
        # Operands are judged when the service loads, where file and line are known.
        def __or__(self, other: object) -> Permission:
            return AnyOf((self, other))

        def __and__(self, other: object) -> Permission:
            return AllOf((self, other))

        def __ror__(self, other: object) -> Permission:
            return AnyOf((other, self))

        def __rand__(self, other: object) -> Permission:
            return AllOf((other, self))

        def __invert__(self) -> Permission:
            return Denied(self)


class AnyOf(Permission):
    """`one | other`."""

    def __init__(self, parts: tuple[object, ...]) -> None:
        self.parts = parts


class AllOf(Permission):
    """`one & other`."""

    def __init__(self, parts: tuple[object, ...]) -> None:
        self.parts = parts


class Denied(Permission):
    """`~one`, which is refused: a permission only ever grants."""

    def __init__(self, part: object) -> None:
        self.part = part


class Granted(Permission):
    """A permission that needs no row."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"sb.{self.name}"


SIGNED_IN: Final[Permission] = Granted("SIGNED_IN")
EVERYONE: Final[Permission] = Granted("EVERYONE")


class Role(Permission, Generic[P]):
    """
    A relation between the caller and a row: a method of an entity that returns a bool.

    On an instance it is that method; in a class body and on the class it is a permission.
    """

    def __init__(self, body: Callable[..., object], options: Mapping[str, object]) -> None:
        self.body = body
        self.options = dict(options)
        self.name = getattr(body, "__name__", "")
        self.__doc__ = body.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type[object]) -> Self: ...

    @overload
    def __get__(self, row: object, owner: type[object]) -> Callable[P, bool]: ...

    def __get__(self, row: object, owner: type[object]) -> object:
        return self if row is None else MethodType(self.body, row)

    def __repr__(self) -> str:
        return f"<role {self.name}>"


@overload
def role(body: Callable[Concatenate[Any, P], bool], /) -> Role[P]: ...


@overload
def role(*, spans_tenants: bool = False) -> Callable[[Callable[Concatenate[Any, P], bool]], Role[P]]: ...


def role(*positional: Any, **options: Any) -> Any:
    """
    Declare a role: `def recruiter(self, me: User) -> bool`, whose body is one `return` in the predicate language.

    Args:
        spans_tenants: Says aloud that the role is not bound to the row's own tenant.
    """
    if positional:
        return Role(positional[0], options)
    return lambda body: Role(body, options)


class Access:
    """
    The permissions of an entity: `access = sb.Access(read=member | public, update=recruiter)`.

    Args:
        read, create, update, delete: Who may; left out: nobody.
        restore: Who may bring a deleted row back, where `soft_delete=True` keeps it and they could read it.
        history: Who may read the earlier versions of a row that they may read, where `history=True` keeps them.
        fields: Who may see single fields, where not everyone who reads the row may: `{note: reviewer}`.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            read: Permission | None = None,
            create: Permission | None = None,
            update: Permission | None = None,
            delete: Permission | None = None,
            restore: Permission | None = None,
            history: Permission | None = None,
            fields: Mapping[Any, Permission] | None = None,
        ) -> None: ...

    else:

        def __init__(self, *positional: object, **options: object) -> None:
            self.positional = positional
            self.options = options

    positional: tuple[object, ...]
    options: dict[str, object]
