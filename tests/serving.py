"""Any ASGI application behind a real uvicorn, as a host would be served: without our guard."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn


@asynccontextmanager
async def served(application: Any, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of *application*, which uvicorn serves in this event loop; *options* are `uvicorn.Config`'s."""
    given = {"log_config": None, "access_log": False, "lifespan": "on", "ws": "none", **options}
    server = uvicorn.Server(uvicorn.Config(application, **given))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(_serve(server, listener))
        try:
            while not server.started:
                if task.done():
                    raise RuntimeError("the application did not start")
                await asyncio.sleep(0.01)
            port = listener.getsockname()[1]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    with contextlib.suppress(SystemExit):  # uvicorn ends the process when the application does not start
        await server._serve([listener])
