"""Who is asking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """
    The caller.

    Attributes:
        key: The value of the actor entity's key field (the claim `sub`); None for an anonymous caller. The row itself is found
            inside each statement, so that no answer rests on a stale copy of it.
    """

    key: str | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.key is None


ANONYMOUS = Actor()
