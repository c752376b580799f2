"""One message of JSON-RPC, judged before the SDK sees it: what an answer repeats is bounded, and what nobody asked for is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from strongback.engine.request import Request
from strongback.errors import MalformedRequest, UnsupportedMedia
from strongback.predicate.types import INT_MAX, INT_MIN
from strongback.serve.guard.json import decode_json
from strongback.serve.guard.limits import Limits

TEXT_MAX: Final = 200
MEMBERS: Final = ("jsonrpc", "id", "method", "params")
WRITE: Final = 'write `{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}`'


def check_message(request: Request, limits: Limits) -> None:
    """
    Judge the content of *request*.

    Raises:
        UnsupportedMedia: It is no JSON.
        MalformedRequest: It is no request and no notification of JSON-RPC 2.0.
    Source: JSON-RPC 2.0, section 4; Model Context Protocol, "Transports": one message a request.
    """
    headers = request.headers
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia("the content must be application/json")
    if headers.get("content-encoding", "identity") != "identity":
        raise UnsupportedMedia("the content must not be compressed")
    for name, value in headers.items():
        if name.startswith("mcp-") and len(value) > TEXT_MAX:
            raise MalformedRequest(f"the field `{name[:TEXT_MAX]}` is longer than any that means something")
    message = decode_json(request.body, limits)
    if not isinstance(message, dict):
        raise MalformedRequest("a message is one JSON object", hint="send one message a request")
    _check_members(message)


def _check_members(message: Mapping[str, object]) -> None:
    if message.get("jsonrpc") != "2.0" or any(name not in MEMBERS for name in message):
        raise MalformedRequest("this is no request of JSON-RPC 2.0", hint=WRITE)
    method, params = message.get("method"), message.get("params", {})
    if not isinstance(method, str) or not 1 <= len(method) <= TEXT_MAX:
        raise MalformedRequest("this is the name of no method", hint=WRITE)
    if "id" in message and not _is_id(message["id"]):
        raise MalformedRequest("an id is a whole number of 64 bits, or a short text", hint=WRITE)
    if not isinstance(params, dict):
        raise MalformedRequest("the parameters of a method are an object", hint=WRITE)


def _is_id(id_: object) -> bool:
    if isinstance(id_, str):
        return len(id_) <= TEXT_MAX
    return isinstance(id_, int) and not isinstance(id_, bool) and INT_MIN <= id_ <= INT_MAX
