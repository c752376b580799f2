"""The ASGI application turns messages into requests and replies into messages."""

from __future__ import annotations

import asyncio
from typing import Any

from strongback.engine.request import Reply, Request
from strongback.errors import StrongbackError
from strongback.serve.asgi import Application
from strongback.serve.guard.limits import Limits

LIMITS = Limits(body_size_bytes=10)


async def echo(request: Request) -> Reply:
    return Reply(200, (("x-path", request.path), ("x-query", request.query)), request.body or b"none")


async def fixed(request: Request) -> Reply:
    return Reply(204)


def refuse(request: Request, error: StrongbackError) -> Reply:
    return Reply(413 if "larger" in error.message else 400, (), error.message.encode())


def call(scope: dict[str, Any], *messages: dict[str, Any], app: Application | None = None) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(message: Any) -> None:
        sent.append(message)

    served = app or Application(echo, refuse, {"/live": fixed}, limits=LIMITS)
    base = {
        "type": "http",
        "path": "/a",
        "query_string": b"",
        "headers": [],
        "client": ("::1", 5),
        "http_version": "1.1",
    }
    asyncio.run(served({**base, **scope}, receive, send))
    return sent


def content(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_an_encoded_slash_separates_nothing() -> None:
    start, _ = call({"method": "GET", "path": "/v1/jobs/7", "raw_path": b"/v1/jobs%2f7"})
    assert (b"x-path", b"/v1/jobs%2f7") in start["headers"]
    start, _ = call({"method": "GET", "path": "/v1/jobs/7", "raw_path": b"/v1/jobs/%37"})
    assert (b"x-path", b"/v1/jobs/7") in start["headers"]


def test_a_request_is_answered_with_its_length() -> None:
    start, body = call({"method": "GET", "query_string": b"a=%20b"})
    assert start["status"] == 200 and body["body"] == b"none"
    assert start["headers"] == [(b"x-path", b"/a"), (b"x-query", b"a=%20b"), (b"content-length", b"4")]


def test_head_is_a_get_without_content() -> None:
    start, body = call({"method": "HEAD"})
    assert (b"content-length", b"4") in start["headers"] and body["body"] == b""


def test_content_comes_in_pieces() -> None:
    assert call({"method": "POST"}, content(b"ab", more=True), content(b"cd"))[1]["body"] == b"abcd"


def test_content_over_the_limit_is_not_read_on() -> None:
    start, _ = call({"method": "POST"}, content(b"a" * 9, more=True), content(b"aa", more=True))
    assert start["status"] == 413 and (b"connection", b"close") in start["headers"]


def test_content_that_says_it_is_too_large_is_not_read_at_all() -> None:
    assert call({"method": "POST", "headers": [(b"content-length", b"11")]})[0]["status"] == 413


def test_content_of_a_get_is_not_waited_for() -> None:
    assert call({"method": "GET", "headers": [(b"content-length", b"11")]})[0]["status"] == 200


def test_a_field_that_may_stand_once_stands_once() -> None:
    headers = [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]
    assert call({"method": "GET", "headers": headers})[0]["status"] == 400


def test_a_client_that_left_is_not_asked_on_behalf_of() -> None:
    sent = call({"method": "POST"}, content(b"a", more=True), {"type": "http.disconnect"})
    assert sent[0]["status"] == 400


def test_a_fixed_path_is_found_first() -> None:
    start, _ = call({"method": "GET", "path": "/live"})
    assert start["status"] == 204 and start["headers"] == []


def test_websockets_are_closed() -> None:
    assert call({"type": "websocket"})[0]["type"] == "websocket.close"


def test_the_service_starts_and_stops_with_the_server() -> None:
    seen: list[str] = []

    async def start() -> None:
        seen.append("start")

    async def stop() -> None:
        seen.append("stop")

    app = Application(echo, refuse, start=start, stop=stop)
    sent = call({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}, app=app)
    assert seen == ["start", "stop"]
    assert [m["type"] for m in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_service_that_cannot_start_says_why() -> None:
    async def start() -> None:
        raise RuntimeError("no database")

    sent = call({"type": "lifespan"}, {"type": "lifespan.startup"}, app=Application(echo, refuse, start=start))
    assert sent == [{"type": "lifespan.startup.failed", "message": "no database"}]
