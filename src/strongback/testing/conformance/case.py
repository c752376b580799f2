"""One case of the suite: a sentence that holds on every store, and the coroutine that finds out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from strongback.testing.conformance.stage import Stage

Body = Callable[[Stage], Awaitable[None]]
B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Case:
    """
    One promise.

    Attributes:
        id: Area and name in a form for files and shells: `writes/two_writers`.
        name: The promise as a sentence.
        body: Asks the service, and raises `Differs` where the promise is broken.
        needs: Capabilities without which the store cannot keep it.
        compared: Whether its answers are the same on every store, byte for byte; not so where writers race.
    """

    id: str
    name: str
    body: Body
    needs: tuple[str, ...] = ()
    compared: bool = True

    @property
    def area(self) -> str:
        return self.id.partition("/")[0]


@dataclass
class Cases:
    """The cases of one area, in the order in which they stand."""

    area: str
    _all: list[Case] = field(default_factory=list)

    def add(self, *, needs: tuple[str, ...] = (), compared: bool = True) -> Callable[[B], B]:
        """Make a case of a coroutine function, whose docstring is its sentence."""

        def put(body: B) -> B:
            sentence = " ".join((body.__doc__ or "").split())
            self._all.append(Case(f"{self.area}/{getattr(body, '__name__', '')}", sentence, body, needs, compared))
            return body

        return put

    def put(self, name: str, sentence: str, body: Body) -> None:
        """Add a case that is one of many of a kind."""
        self._all.append(Case(f"{self.area}/{name}", sentence, body))

    def __iter__(self) -> Iterator[Case]:
        return iter(self._all)
