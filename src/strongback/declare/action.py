"""A named operation of the team's own: a method on a row, or a class method where there is no row yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from strongback.declare.permission import Permission
from strongback.errors import GuardRefused

if TYPE_CHECKING:
    from strongback.declare.event import Event

F = TypeVar("F", bound=Callable[..., Any])


class ActionSpec:
    """
    A method under `@sb.action`; still that method.

    Attributes:
        method: The function, or the classmethod around it.
    """

    def __init__(self, method: object, options: Mapping[str, object]) -> None:
        self.method = method
        self.options = dict(options)
        self.__doc__ = method.__doc__

    @property
    def function(self) -> object:
        """The function itself, also of a class method."""
        return getattr(self.method, "__func__", self.method)

    @property
    def on_class(self) -> bool:
        return isinstance(self.method, classmethod)

    def __get__(self, row: object, owner: type[object]) -> object:
        return self.method.__get__(row, owner)  # type: ignore[attr-defined]  # functions and classmethods are descriptors


if TYPE_CHECKING:

    def action(
        *,
        allow: Permission,
        rate: str | None = None,
        emits: type[Event] | Sequence[type[Event]] | None = None,
        idempotent: bool = False,
        implements: str = "",
        isolation: Literal["read_committed", "repeatable_read", "serializable"] | None = None,
    ) -> Callable[[F], F]:
        """
        Declare an action.

        Args:
            allow: Who may run it; covers everything the body writes.
            rate: At most so many runs, per actor: `60/min`.
            emits, idempotent, implements, isolation: Not yet supported.
        """
        ...

else:

    def action(*positional: Any, **options: Any) -> Any:
        if positional:
            return ActionSpec(positional[0], {})
        return lambda method: ActionSpec(method, options)


def require(condition: object, reason: str, message: str = "") -> None:
    """
    Guard an action: a state of things, not a permission.

    Args:
        condition: What must hold.
        reason: The team's own code, stable for clients.
        message: One sentence for people.
    Raises:
        GuardRefused: *condition* does not hold; the caller gets 409 and *reason*.
    """
    if not condition:
        raise GuardRefused(reason, message)
