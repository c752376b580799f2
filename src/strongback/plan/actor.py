"""Who is asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """
    The caller.

    Attributes:
        key: The value of the actor entity's key field (the claim `sub`); None for an anonymous caller. The row itself is found
            inside each statement, so that no answer rests on a stale copy of it.
        newcomer: The values of a row that is not stored: of somebody who is seen for the first time in a dry run, and is there for as
            long as it lasts. None for anybody else.
    """

    key: str | None = None
    newcomer: Mapping[str, Any] | None = field(default=None, hash=False)

    @property
    def is_anonymous(self) -> bool:
        return self.key is None


ANONYMOUS = Actor()
