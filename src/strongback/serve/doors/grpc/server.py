"""The gRPC server of one process: on a port of its own, in the event loop of everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import unquote

import grpc
import grpc.aio

from strongback.engine.pipeline import answer
from strongback.engine.request import Request
from strongback.engine.runtime import Runtime
from strongback.errors import ConfigurationError
from strongback.observe.request_id import choose_request_id
from strongback.serve.asgi import Hook
from strongback.serve.doors.grpc.beside import ServiceHealth, health_handlers, reflection_handlers
from strongback.serve.doors.grpc.door import GrpcDoor, make_doors, services_of
from strongback.serve.doors.grpc.refuse import OK
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits
from strongback.serve.health import Health
from strongback.serve.proxies import behind
from strongback.serve.run import listen

DRAIN_S: Final = 10.0
STREAMS_OF_ONE_CONNECTION: Final = 1_000
CALLS_AT_ONCE: Final = 4_096
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_DETAILS: Final = "grpc-status-details-bin"
_REQUEST_ID: Final = "x-request-id"


class HasInFlight(Protocol):
    """Knows how many requests are being answered."""

    in_flight: int


@dataclass(frozen=True, slots=True)
class Address:
    """
    Where to listen.

    Attributes:
        port: 0 for a free one.
        shared: Whether other processes of this service listen there as well.
    """

    host: str
    port: int
    shared: bool = False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def check_free(address: Address) -> None:
    """
    Raises:
        ConfigurationError: Somebody listens at *address*, or it is not this machine's.
    """
    try:
        with listen(address.host, address.port):
            return
    except OSError:
        raise taken(address) from None


def taken(address: Address) -> ConfigurationError:
    return ConfigurationError(
        f"gRPC cannot listen on {address}", where="STRONGBACK_GRPC_PORT", hint="another port: --grpc-port 0"
    )


class GrpcServer:
    """
    Serves the methods of one service.

    Args:
        trusted_proxies: Peers whose `x-forwarded-for` is believed.
        figures: What knows how many calls are being answered.
    Attributes:
        port: Where it listens, once it does.
    """

    def __init__(
        self,
        runtime: Runtime,
        health: Health,
        *,
        reflection: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        trusted_proxies: Sequence[str] = (),
        figures: HasInFlight | None = None,
    ) -> None:
        descriptors, doors = make_doors(runtime.model, limits)
        services = services_of(runtime.model)
        self._health = ServiceHealth(health, services)
        beside = health_handlers(self._health)
        if reflection:
            beside = {**beside, **reflection_handlers(descriptors, services)}
        serving = Serving(runtime, behind(trusted_proxies), figures or InFlight())
        self._handlers = _Handlers({**{path: serving.handler(door) for path, door in doors.items()}, **beside})
        self._limits = limits
        self._server: Any = None
        self._stopping: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, address: Address) -> None:
        """
        Listen.

        Raises:
            ConfigurationError: The address is taken, or is not this machine's.
        """
        options = _options(self._limits, shared=address.shared)
        self._server = grpc.aio.server(options=options, maximum_concurrent_rpcs=CALLS_AT_ONCE)
        self._server.add_generic_rpc_handlers((self._handlers,))
        try:
            self.port = self._server.add_insecure_port(str(address))
        except RuntimeError:
            raise taken(address) from None
        await self._server.start()

    def begin_stop(self) -> None:
        """Take no new calls from now on (GOAWAY); those that have begun are answered."""
        if self._stopping is None and self._server is not None:
            self._stopping = asyncio.get_running_loop().create_task(self._stop())

    async def stop(self) -> None:
        """Stop, and wait until the last call is answered, or its time is over."""
        self.begin_stop()
        if self._stopping is not None:
            await self._stopping

    async def _stop(self) -> None:
        await self._health.enter_graceful_shutdown()
        await self._server.stop(DRAIN_S)


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]  # ships no types
    """Finds a method by its path."""

    def __init__(self, handlers: Mapping[str, Any]) -> None:
        self._handlers = handlers

    def service(self, handler_call_details: Any) -> Any:
        return self._handlers.get(handler_call_details.method)


def _options(limits: Limits, *, shared: bool) -> list[tuple[str, Any]]:
    """What one connection may take: the bounds that HTTP has, as far as the library knows them."""
    return [
        ("grpc.so_reuseport", int(shared)),
        ("grpc.max_receive_message_length", limits.body_size_bytes),
        # Both: from the first on, some are refused by chance, from the second on, all.
        ("grpc.max_metadata_size", limits.header_size_bytes),
        ("grpc.absolute_max_metadata_size", limits.header_size_bytes),
        ("grpc.max_concurrent_streams", STREAMS_OF_ONE_CONNECTION),
        ("grpc.server_handshake_timeout_ms", int(limits.header_time_s * 1000)),
        # A peer that is gone without a word is found out, and holds nothing for hours.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    ]


@dataclass
class InFlight:
    """How many requests are being answered."""

    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Serving:
    """
    What answers the calls of every method.

    Attributes:
        client: Who asks, by the peer's address and what a proxy says.
    """

    runtime: Runtime
    client: Callable[[str, str | None], str]
    figures: HasInFlight

    def handler(self, door: GrpcDoor) -> Any:
        # No readers of the library's: what they cannot read they call a fault of ours.
        return grpc.unary_unary_rpc_method_handler(partial(self._serve, door))

    async def _serve(self, door: GrpcDoor, content: bytes, context: Any) -> bytes:
        """Answer one call. When its time is over, or its caller leaves, this is cancelled, and with it what the store does."""
        headers = _headers(context.invocation_metadata() or ())
        id_ = choose_request_id(headers.get(_REQUEST_ID))
        client = self.client(client_of(context.peer()), headers.get("x-forwarded-for"))
        request = Request("POST", door.method.rpc.path, headers=headers, body=content, client=client, request_id=id_)
        self.figures.in_flight += 1
        try:
            reply = await answer(request, door, self.runtime)
        finally:
            self.figures.in_flight -= 1
        if reply.status == OK:
            # Without its id: a trailer of our own costs a twentieth of the call, and who wants to know the id sends one.
            return reply.body
        context.set_trailing_metadata(((_REQUEST_ID, id_), (_DETAILS, reply.body)))
        await context.abort(_CODES[reply.status], reply.headers[0][1])
        raise AssertionError  # `abort` raises


def _headers(metadata: Iterable[tuple[str, str | bytes]]) -> dict[str, str]:
    """Metadata as text; what is sent twice is joined, as of header fields. Binary values say nothing to us."""
    headers: dict[str, str] = {}
    for name, value in metadata:
        if isinstance(value, str):
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def client_of(peer: str) -> str:
    """
    The address of a peer; empty when it has none.

    >>> client_of("ipv4:192.0.2.7:50000"), client_of("ipv6:%5B2001:db8::1%5D:50000"), client_of("unix:")
    ('192.0.2.7', '2001:db8::1', '')
    """
    kind, _, address = unquote(peer).partition(":")
    if kind not in ("ipv4", "ipv6"):
        return ""
    return address.rpartition(":")[0].strip("[]")


def around(start: Hook, stop: Hook, server: GrpcServer, address: Address, *, alone: bool) -> tuple[Hook, Hook]:
    """
    *start* and *stop* of an application, with *server* listening in between.

    Args:
        alone: Whether nobody may listen there yet: a port that is shared would be shared with a stranger too.
    """

    async def starting() -> None:
        await start()
        if alone and address.port:
            check_free(address)
        await server.start(address)

    async def stopping() -> None:
        await server.stop()
        await stop()

    return starting, stopping
