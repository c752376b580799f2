"""
Several processes that serve one port: whichever is scraped answers with the figures of all.

Each tells its own over a Unix socket in a folder they share, with a label that says whose they are. So a process that was started anew
begins at zero in series of its own, which Prometheus takes for what it is; sums over the label are those of the service.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from strongback.engine.request import Reply, Request
from strongback.observe.exposition import join_expositions, label_samples
from strongback.observe.sinks.metrics import Metrics
from strongback.serve.metrics import HEADERS

LABEL = "worker"
# A process that has just died or is busy is left out of one scrape.
WITHIN_S = 5.0


class Siblings:
    """
    The processes of one port, as one of them sees them.

    Args:
        folder: Where each has its socket; nobody else may enter it.
        number: Of this process, from 1.
    """

    def __init__(self, folder: Path, number: int, metrics: Metrics) -> None:
        self._folder = folder
        self._number = number
        self._metrics = metrics
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Tell the others, from now on."""
        path = self._folder / f"{self._number}.sock"
        path.unlink(missing_ok=True)  # of the process that had this number before
        self._server = await asyncio.start_unix_server(self._tell, path)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            (self._folder / f"{self._number}.sock").unlink(missing_ok=True)

    async def answer(self, request: Request) -> Reply:
        """What answers at `/metrics`."""
        others = sorted(path for path in self._folder.glob("*.sock") if path.stem != str(self._number))
        told = await asyncio.gather(*(_ask(path) for path in others))
        texts = [self._own(), *(text for text in told if text)]
        return Reply(200, HEADERS, join_expositions(texts).encode())

    def _own(self) -> str:
        return label_samples(self._metrics.render().decode(), LABEL, str(self._number))

    async def _tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError), contextlib.closing(writer):
            writer.write(self._own().encode())
            await writer.drain()


async def _ask(path: Path) -> str:
    try:
        async with asyncio.timeout(WITHIN_S):
            reader, writer = await asyncio.open_unix_connection(path)
            with contextlib.closing(writer):
                return (await reader.read()).decode()
    except (OSError, TimeoutError):
        return ""
