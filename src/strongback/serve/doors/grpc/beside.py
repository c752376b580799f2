"""What stands beside the methods of a service: health, and reflection while developing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health, health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

from strongback.contract.proto.descriptors import Descriptors
from strongback.serve.health import Health

Handlers = Mapping[str, Any]
HEALTH_SERVICE: Final = health.SERVICE_NAME
# The second has another name and the same messages (gRPC, "Server Reflection").
REFLECTION: Final = ("grpc.reflection.v1alpha.ServerReflection", "grpc.reflection.v1.ServerReflection")
UNREADABLE: Final = "the message cannot be read"


class ServiceHealth(health.aio.HealthServicer):  # type: ignore[misc]  # ships no types
    """Health as `/ready` tells it: a service whose store is away serves nothing."""

    def __init__(self, store: Health, services: Iterable[str]) -> None:
        super().__init__()
        self._store = store
        self._services = frozenset(("", *services))
        for service in self._services:
            self._server_status[service] = health_pb2.HealthCheckResponse.SERVING

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802 - the method's own name
        if request.service in self._services and await self._store.unready():
            return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.NOT_SERVING)
        return await super().Check(request, context)


def health_handlers(servicer: ServiceHealth) -> Handlers:
    """The methods of health, by path."""
    read, write = _reader(health_pb2.HealthCheckRequest), health_pb2.HealthCheckResponse.SerializeToString
    return {
        f"/{HEALTH_SERVICE}/Check": grpc.unary_unary_rpc_method_handler(_sound(servicer.Check), read, write),
        f"/{HEALTH_SERVICE}/Watch": grpc.unary_stream_rpc_method_handler(_sound(servicer.Watch), read, write),
    }


def reflection_handlers(descriptors: Descriptors, services: Iterable[str]) -> Handlers:
    """The methods of reflection, by path. Health can be looked up too."""
    descriptors.pool.AddSerializedFile(health_pb2.DESCRIPTOR.serialized_pb)
    servicer: Any = reflection.aio.ReflectionServicer((*services, HEALTH_SERVICE), descriptors.pool)

    async def info(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        async for reply in servicer.ServerReflectionInfo(_all_sound(requests, context), context):
            yield reply

    read = _reader(reflection_pb2.ServerReflectionRequest)
    write = reflection_pb2.ServerReflectionResponse.SerializeToString
    handler = grpc.stream_stream_rpc_method_handler(info, read, write)
    return {f"/{name}/ServerReflectionInfo": handler for name in REFLECTION}


def _reader(message: Any) -> Callable[[bytes], Any]:
    """Reads *message*; None for bytes that are none, since the library would call that a fault of ours."""

    def read(content: bytes) -> Any:
        try:
            return message.FromString(content)
        except DecodeError:
            return None

    return read


def _sound(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    async def sound(request: Any, context: Any) -> Any:
        if request is None:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, UNREADABLE)
        return await method(request, context)

    return sound


async def _all_sound(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
    async for request in requests:
        if request is None:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, UNREADABLE)
        yield request
