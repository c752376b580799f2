"""Pages of listed origins may call; every other origin gets an answer its browser keeps from it."""

from __future__ import annotations

import asyncio

import pytest

from strongback.errors import ConfigurationError
from strongback.serve.cors import make_cors, origins_from_environment

APP = "https://app.example.org"


async def service(scope, receive, send):
    status = 404 if scope["path"] == "/none" else 200
    headers = [(b"content-type", b"application/json"), (b"vary", b"authorization, accept"), (b"etag", b'"1"')]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": scope["method"].encode()})


def call(*headers, method="GET", path="/", origins=(APP, "http://localhost:5173")):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [(n.encode(), v.encode()) for n, v in headers]}
    asyncio.run(make_cors(service, origins)(scope, None, send))
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


def test_a_listed_origin_may_read_the_answer():
    status, headers, body = call(("origin", APP))
    assert (status, body) == (200, b"GET")
    assert headers["access-control-allow-origin"] == APP
    assert "etag" in headers["access-control-expose-headers"]
    assert headers["vary"] == "authorization, accept, origin"
    assert "access-control-allow-credentials" not in headers


def test_it_may_read_refusals_as_well():
    status, headers, _ = call(("origin", APP), path="/none")
    assert status == 404
    assert headers["access-control-allow-origin"] == APP


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "",
        "http://app.example.org",
        "https://app.example.org.evil.example",
        "https://evilapp.example.org",
        "https://sub.app.example.org",
        "https://example.org",
        "https://app.example.org:8443",
        "https://app.example.org:443",
        "https://APP.example.org",
        "https://app.example.org/",
        "https://app.example.org https://evil.example",
        "https://app.example.org,https://evil.example",
        "https://app.example.org@evil.example",
        "https://app-example.org",
        "https://app.example.org%60.evil.example",
        "http://localhost",
        "http://localhost:5174",
        "http://127.0.0.1:5173",
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_another_origin_gets_nothing_a_browser_would_show_it(origin, method):
    status, headers, body = call(("origin", origin), ("access-control-request-method", "PATCH"), method=method)
    assert (status, body) == (200, method.encode())
    assert not [name for name in headers if name.startswith("access-control")]
    assert headers["vary"] == "authorization, accept, origin"


def test_two_origins_are_none():
    _, headers, _ = call(("origin", APP), ("origin", APP))
    assert "access-control-allow-origin" not in headers


def test_a_preflight_is_answered_here():
    status, headers, body = call(
        ("origin", "http://localhost:5173"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "authorization,if-match,x-evil"),
        method="OPTIONS",
        path="/none",
    )
    assert (status, body) == (204, b"")
    assert headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "PATCH" in headers["access-control-allow-methods"]
    allowed = headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "if-match", "idempotency-key", "mcp-protocol-version"} <= set(
        allowed
    ) and "x-evil" not in allowed
    assert headers["vary"] == "origin"


def test_options_that_is_no_preflight_reaches_the_service():
    status, headers, body = call(("origin", APP), method="OPTIONS")
    assert (status, body) == (200, b"OPTIONS")
    assert headers["access-control-allow-origin"] == APP


def test_without_an_origin_only_vary_is_added():
    _, headers, _ = call()
    assert headers["vary"] == "authorization, accept, origin"
    assert not [name for name in headers if name.startswith("access-control")]


def test_without_the_setting_nothing_is_wrapped():
    assert make_cors(service, []) is service


def test_what_is_not_http_passes():
    passed = []

    async def inner(scope, receive, send):
        passed.append(scope["type"])

    asyncio.run(make_cors(inner, [APP])({"type": "lifespan"}, None, None))
    assert passed == ["lifespan"]


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "app.example.org",
        "https://*.example.org",
        "https://app.example.org/",
        "https://App.example.org",
        "https://app.example.org:443",
        "http://app.example.org:80",
        "https://",
        "file:///",
        "https://a b",
        "https://.example.org",
        "https://user@app.example.org",
        "https://app.example.org\n",
    ],
)
def test_what_could_never_match_or_would_match_anything_is_refused_at_the_start(origin):
    with pytest.raises(ConfigurationError, match="origin"):
        make_cors(service, [APP, origin])


def test_the_environment_lists_origins():
    assert origins_from_environment({"STRONGBACK_CORS_ORIGINS": f" {APP} , http://[::1]:5173,"}) == [
        APP,
        "http://[::1]:5173",
    ]
    assert origins_from_environment({}) == []
