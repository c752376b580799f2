"""
The sample of the MCP conformance suite, as far as its tools are operations: `test_simple_text`, `test_error_handling`.

    strongback run tests/services/agents.py:agents --port 8000
    mcp_conformance.sh http://127.0.0.1:8000/mcp

What else the suite asks (resources, prompts, completion, logging, sampling, elicitation, content other than text) the door does not offer.
"""

from __future__ import annotations

import strongback as sb


class Trial(sb.Entity, plural="test"):
    """What the suite calls."""

    access = sb.Access(read=sb.EVERYONE)
    note: str = sb.field(max=80)

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    def simple_text(cls) -> str:
        """Answer a simple text."""
        return "This is a simple text response for testing."

    @sb.action(allow=sb.EVERYONE)
    @classmethod
    def error_handling(cls) -> None:
        """Be refused, always."""
        sb.require(condition=False, reason="always", message="This tool intentionally returns an error for testing")


agents = sb.Service(
    "agents",
    entities=[Trial],
    mcp=[sb.tool(Trial.simple_text, approval=False), sb.tool(Trial.error_handling, approval=False)],
)
