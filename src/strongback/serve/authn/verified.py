"""Tokens already verified, remembered for a while."""

from __future__ import annotations

from dataclasses import dataclass, field

from strongback.serve.authn.claims import Claims


@dataclass(slots=True)
class VerifiedTokens:
    """
    A bounded memory of verified tokens, two generations deep.

    A token found in the older generation moves to the younger one; when the younger is full, the older is dropped whole. So
    what is used stays, a hit in the younger writes nothing, and nothing is ever sorted.

    The key is the token itself. Comparing it with what a stranger sends tells them nothing by its time: two texts are compared
    byte by byte only when their hashes agree, and those are keyed with a secret of this process (PEP 456). A digest would cost
    more than the rest of a hit.

    Attributes:
        count: Tokens in one generation, at most.
        size_bytes: Their size together, at most.
    """

    count: int
    size_bytes: int
    _young: dict[str, tuple[Claims, float]] = field(default_factory=dict, repr=False)
    _old: dict[str, tuple[Claims, float]] = field(default_factory=dict, repr=False)
    _young_bytes: int = 0

    def get(self, token: str, now: float) -> Claims | None:
        """The claims of *token*, if they still hold at *now* (seconds since the epoch)."""
        found = self._young.get(token)
        if found is None:
            found = self._old.pop(token, None)
            if found is None:
                return None
            if found[1] > now:
                self.put(token, *found)
        if found[1] > now:
            return found[0]
        return None

    def put(self, token: str, claims: Claims, until: float) -> None:
        """Remember *token* until then (seconds since the epoch)."""
        if len(self._young) >= self.count or self._young_bytes + len(token) > self.size_bytes:
            self._old, self._young, self._young_bytes = self._young, {}, 0
        if token not in self._young:
            self._young_bytes += len(token)
        self._young[token] = (claims, until)

    def clear(self) -> None:
        self._young, self._old, self._young_bytes = {}, {}, 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
