"""The SDK's server over the tools of a Model: what lists and calls them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from mcp import types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from strongback.contract.mcp import Description
from strongback.engine.request import Reply
from strongback.errors import did_you_mean
from strongback.model.model import Model

SHOWN: Final = 80
# Where the HTTP scope of a request holds what answers its call.
CALL: Final = "strongback.call"
# Calls the tool with these arguments, for the caller of one request.
Call = Callable[[Description, Mapping[str, object]], Awaitable[Reply]]


def make_server(model: Model, tools: Mapping[str, Description]) -> Server[Any]:
    """The server of *model*: its tools, and nothing else of the protocol."""
    listed = types.ListToolsResult(tools=[types.Tool.model_validate(each.document) for each in tools.values()])

    async def list_tools(ctx: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return listed

    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            hint = did_you_mean(params.name[:SHOWN], tools)
            message = f"there is no tool `{params.name[:SHOWN]}`"
            raise MCPError(types.INVALID_PARAMS, f"{message}: {hint}" if hint else message)
        call: Call = ctx.request.scope[CALL]
        return _result(await call(tool, params.arguments or {}))

    return Server(
        model.name,
        version=model.version,
        instructions=model.doc.strip() or None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _result(reply: Reply) -> types.CallToolResult:
    """The same JSON twice, as the specification has it: as text, and for who reads it as data."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=reply.body.decode())],
        structured_content=msgspec.json.decode(reply.body),
        is_error=reply.status >= 400,
    )
