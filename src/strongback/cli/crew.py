"""A process that serves a port together with others, as `strongback.cli.workers` starts it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongback.observe.sinks.metrics import Metrics
    from strongback.serve.asgi import Application
    from strongback.serve.siblings import Siblings


@dataclass(frozen=True)
class Crew:
    """
    What the parent tells one of its children.

    Attributes:
        number: Which of them it is, from 1.
        go_fd: Closes when all are ready.
        folder: Where each has its socket.
    """

    number: int
    go_fd: int
    folder: Path

    @classmethod
    def of(cls, number: int | None, go_fd: int | None, folder: Path | None) -> Crew | None:
        """From the options of the command; None for a process that serves alone."""
        return None if number is None or go_fd is None or folder is None else cls(number, go_fd, folder)

    def siblings(self, metrics: Metrics) -> Siblings:
        from strongback.serve.siblings import Siblings

        return Siblings(self.folder, self.number, metrics)

    def join(self, application: Application, siblings: Siblings, say_ready: Callable[[], None]) -> Application:
        """*application*, which once started waits for the others before it takes requests."""

        async def start() -> None:
            await application.start()
            await siblings.open()
            say_ready()
            await asyncio.to_thread(os.read, self.go_fd, 1)

        async def stop() -> None:
            await siblings.close()
            await application.stop()

        return replace(application, start=start, stop=stop)
