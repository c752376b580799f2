"""Faults behind an answer of status 500: what an adapter's author has to see, and the log would have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog


@contextmanager
def gathered_faults() -> Iterator[list[str]]:
    """Keep the exceptions that are logged inside, instead of writing them out."""
    found: list[str] = []

    def keep(logger: Any, method: str, event: structlog.typing.EventDict) -> Any:
        if event.get("exc_info"):
            broken = sys.exc_info()[1]
            found.append(f"{type(broken).__name__}: {broken}")
        raise structlog.DropEvent

    processors = structlog.get_config()["processors"]
    before = list(processors)
    # In place, as structlog's own tests do: a logger that is bound already holds this very list.
    processors[:] = [keep]
    try:
        yield found
    finally:
        processors[:] = before
