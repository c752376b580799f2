"""
What a store may lack and still be one. A case that needs it is then skipped, by name, and never silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from strongback.errors import ConfigurationError, StoreMismatch, TableUnfit
from strongback.testing.conformance.running import Running

WIDE_DECIMALS, DURABLE, OWN_SESSIONS = "wide-decimals", "durable", "own-sessions"
CAPABILITIES: Mapping[str, str] = MappingProxyType(
    {
        WIDE_DECIMALS: "holds decimals of more than 18 digits exactly",
        DURABLE: "keeps what was written when it is closed and opened again",
        OWN_SESSIONS: "gives a change of the schema a connection of its own",
    }
)
_PROBED_KEY = 0x7362_6366  # "sb", "cf"


async def lacking(on: Running) -> dict[str, str]:
    """What the store lacks, each with the reason."""
    why = {
        WIDE_DECIMALS: on.narrow,
        OWN_SESSIONS: await _lacks_sessions(on),
        DURABLE: await _lacks_durability(on),
    }
    return {name: reason for name, reason in why.items() if reason}


async def _lacks_sessions(on: Running) -> str:
    try:
        async with on.app.store.session() as session:
            await session.lock(_PROBED_KEY)
    except ConfigurationError as why:
        return why.message
    return ""


async def _lacks_durability(on: Running) -> str:
    """A store that loses its schema keeps nothing; one that keeps it has to keep every row."""
    try:
        await on.reopen()
    except (StoreMismatch, TableUnfit):
        await on.make_schema()
        return "it was empty when it was opened again"
    return ""
