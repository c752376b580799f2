"""MCP at `/mcp`: who may ask at all, then the SDK, then the path of every request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import Final

import msgspec

from strongback.contract.mcp import Description, describe_tools
from strongback.contract.problems import problem_of
from strongback.engine.pipeline import answer
from strongback.engine.request import Reply, Request
from strongback.engine.runtime import Runtime
from strongback.errors import (
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    StrongbackError,
    TimedOut,
    Unauthenticated,
)
from strongback.observe.messages import get_logger
from strongback.observe.observation import Observation, outcome_of
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.serve.authn.bearer import challenge, read_bearer
from strongback.serve.doors.mcp.answers import refusal_of
from strongback.serve.doors.mcp.approval import Approvals
from strongback.serve.doors.mcp.call import NAME, ToolCall
from strongback.serve.doors.mcp.message import check_message
from strongback.serve.doors.mcp.server import CALL, make_server
from strongback.serve.doors.mcp.transport import exchange
from strongback.serve.doors.mcp.trusted import Trusted
from strongback.serve.guard.limits import DEFAULT_LIMITS, Limits

# Longer than any action may take.
ANSWERED_WITHIN_S: Final = 60.0
# JSON-RPC 2.0, section 5.1: not JSON; not a request.
PARSE_ERROR, INVALID_REQUEST = -32700, -32600
_log = get_logger("strongback.mcp")


class McpDoor:
    """
    Answers MCP for a running service.

    Args:
        key: 32 secret bytes, for approvals.
    Source: Model Context Protocol, 2025-11-25 and 2026-07-28, "Transports" and "Tools".
    """

    def __init__(self, runtime: Runtime, key: bytes, trusted: Trusted, limits: Limits = DEFAULT_LIMITS) -> None:
        self.runtime, self.trusted, self.limits = runtime, trusted, limits
        self.tools = {each.name: each for each in describe_tools(runtime.model)}
        self.server = make_server(runtime.model, self.tools)
        self.approvals = Approvals(key)

    async def answer(self, request: Request) -> Reply:
        """Answer one HTTP request, whatever is in it."""
        began, exchanged = perf_counter(), _Exchange(self)
        try:
            reply = await self._answer(request, exchanged)
            error: StrongbackError | None = None
        except StrongbackError as refused:
            reply, error = self.refuse(request, refused), refused
        except Exception as broken:  # noqa: BLE001 - whatever broke, the caller gets an answer and the log the reason
            _log.exception("request failed", request_id=request.request_id)
            error = InternalError("something broke on our side")
            error.__cause__ = broken
            reply = self.refuse(request, error)
        if self.runtime.sink is not None and not exchanged.is_told:
            self.runtime.sink.record(_observation(request, reply, error, exchanged.actor, perf_counter() - began))
        return reply

    async def _answer(self, request: Request, exchanged: _Exchange) -> Reply:
        self._check(request)
        credentials = read_bearer(request.headers) if request.claims is None else request.claims
        exchanged.actor = await self.runtime.authenticate(credentials, keep=False)
        exchanged.request = request
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                reply = await exchange(self.server, request, {CALL: exchanged.call})
        except TimeoutError:
            raise TimedOut("a tool takes too long") from None
        if exchanged.unknown is not None:
            raise exchanged.unknown  # the challenge is HTTP's, so that a program asks its user to sign in
        return reply

    def _check(self, request: Request) -> None:
        """
        What is judged before the SDK sees anything.

        Raises:
            RequestError: It comes from where it may not, or is no message.
        """
        self.trusted.check(request.headers.get("host", ""), request.headers.get("origin"))
        if request.method != "POST":
            raise MethodNotAllowed(request.method[:20], ("POST",))
        check_message(request, self.limits)

    def refuse(self, request: Request, error: StrongbackError) -> Reply:
        """Word what was refused outside any tool: as JSON-RPC, under an HTTP status."""
        told = refusal_of(request, error, str)
        status = problem_of(type(error)).status
        code = PARSE_ERROR if isinstance(error, MalformedRequest) else INVALID_REQUEST
        failure = {"code": code, "message": told.detail, "data": told}
        body = msgspec.json.encode({"jsonrpc": "2.0", "id": None, "error": failure})
        more = _headers(request, error, self.runtime.model.name)
        return Reply(status, (("x-request-id", request.request_id), *more, ("content-type", "application/json")), body)


class _Exchange:
    """
    One HTTP request on its way.

    Attributes:
        is_told: Whether a call has reported it.
    """

    def __init__(self, door: McpDoor) -> None:
        self.door, self.actor, self.is_told = door, ANONYMOUS, False
        self.request = Request("", "")
        self.unknown: Unauthenticated | None = None

    actor: Actor

    async def call(self, tool: Description, arguments: Mapping[str, object]) -> Reply:
        """Call *tool*, the way of every request."""
        runtime = self.door.runtime
        call = ToolCall(runtime.model, tool, arguments, self.actor, self.door.approvals, runtime.clock)
        self.is_told = True
        reply = await answer(self.request, call, runtime)
        self.unknown = call.unknown
        return reply


def _headers(request: Request, error: StrongbackError, realm: str) -> tuple[tuple[str, str], ...]:
    """The header fields that a status brings (RFC 9110, sections 11.6.1 and 15.5.6; RFC 6750, section 3)."""
    if isinstance(error, Unauthenticated):
        return (challenge(request.headers, realm),)
    return (("allow", "POST"),) if isinstance(error, MethodNotAllowed) else ()


def _observation(
    request: Request, reply: Reply, error: StrongbackError | None, actor: Actor, duration_s: float
) -> Observation:
    return Observation(
        operation="",
        door=NAME,
        outcome=outcome_of(error),
        status=reply.status,
        duration_s=duration_s,
        request_id=request.request_id,
        actor="anonymous" if actor.is_anonymous else "user",
        code="" if error is None else error.code,
    )
