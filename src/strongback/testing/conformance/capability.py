"""
What a store may lack and still be one. A case that needs it is then skipped, by name, and never silently.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from strongback.app import App
from strongback.errors import ConfigurationError
from strongback.migrate.run import check_schema

WIDE_DECIMALS, DURABLE, OWN_SESSIONS = "wide-decimals", "durable", "own-sessions"
CAPABILITIES: Mapping[str, str] = MappingProxyType(
    {
        WIDE_DECIMALS: "holds decimals of more than 18 digits exactly",
        DURABLE: "keeps what was written when it is closed and opened again",
        OWN_SESSIONS: "gives a change of the schema a connection of its own",
    }
)
_PROBED_KEY = 0x7362_6366  # "sb", "cf"


async def lacks_sessions(app: App) -> str:
    """Why the started *app*'s store lacks `own-sessions`; empty when it does not."""
    try:
        async with app.store.session() as session:
            await session.lock(_PROBED_KEY)
    except ConfigurationError as why:
        return why.message
    return ""


async def lacks_durability(reopen: Callable[[], Awaitable[App]]) -> str:
    """Why the store lacks `durable`: what *reopen* opens once more does not even have the schema that was made."""
    app = await reopen()
    try:
        gone = await check_schema(app.store, app.schema)
    finally:
        await app.close()
    return "it was empty when it was opened again" if gone else ""
