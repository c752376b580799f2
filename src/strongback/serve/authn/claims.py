"""What a verified token says of its bearer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Claims:
    """
    The claims of a token whose signature, issuer, audience and times were checked.

    Attributes:
        subject: The claim `sub`; never empty.
        values: All claims, as JSON values.
        expires_at: Seconds since the epoch; the claim `exp` as it is, without leeway.
    """

    subject: str
    values: Mapping[str, Any]
    expires_at: float

    def __repr__(self) -> str:
        """Without the values: they are personal, and a repr ends up in log lines."""
        return f"Claims(expires_at={self.expires_at})"
