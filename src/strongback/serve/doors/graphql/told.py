"""What is told beside the data of an answer: errors at their paths; and the cursors of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strongback.errors import NotVisible, StrongbackError
from strongback.plan.actor import Actor
from strongback.plan.asked import Target
from strongback.plan.make_selection import included_context
from strongback.plan.page import Tokens
from strongback.plan.shape import OrderKey

# A place in the answer: what is around it, and its own name or number. None is the data itself.
At = tuple[Any, str | int] | None
Row = Mapping[str, Any]
Cursor = Callable[[Row], str]
# Errors of one answer that are told one by one; of a page in which every row hides something, more would say nothing.
ERRORS_MAX = 1_000
MORE = "further errors are left out: other nulls may hide something as well"


@dataclass
class Told:
    """
    The errors of one answer, as they are found.

    Attributes:
        word: Words an error of an operation.
        above: Where the values of the operation stand in the arguments of its field (`/input`).
    """

    tokens: Tokens
    actor: Actor
    word: Callable[[StrongbackError, str], dict[str, Any]]
    errors: list[dict[str, Any]] = field(default_factory=list)
    contexts: dict[tuple[Target, tuple[OrderKey, ...]], str] = field(default_factory=dict)

    def refuse(self, error: StrongbackError, at: At, above: str = "") -> None:
        """Say that null stands at *at* because of *error*."""
        if len(self.errors) < ERRORS_MAX:
            self.errors.append({**self.word(error, above), "path": path_of(at)})
        elif len(self.errors) == ERRORS_MAX:
            self.errors.append({**self.word(error, above), "message": MORE})

    def hide(self, at: At) -> None:
        """Say that the caller may not see what is at *at*."""
        self.refuse(NotVisible(), at)

    def cursor(self, target: Target, context: str, keys: Sequence[str]) -> Cursor:
        """What makes the page token of a row, whose keys are its members *keys*."""
        return lambda row: self.tokens.make([row[key] for key in keys], target, context)

    def included(self, target: Target, order: tuple[OrderKey, ...], keys: Sequence[str]) -> Cursor:
        """The same of a list that is included with a row."""
        context = self.contexts.get((target, order))
        if context is None:
            context = self.contexts[target, order] = included_context(self.actor, order)
        return self.cursor(target, context, keys)


def path_of(at: At) -> list[str | int]:
    path: list[str | int] = []
    while at is not None:
        at, name = at
        path.append(name)
    return path[::-1]
