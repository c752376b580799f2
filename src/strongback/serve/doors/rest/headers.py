"""Header fields of answers, ready made."""

from __future__ import annotations

from typing import Final

Header = tuple[str, str]

NOSNIFF: Final = ("x-content-type-options", "nosniff")
JSON_CONTENT: Final = ("content-type", "application/json")
PROBLEM_CONTENT: Final = ("content-type", "application/problem+json")
# What a row is depends on who asks, and whether there is an answer on what they accept.
VARY: Final = ("vary", "authorization, accept")
# A row with a tag may be kept by its reader, who asks each time whether it still holds (RFC 9111, section 5.2.2.4).
REVALIDATE: Final = ("cache-control", "private, no-cache")
NO_STORE: Final = ("cache-control", "no-store")

TAGGED: Final[tuple[Header, ...]] = (JSON_CONTENT, REVALIDATE, VARY, NOSNIFF)
UNTAGGED: Final[tuple[Header, ...]] = (JSON_CONTENT, NO_STORE, VARY, NOSNIFF)
BARE: Final[tuple[Header, ...]] = (NO_STORE, VARY, NOSNIFF)
UNCHANGED: Final[tuple[Header, ...]] = (REVALIDATE, VARY, NOSNIFF)
PROBLEM: Final[tuple[Header, ...]] = (PROBLEM_CONTENT, NO_STORE, VARY, NOSNIFF)
