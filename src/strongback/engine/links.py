"""
Links to files: whoever holds one reads the file without a token of their own, until its time is over.

A link is bound to the row, the field, the very bytes and a time, and authenticated. The permission is that of the moment it was made for
somebody who could read the file: it is not asked again when the link is followed. So a link lives shortly, at most an hour
(`plan/make.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from strongback.model.entity import Entity
from strongback.model.field import Field
from strongback.plan.asked import Target
from strongback.plan.page import Tokens

# What else could be made with the same key is none of a file.
PURPOSE: Final = "file-link"


@dataclass(frozen=True, slots=True)
class Link:
    """
    What a link says.

    Attributes:
        file: The id of the bytes it was made for.
        expires_s: The end of its time, in seconds since 1970.
    """

    file: UUID
    expires_s: int

    def is_over(self, now: datetime) -> bool:
        return now.timestamp() >= self.expires_s


class Links:
    """
    Makes and reads the tokens of links, by the same means as those of pages.

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._tokens = Tokens(key)

    def make(self, entity: Entity, field: Field, row: UUID, link: Link) -> str:
        return self._tokens.make([link.file.hex, link.expires_s], _target(entity, field), row.hex)

    def read(self, entity: Entity, field: Field, row: UUID, token: str) -> Link | None:
        """What *token* says; None when it was not made here for just this field of this row."""
        said = self._tokens.read(token, _target(entity, field), row.hex)
        return None if said is None else Link(UUID(said[0]), int(said[1]))


def _target(entity: Entity, field: Field) -> Target:
    """Stable numbers, so that a rename ends no link."""
    return Target(str(entity.number), "link", f"{field.number}.{PURPOSE}")
