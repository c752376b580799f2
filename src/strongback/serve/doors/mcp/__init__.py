"""The MCP door: chosen operations as tools over streamable HTTP, by the official SDK and without sessions."""
