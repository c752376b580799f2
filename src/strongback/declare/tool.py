"""`sb.tool`: what is said of an operation that is a tool of MCP."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """An operation under `sb.tool`."""

    operation: object
    approval: object


def tool(operation: object, *, approval: bool) -> ToolSpec:
    """
    Say of an operation in `mcp=[...]` whether it takes an approval: `sb.tool(Job.apply, approval=False)`.

    Args:
        operation: As it stands in `mcp=[...]` by itself: `Job.apply`, or `"Job.delete"` for one that has no name in Python.
        approval: Whether it is done only with an approval, which the first call asks for. Left to itself, an update, a delete and an
            action take one; a read and a create take none.
    """
    return ToolSpec(operation, approval)
