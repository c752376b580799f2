"""Tools of a service, called over HTTP as a program calls them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.declare.service import Service
from strongback.model.load import load
from strongback.model.tool import Tool, tools_of
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess, Response

HEADERS = {"host": "127.0.0.1", "accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}


@dataclass(frozen=True)
class Answered:
    """What a tool answered."""

    response: Response
    is_error: bool
    data: dict[str, Any]
    text: str

    @property
    def error(self) -> dict[str, Any]:
        assert self.is_error, self.data
        found: dict[str, Any] = self.data["error"]
        return found

    @property
    def done(self) -> dict[str, Any]:
        assert not self.is_error, self.data
        return self.data


@dataclass(frozen=True)
class Agent:
    """A program that calls tools, for a user or for nobody."""

    client: AsyncClient

    def of(self, subject: str) -> Agent:
        return Agent(self.client.as_user(subject))

    async def send(self, message: Any, **headers: str) -> Response:
        said = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.client.request("POST", "/mcp", json=message, headers=said)

    async def ask(self, method: str, params: Any = None, **headers: str) -> Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, **({} if params is None else {"params": params})}
        return await self.send(message, **headers)

    async def call(self, tool: str, arguments: Any = None, /, **more: Any) -> Answered:
        params = {"name": tool, "arguments": {**(arguments or {}), **more}}
        response = (await self.ask("tools/call", params)).expect(200)
        result = response.json["result"]
        [content] = result["content"]
        return Answered(response, result["isError"], result["structuredContent"], content["text"])

    async def approve(self, tool: str, arguments: Any = None, /, **more: Any) -> Answered:
        """Call *tool* twice: to see what it would do, and to have it done."""
        shown = (await self.call(tool, arguments, **more)).done
        return await self.call(tool, arguments, **more, approval=shown["approval"])


def with_tools(service: Service, url: str, tools: Iterable[Tool] | None = None, **more: Any) -> Agent:
    """*service* with *tools*, all that there can be if none are named, in this process."""
    model = load(service, Path(service.folder))
    every = tuple(tool for entity in model.entities for tool in tools_of(entity))
    model = replace(model, mcp=every if tools is None else tuple(tools))
    bearers = Bearers(model)
    app = App(model, Team.of(service), url, Keyring({1: bytes(range(32))}, primary=1), verify=bearers, **more)
    return Agent(AsyncClient(InProcess(app, bearers)))
