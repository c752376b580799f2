"""Events and their consumers. Not yet supported: a service that declares one does not load, but its text passes type checkers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

F = TypeVar("F", bound=Callable[..., Any])


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Event:
    """
    What happened, told to others: `class Applied(sb.Event, topic="jobs.applied", version=1)`.

    Class keywords:
        topic: Where it is told.
        version: Of its fields.
    """

    __path__: ClassVar[str] = ""
    __line__: ClassVar[int] = 0

    if TYPE_CHECKING:

        def __init_subclass__(cls, *, topic: str, version: int) -> None: ...

    else:

        def __init_subclass__(cls, **options: object) -> None:
            frame = sys._getframe(1)  # noqa: SLF001  # where the class statement stands, for its fault
            cls.__path__, cls.__line__ = frame.f_code.co_filename, frame.f_lineno

        def __init__(self, **values: object) -> None:
            self.__dict__.update(values)


class Consumer:
    """A function under `@sb.on`."""

    def __init__(self, handler: object, event: object) -> None:
        self.handler = handler
        self.event = event
        code = getattr(handler, "__code__", None)
        self.path, self.line = getattr(code, "co_filename", ""), getattr(code, "co_firstlineno", 0)
        self.__name__ = getattr(handler, "__name__", "")
        self.__module__ = getattr(handler, "__module__", "")


if TYPE_CHECKING:

    def on(event: type[Event], *, retries: int = 8) -> Callable[[F], F]:
        """Declare a consumer of *event*. Not yet supported."""
        ...

else:

    def on(*positional: object, **options: object) -> Any:
        return lambda handler: Consumer(handler, positional)
