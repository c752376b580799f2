"""The server of the peers, set as `strongback run` sets its own: uvloop, httptools, no access log, no header that nobody needs."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn


def serve(app: Any) -> None:
    """Serve *app* on the port of the first argument until stopped."""
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        log_level="error",
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
