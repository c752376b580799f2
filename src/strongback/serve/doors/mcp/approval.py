"""Approvals: that a caller has seen what a tool would do, and wants it done."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from secrets import token_bytes
from typing import Final

import msgspec

from strongback.errors import ApprovalRefused

KEPT_FOR_S: Final = 300
USED_MAX: Final = 100_000
_NONCE, _TIME, _TAG = 9, 5, 16
# Not among what is approved: it is the approval, or says that there need not be one.
NOT_APPROVED: Final = frozenset({"approval", "dry_run"})


class Approvals:
    """
    Makes and takes approvals. One is good for the same caller, the same tool and the same arguments, for five minutes.

    It is taken once by a process. Several processes share the key, not what was taken: one that is sent to each of them within its five
    minutes is taken once by each. Who must not do a thing twice says which version of the row is meant (`if_match`).

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._used: dict[bytes, int] = {}

    def make(self, caller: str, tool: str, arguments: Mapping[str, object], now: datetime) -> str:
        """An approval as text, for *caller* to give with *arguments* when *tool* is called again."""
        payload = token_bytes(_NONCE) + (int(now.timestamp()) + KEPT_FOR_S).to_bytes(_TIME, "big")
        return urlsafe_b64encode(payload + self._tag(payload, caller, tool, arguments)).decode()

    def take(self, text: object, caller: str, tool: str, arguments: Mapping[str, object], now: datetime) -> None:
        """
        Take an approval; another time it is refused.

        Raises:
            ApprovalRefused: It is none, or one of another caller, tool or arguments, or it is over, or was taken.
        """
        raw = _decoded(text)
        payload, tag = raw[:-_TAG], raw[-_TAG:]
        if not hmac.compare_digest(tag, self._tag(payload, caller, tool, arguments)):
            raise ApprovalRefused("this approval is not for these arguments")
        now_s, until_s = int(now.timestamp()), int.from_bytes(payload[_NONCE:], "big")
        if until_s <= now_s:
            raise ApprovalRefused("this approval is over")
        if payload in self._used:
            raise ApprovalRefused("this approval was used")
        self._keep(payload, until_s, now_s)

    def _keep(self, payload: bytes, until_s: int, now_s: int) -> None:
        if len(self._used) >= USED_MAX:
            self._used = {used: until for used, until in self._used.items() if until > now_s}
        if len(self._used) >= USED_MAX:
            raise ApprovalRefused("too many approvals are in use")
        self._used[payload] = until_s

    def _tag(self, payload: bytes, caller: str, tool: str, arguments: Mapping[str, object]) -> bytes:
        approved = {name: value for name, value in arguments.items() if name not in NOT_APPROVED}
        bound = msgspec.json.encode([caller, tool, approved], order="sorted")
        return blake2b(payload + bound, key=self._key, digest_size=_TAG).digest()


def _decoded(text: object) -> bytes:
    try:
        raw = urlsafe_b64decode(text) if isinstance(text, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != _NONCE + _TIME + _TAG:
        raise ApprovalRefused("this is no approval")
    return raw
