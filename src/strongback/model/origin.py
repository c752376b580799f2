"""Where in the team's source a thing was declared."""

from __future__ import annotations

from msgspec import Struct


class Origin(Struct, frozen=True, omit_defaults=True):
    """A source file, relative to the project, and a line; empty when the model was made without source."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else ""
