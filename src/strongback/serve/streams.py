"""Where content is read while it arrives: what the application says of itself, and the server in front of it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

# By method and path: the bound in bytes of content that is read while it arrives; None where it is read before.
Streams: TypeAlias = Callable[[str, str], int | None]


def streams_nothing(method: str, path: str) -> int | None:
    """All content is read before it is answered."""
    return None
