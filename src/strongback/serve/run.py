"""Serve an ASGI application with uvicorn, in an event loop of our own, behind the guard."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from strongback.errors import MissingExtra
from strongback.model.collector import end_start
from strongback.observe.observation import Observation
from strongback.serve.direct import ask_of
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits
from strongback.serve.streams import Streams, streams_nothing

DRAIN_S = 10
BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """
    Open the socket to listen on.

    Raises:
        OSError: The address is taken, or is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


def serve(
    application: Callable[..., Any],
    listener: socket.socket,
    *,
    ready: Callable[[], None] = lambda: None,
    stopping: Callable[[], None] = lambda: None,
    closing: Callable[[], None] = lambda: None,
    stop_delay_s: float = 0.0,
    trusted_proxies: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
    report: Callable[[Observation], object] = lambda refused: None,
    streams: Streams = streams_nothing,
) -> bool:
    """
    Serve until SIGTERM or SIGINT, then finish what has begun.

    Args:
        ready: Called once the application has started and requests are taken.
        stopping: Called at the signal, while the port is still open.
        closing: Called when the port closes.
        stop_delay_s: How long after SIGTERM the port closes: time for load balancers to see that `/ready` says no. A second signal,
            or SIGINT, closes it at once.
        report: Told of each request that is refused before *application* sees it.
        streams: As of `guarded_protocol`.
        trusted_proxies: Peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    Returns:
        Whether the application started.
    """
    try:
        import uvicorn  # noqa: PLC0415 - only a server needs it

        from strongback.serve.guard.protocol import guarded_protocol  # noqa: PLC0415
    except ImportError as missing:
        raise MissingExtra("uvicorn", "server") from missing
    config = uvicorn.Config(
        application,
        # Whose word on a client's address is believed, only uvicorn's own middleware knows: then it is asked by ASGI.
        http=guarded_protocol(limits, report, None if trusted_proxies else ask_of(application), streams),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn believes every process of this machine unless told otherwise.
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = uvicorn.Server(config)
    # uvicorn ends the process when the application does not start; whoever called says why, and ends it.
    with contextlib.suppress(SystemExit), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(server, listener, ready, Stop(server, stopping, closing, stop_delay_s)))
    return server.started


@dataclass
class Stop:
    """What a signal sets going."""

    server: Any
    stopping: Callable[[], None]
    closing: Callable[[], None]
    delay_s: float
    begun: bool = False

    def __call__(self, name: signal.Signals) -> None:
        again, self.begun = self.begun, True
        self.stopping()
        delay_s = 0.0 if again or name == signal.SIGINT else self.delay_s
        asyncio.get_running_loop().call_later(delay_s, self._close, name)

    def _close(self, name: signal.Signals) -> None:
        self.closing()
        self.server.handle_exit(name, None)


async def _serve(server: Any, listener: socket.socket, ready: Callable[[], None], stop: Stop) -> None:
    loop = asyncio.get_running_loop()
    announced = loop.create_task(_announce(server, ready))
    for name in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: uvicorn's own handlers stay
            loop.add_signal_handler(name, stop, name)
    try:
        await server._serve([listener])  # noqa: SLF001 - `serve` would put signal handlers of its own over ours
    finally:
        announced.cancel()


async def _announce(server: Any, ready: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    end_start()
    ready()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - where there is none, asyncio's own loop serves
    except ImportError:
        return None
    return uvloop.new_event_loop
