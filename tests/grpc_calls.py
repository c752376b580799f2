"""A service behind a real gRPC server, and its callers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

from strongback.app import App, Team
from strongback.serve.doors.grpc.door import GrpcDoor, make_doors
from strongback.serve.doors.grpc.server import Address, GrpcServer
from strongback.testing.in_process import Bearers
from tests.grpc_services import service_of, with_grpc
from tests.scenarios.jobs import keyring


@dataclass
class Refused(Exception):
    """A call that was refused: its code, and what its `google.rpc.Status` says."""

    code: grpc.StatusCode
    message: str
    trailers: dict[str, Any]
    info: Any = None
    retry_after_s: float = 0.0
    violations: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return "" if self.info is None else self.info.metadata.get("reason", "")


def refused(error: grpc.aio.AioRpcError) -> Refused:
    trailers = dict(error.trailing_metadata() or ())
    found = Refused(error.code(), error.details() or "", trailers)
    details = trailers.get("grpc-status-details-bin")
    if details is not None:
        status = status_pb2.Status.FromString(details)
        assert (status.code, status.message) == (error.code().value[0], error.details())
        for packed in status.details:
            info, bad, retry = (
                error_details_pb2.ErrorInfo(),
                error_details_pb2.BadRequest(),
                error_details_pb2.RetryInfo(),
            )
            if packed.Unpack(info):
                found.info = info
            elif packed.Unpack(bad):
                found.violations = {each.field: each.description for each in bad.field_violations}
            elif packed.Unpack(retry):
                found.retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
    return found


@dataclass
class Caller:
    """One caller; `await ada("CreateJob", job={...})`."""

    remote: Remote
    token: str = ""

    async def __call__(self, method: str, /, within_s: float | None = 20, **fields: Any) -> Any:
        door = self.remote.door(method)
        answer = await self.raw(method, door.request(**fields).SerializeToString(), within_s=within_s)
        return door.response.FromString(answer)

    async def raw(
        self, method: str, content: bytes, *more: tuple[str, str], within_s: float | None = 20, **how: Any
    ) -> bytes:
        """Call *method*, or any path, with these bytes and metadata."""
        path = method if method.startswith("/") else self.remote.door(method).method.rpc.path
        metadata = [*more, *([("authorization", f"Bearer {self.token}")] if self.token else [])]
        try:
            found: bytes = await self.remote.channel.unary_unary(path)(
                content, metadata=metadata, timeout=within_s, **how
            )
        except grpc.aio.AioRpcError as error:
            raise refused(error) from None
        return found


@dataclass
class Remote:
    """A running server."""

    app: App
    server: GrpcServer
    channel: grpc.aio.Channel
    bearers: Bearers
    doors: dict[str, GrpcDoor]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def stranger(self) -> Caller:
        return Caller(self)

    def user(self, name: str) -> Caller:
        return Caller(self, self.bearers.issue(name, {}))

    def door(self, method: str) -> GrpcDoor:
        return self.doors[method]


@asynccontextmanager
async def remote(name: str, url: str = "sqlite://", *, reflection: bool = True, **more: Any) -> AsyncIterator[Remote]:
    """The service *name* of the tests, served on a free port."""
    model = with_grpc(name)
    bearers = Bearers(model)
    app = App(model, Team.of(service_of(name)), url, keyring(), verify=bearers, **more)
    await app.start(create=True, stand_in=True)
    server = GrpcServer(app.runtime, app.health, reflection=reflection)
    await server.start(Address("127.0.0.1", 0))
    doors = {path.rpartition("/")[2]: door for path, door in make_doors(model)[1].items()}
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Remote(app, server, channel, bearers, doors)
    finally:
        await server.stop()
        await app.close()
