"""What every row, or every pair of rows, must fulfil: `sb.Unique`, `sb.Index`, `@sb.check`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from strongback.declare.computed import Computed

F = TypeVar("F", bound=Callable[[Any], bool])


class Unique:
    """
    No two rows agree on all *members*: `once = sb.Unique(job, candidate, code="already_applied")`.

    Args:
        members: Names of fields and to-one relations, as they stand in the class body, or as text.
        code: What a refused caller reads; `<entity>_<members>_taken` when left out.
        where: Which rows it binds: a method of the same class body over the row's own fields that returns a bool, or a computed field.
    """

    if TYPE_CHECKING:

        def __init__(
            self, *members: object, code: str = "", where: Callable[[Any], bool] | Computed[bool] | None = None
        ) -> None: ...

    else:

        def __init__(self, *members: object, **options: object) -> None:
            self.members = members
            self.options = options

    members: tuple[object, ...]
    options: dict[str, object]


class Index:
    """
    An index for a filter or an order of several members: `by_city = sb.Index(city, "-created_at")`.

    Args:
        members: Names of fields and to-one relations; as text with a leading `-` for descending.
    """

    if TYPE_CHECKING:

        def __init__(self, *members: object) -> None: ...

    else:

        def __init__(self, *members: object, **options: object) -> None:
            self.members = members
            self.options = options

    members: tuple[object, ...]
    options: dict[str, object]


class CheckSpec:
    """A method under `@sb.check`; still that method."""

    def __init__(self, body: Callable[..., object], options: Mapping[str, object]) -> None:
        self.body = body
        self.options = dict(options)
        self.__doc__ = body.__doc__

    def __get__(self, row: object, owner: type[object]) -> object:
        return self if row is None else self.body.__get__(row, owner)


if TYPE_CHECKING:

    def check(*, code: str, message: str = "") -> Callable[[F], F]:
        """
        Declare what every stored row fulfils: a method over the row's own fields that returns a bool.

        Args:
            code: What a refused caller reads; stable for clients.
            message: One sentence for people.
        """
        ...

else:

    def check(*positional: Any, **options: Any) -> Any:
        if positional:
            return CheckSpec(positional[0], options)
        return lambda body: CheckSpec(body, options)
