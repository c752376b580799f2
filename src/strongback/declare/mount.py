"""The team's own ASGI applications, served by a service below prefixes of their own."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from strongback.declare.permission import EVERYONE, SIGNED_IN, Permission
from strongback.model.model import Mount

AsgiApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")
# What a service answers beside its model, or may.
GRAPHQL: Final = "/graphql"
MCP: Final = "/mcp"
TAKEN: Final = (
    "/live", "/ready", "/startup", "/metrics", "/docs", "/openapi.json", "/problems", "/_dev",
)  # fmt: skip
ALLOWED: Final[Mapping[Permission, Any]] = {EVERYONE: "EVERYONE", SIGNED_IN: "SIGNED_IN"}


@dataclass(frozen=True, slots=True)
class Mounted:
    """An application, and who may ask it."""

    app: AsgiApp
    allow: Permission


def mount(app: AsgiApp, *, allow: Permission) -> Mounted:
    """
    Let a service serve *app*: `sb.Service(..., mounts={"/internal": sb.mount(app, allow=sb.SIGNED_IN)})`.

    Its scope has `strongback.actor`, who is asking (`key`, `is_anonymous`), and `strongback.request_id`. What it answers is outside
    the promise of permissions.

    Args:
        app: Any ASGI application: FastAPI, Starlette, a function.
        allow: `sb.SIGNED_IN` or `sb.EVERYONE`. A role needs a row, and there is none.
    """
    return Mounted(app, allow)


def draft_mounts(
    given: object, rest: str, *, graphql: bool = False, tools: bool = False
) -> tuple[tuple[Mount, ...], list[tuple[str, str, str]]]:
    """Mounts as the model holds them, and faults: code, message, hint."""
    named = given if isinstance(given, Mapping) else {}
    taken = [*([rest] if rest else []), *([GRAPHQL] if graphql else []), *([MCP] if tools else [])]
    faults = [fault for prefix, each in named.items() for fault in _faults(prefix, each, taken, list(named))]
    mounts = (Mount(p, ALLOWED[m.allow]) for p, m in named.items() if isinstance(m, Mounted) and m.allow in ALLOWED)
    return tuple(mounts), faults


def _faults(prefix: object, given: object, taken: list[str], others: list[str]) -> Iterator[tuple[str, str, str]]:
    if not isinstance(prefix, str) or not PREFIX.fullmatch(prefix):
        yield "SB126", f"`{prefix}` is no prefix to mount at", 'write one or more segments: mounts={"/internal": ...}'
        return
    for other in (*taken, *TAKEN, *(each for each in others if each != prefix)):
        if is_within(prefix, other) or is_within(other, prefix):
            yield "SB126", f"what is mounted at `{prefix}` collides with `{other}`", "mount it at a prefix of its own"
    if not isinstance(given, Mounted) or not callable(given.app):
        yield "SB127", f"`{prefix}` does not say who may", "write sb.mount(app, allow=sb.SIGNED_IN), or sb.EVERYONE"
    elif given.allow not in ALLOWED:
        message = f"`{prefix}`: a role needs a row, and what is mounted has none"
        yield "SB127", message, "write allow=sb.SIGNED_IN and judge in the application, or sb.EVERYONE"


def is_within(path: str, prefix: str) -> bool:
    """
    Whether *path* is *prefix*, or below it.

    >>> is_within("/v1/jobs", "/v1"), is_within("/v10", "/v1")
    (True, False)
    """
    return path == prefix or path.startswith(f"{prefix}/")
