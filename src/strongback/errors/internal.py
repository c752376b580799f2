"""Errors of ours: a promise inside the code broke."""

from __future__ import annotations

from strongback.errors.fault import StrongbackError


class InternalError(StrongbackError):
    """A promise inside the code broke. Never the caller's fault; the message never reaches them."""

    code = "SB900"


class SealBroken(InternalError):
    """A sealed value is not what was sealed there: changed, cut, moved, or of an unknown format. Never says which."""

    code = "SB910"

    def __init__(self) -> None:
        super().__init__("a stored value does not open")
