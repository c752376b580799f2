"""One request as a value through the SDK's streamable HTTP, and back: without a session, so that any process answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from strongback.engine.request import Reply, Request
from strongback.errors import InternalError

# What our own head says, or what frames the content, which is whole here.
OURS: Final = frozenset({"content-length", "x-request-id", "transfer-encoding"})


async def exchange(server: Server[Any], request: Request, more: Mapping[str, object]) -> Reply:
    """
    Let *server* answer *request*.

    A manager lasts for one request: it keeps nothing, and what it started is over when it ends, however it ends.

    Args:
        more: What the scope holds besides, for the functions of the server.
    Raises:
        InternalError: There was no answer.
    """
    heard = _Heard(request.body)
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request({**_scope(request), **more}, heard.receive, heard.send)
    return heard.reply(request.request_id)


def _scope(request: Request) -> dict[str, Any]:
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in request.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": request.root,
        "headers": headers,
        "client": (request.client, 0) if request.client else None,
        "server": None,
    }


class _Heard:
    """The two ends of one exchange."""

    def __init__(self, body: bytes) -> None:
        self.messages = [{"type": "http.request", "body": body, "more_body": False}]
        self.status, self.headers, self.body = 0, [], b""

    headers: list[tuple[str, str]]

    async def receive(self) -> dict[str, Any]:
        return self.messages.pop() if self.messages else {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in message.get("headers", ())]
        else:
            self.body += message.get("body", b"")

    def reply(self, request_id: str) -> Reply:
        if not self.status:
            raise InternalError("the SDK gave no answer")
        kept = [each for each in self.headers if each[0] not in OURS]
        return Reply(self.status, (("x-request-id", request_id), *kept), self.body)
