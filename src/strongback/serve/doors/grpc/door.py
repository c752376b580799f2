"""The gRPC door: one for each method, over the bytes of its messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import DecodeError, Message

from strongback.contract.proto.descriptors import Descriptors
from strongback.contract.proto.make import make_proto
from strongback.engine.request import Reply, Request
from strongback.errors import MalformedRequest, StrongbackError, TooLarge
from strongback.model.model import Model
from strongback.model.rpc import package_of, rpcs_of
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome
from strongback.serve.authn.bearer import read_bearer
from strongback.serve.doors.grpc.read import Method
from strongback.serve.doors.grpc.refuse import OK, status_of
from strongback.serve.doors.grpc.render import render
from strongback.serve.doors.grpc.rows import Rows
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits


class GrpcDoor:
    """
    Serves one method. A reply's status is a code of gRPC; the body of a refusal is a `google.rpc.Status`.

    Attributes:
        request, response: The classes of its messages.
    """

    name = "grpc"

    def __init__(self, method: Method, descriptors: Descriptors, limits: Limits = DEFAULT_LIMITS) -> None:
        self.method = method
        self.limits = limits
        self.domain = method.rpc.package
        self.request: Any = descriptors.message(method.rpc.request)
        self.response: Any = descriptors.message(method.rpc.response)

    def read(self, request: Request) -> Asked:
        """
        Read what *request* asks for.

        Raises:
            TooLarge, MalformedRequest: Its message cannot be read.
        """
        if len(request.body) > self.limits.body_size_bytes:
            raise TooLarge(f"the message is larger than {self.limits.body_size_bytes} bytes")
        try:
            message = self.request.FromString(request.body)
        except DecodeError:
            named = f"{self.domain}.{self.method.rpc.request}"
            raise MalformedRequest(f"the message cannot be read as `{named}`") from None
        return self.ask(message)

    def ask(self, message: Message) -> Asked:
        """What *message* asks for."""
        return self.method.read(message)

    def credentials(self, request: Request) -> str | None:
        """The bearer token in the metadata, if any."""
        return read_bearer(request.headers)

    def render(self, request: Request, asked: Asked, outcome: Outcome) -> Reply:
        made: bytes = self.answer(asked, outcome).SerializeToString()
        return Reply(OK, (), made)

    def answer(self, asked: Asked, outcome: Outcome) -> Any:
        """The message of *outcome*."""
        return self.response(**render(self.method, asked, outcome))

    def refuse(self, request: Request, error: StrongbackError) -> Reply:
        status = status_of(error, self.domain, request.request_id, self.method.prefix)
        return Reply(status.code, (("message", status.message),), status.SerializeToString())


def make_doors(model: Model, limits: Limits = DEFAULT_LIMITS) -> tuple[Descriptors, Mapping[str, GrpcDoor]]:
    """The descriptors of *model*, and a door for each method, by its path."""
    descriptors, rows = Descriptors(make_proto(model)), Rows(model)
    doors = {rpc.path: GrpcDoor(Method(model, rows, rpc), descriptors, limits) for rpc in rpcs_of(model)}
    return descriptors, doors


def services_of(model: Model) -> tuple[str, ...]:
    """The whole names of the services of *model*."""
    return tuple(dict.fromkeys(f"{package_of(model)}.{rpc.service}" for rpc in rpcs_of(model)))
