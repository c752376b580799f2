"""The stable numbers of one family of names."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field


class Numbers(Struct, frozen=True, omit_defaults=True):
    """The numbers of one family of names; *retired* tells which name a number once had."""

    live: dict[str, int] = field(default_factory=dict)
    retired: dict[int, str] = field(default_factory=dict)

    def used(self) -> Iterator[int]:
        yield from self.live.values()
        yield from self.retired
