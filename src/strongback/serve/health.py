"""Whether the process lives, has started, and can take requests: three questions, three paths."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from strongback.engine.request import Reply, Request

READY_WITHIN_S = 0.1
_HEADERS = (("content-type", "application/json"), ("cache-control", "no-store"))


@dataclass
class Health:
    """
    Answers the questions of an orchestrator.

    Attributes:
        ping: Asks the store for a sign of life; raises when there is none.
        started: Whether the store is open and its schema is the model's.
        stopping: Whether the process takes no new work: `/ready` says so before the listener closes.
    """

    ping: Callable[[], Awaitable[None]]
    started: bool = False
    stopping: bool = False

    def is_open(self) -> bool:
        """Whether the store is there to be asked, as far as this process knows."""
        return self.started and not self.stopping

    async def live(self, request: Request) -> Reply:
        """The process answers: that is all this says. A database that is away is no reason to restart."""
        return _reply(200, "live")

    async def startup(self, request: Request) -> Reply:
        return _reply(200, "started") if self.started else _reply(503, "starting")

    async def ready(self, request: Request) -> Reply:
        """Whether requests can be served now; answered in bounded time even when the store hangs."""
        unready = await self.unready()
        return _reply(503, unready) if unready else _reply(200, "ready")

    async def unready(self) -> str:
        """Why requests cannot be served now; empty when they can."""
        if not self.is_open():
            return "stopping" if self.stopping else "starting"
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await self.ping()
        except Exception:  # noqa: BLE001 - whatever is wrong with the store, the answer is the same
            return "store unavailable"
        return ""


def _reply(status: int, state: str) -> Reply:
    return Reply(status, _HEADERS, msgspec.json.encode({"status": state}))
