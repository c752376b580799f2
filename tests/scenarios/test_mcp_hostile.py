"""
Whatever is sent to `/mcp` gets an answer below 4 kB that is no fault of ours, and no tool does anything for it.

The messages are made: every place of sound messages is broken in every way.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from examples.jobs.service import jobs
from strongback.store.store import Statement
from tests.mcp_calls import HEADERS, Agent, with_tools

ANSWER_MAX: Final = 4_096
WITHIN_S: Final = 30
DEEP: Final = 200
ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
# In place of any value of a message.
VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**53 + 1, 2**64, 10**400, 1e308, "", "x" * 70_000, "\x00", "\x1b[31m", "<script>", "' OR 1=1 --",
    "../../etc/passwd", "\u202e", "💥" * 1_000, [], {}, [[]], [None] * 5_000, {"": ""}, {"$ref": "#"}, {"__proto__": {}},
)  # fmt: skip
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
CALLS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "jobs_search", "arguments": {"where": {"city": {"eq": "Oslo"}}, "include": ["company"], "page_size": 5}},
    {"name": "jobs_get", "arguments": {"id": ABSENT, "fields": ["title"]}},
    {"name": "jobs_create", "arguments": {"values": {"title": "x"}, "dry_run": False}},
    {"name": "companies_found", "arguments": {"arguments": {"name": "x"}, "approval": "x"}},
)
MESSAGES: Final[tuple[dict[str, Any], ...]] = (
    *({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {**call, "_meta": META}} for call in CALLS),
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    },
    {"jsonrpc": "2.0", "id": 1, "method": "ping"},
    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1, "reason": "x"}},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}},
)
METHODS = (
    "resources/list", "resources/read", "prompts/list", "prompts/get", "completion/complete", "logging/setLevel", "sampling/createMessage",
    "elicitation/create", "roots/list", "tasks/list", "rpc.discover",
    "server/discover", "tools/call", "__init__", "", "x" * 10_000, "tools/list\n",
)  # fmt: skip
RAW: Final[tuple[bytes, ...]] = (
    b"", b"{", b"nul", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[]", b"1", b'"x"', b"null", b"{}" * 2, b'{"a":1,"a":2}', b'{"id":NaN}',
    b"[" * 100_000, b'{"a":' * 100_000, b'{"jsonrpc":"2.0","id":1,"method":"ping","id":2}', b'{"x":"\\ud800"}', b"\x00" * 10_000,
    json.dumps([MESSAGES[0]] * 50).encode(), b"0" * 1_000_000, b" " * 1_000_000, b"x" * 1_048_577,
)  # fmt: skip
FIELDS: Final[tuple[dict[str, str], ...]] = (
    {"content-type": "text/plain"}, {"content-type": "application/jsonx"}, {"content-encoding": "gzip"}, {"accept": "text/html"},
    {"mcp-protocol-version": "1999-01-01"}, {"mcp-protocol-version": "x" * 5_000}, {"mcp-protocol-version": "2026-07-28"},
    {"mcp-session-id": "x" * 5_000}, {"mcp-method": "tools/list"}, {"mcp-name": "\u00e9"}, {"last-event-id": "1"},
    {"authorization": "Basic x"}, {"authorization": "Bearer " + "x" * 5_000}, {"authorization": ""},
    {"host": "evil.example"}, {"origin": "null"}, {"origin": "x" * 5_000}, {"host": "\u00e9"},
)  # fmt: skip


def broken(node: Any) -> Iterator[Any]:
    """*node* with each of its values, at any depth, in turn left out, doubled in another name, or another."""
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        rest = {key: other for key, other in node.items() if key != name}
        yield rest
        yield {**rest, name.upper(): value}
        yield from ({**node, name: other} for other in VALUES)
        yield from ({**node, name: each} for each in broken(value))


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


async def check(agent: Agent, what: Any, *, content: bytes | None = None, **headers: str) -> None:
    said = {**HEADERS, **headers}
    async with asyncio.timeout(WITHIN_S):
        if content is None:
            answered = await agent.client.request("POST", "/mcp", json=what, headers=said)
        else:
            answered = await agent.client.request(
                "POST", "/mcp", content=content, content_type="application/json", headers=said
            )
    told = f"{str(what)[:300]} {headers}: {answered.status} {answered.body[:300]!r}"
    assert answered.status < 500, told
    assert len(answered.body) < ANSWER_MAX, told
    assert b"Traceback" not in answered.body and b".py" not in answered.body, told
    if answered.body and answered.headers.get("content-type") == "application/json":
        assert answered.json["jsonrpc"] == "2.0", told
        assert answered.json.get("error", {}).get("code") != -32603, told  # "internal error" of JSON-RPC


async def test_every_broken_message_is_answered(tmp_path: Path) -> None:
    messages = [each for message in MESSAGES for each in broken(message)]
    assert len(messages) > 1_000
    async with (agent := with_tools(jobs, f"sqlite:///{tmp_path}/jobs.db", limiters={})).client:
        for callers in (agent, agent.of("ann")):
            for message in messages:
                await check(callers, message)
        for table in ("job", "company", "skill"):
            assert await agent.client.app.store.fetch(Statement(f'SELECT * FROM "{table}"')) == []


async def test_every_broken_message_of_the_stateless_era_is_answered(tmp_path: Path) -> None:
    era = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call"}
    async with (agent := with_tools(jobs, f"sqlite:///{tmp_path}/jobs.db", limiters={})).client:
        for message in MESSAGES[: len(CALLS)]:
            headers = {**era, "mcp-name": message["params"]["name"]}
            for each in broken(message):
                await check(agent, each, **headers)


async def test_whatever_bytes_and_header_fields_are_answered(tmp_path: Path) -> None:
    async with (agent := with_tools(jobs, f"sqlite:///{tmp_path}/jobs.db", limiters={})).client:
        for content in RAW:
            await check(agent, content[:50], content=content)
        for fields in FIELDS:
            for message in MESSAGES:
                await check(agent, message, **fields)
        for method in METHODS:
            for params in ({}, [], None, {"name": "jobs_search"}, {"uri": "file:///etc/passwd"}):
                await check(agent, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        for depth in (10, DEEP):
            await check(agent, {**MESSAGES[0], "params": {"name": "jobs_search", "arguments": nested(depth)}})


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_no_streams_that_stay_open(tmp_path: Path, method: str) -> None:
    async with (agent := with_tools(jobs, f"sqlite:///{tmp_path}/jobs.db")).client, asyncio.timeout(WITHIN_S):
        answered = await agent.client.request(method, "/mcp", headers={**HEADERS, "accept": "text/event-stream"})
        assert (answered.status, answered.headers["allow"]) == (405, "POST")
