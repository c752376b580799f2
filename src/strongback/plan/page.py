"""
Pages by key: where a page goes on, and the token that says so.

Rows inserted or deleted between pages never duplicate or skip the others, because a page starts beyond a row's keys, not at a
number of rows (AIP-158; values.md section 4).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from strongback.model.entity import Entity
from strongback.plan.asked import Target
from strongback.plan.members import member_path, member_type
from strongback.plan.operation import SEEK
from strongback.plan.shape import OrderKey
from strongback.predicate.tree import TRUE, Compare, Expr, IsNone, Operator, Param, both

_TAG_BYTES = 16


def beyond(entity: Entity, order: Sequence[OrderKey], nulls: Sequence[bool] | None, mark: str = SEEK) -> list[Expr]:
    """
    The rows after the one whose keys are bound as `seek0`, `seek1`, …, or under another *mark*: exclusive ranges, each one run of an index.

    Args:
        nulls: For each key whether that row's value is null; None on a first page.
    Returns:
        Conditions that exclude each other: equal in all earlier keys, beyond in one.
    """
    if nulls is None:
        return [TRUE]
    ranges: list[Expr] = []
    for i, key in enumerate(order):
        equal = [_equal(entity, order[j], f"{mark}{j}", nulls[j]) for j in range(i)]
        ranges += [both(*equal, after) for after in _after(entity, key, f"{mark}{i}", nulls[i])]
    return ranges


def _seek(entity: Entity, key: OrderKey, name: str) -> Param:
    return Param(name, member_type(entity, key.member))


def _equal(entity: Entity, key: OrderKey, name: str, null: bool) -> Expr:
    path = member_path(entity, key.member)
    return IsNone(path) if null else Compare("==", path, _seek(entity, key, name))


def _after(entity: Entity, key: OrderKey, name: str, null: bool) -> list[Expr]:
    """NULLs come first ascending and last descending: what is beyond a value, and beyond a null."""
    path = member_path(entity, key.member)
    if null:
        return [] if key.descending else [IsNone(path, negated=True)]
    op: Operator = "<" if key.descending else ">"
    ranges: list[Expr] = [Compare(op, path, _seek(entity, key, name))]
    if key.descending and member_type(entity, key.member).optional:
        ranges.append(IsNone(path))
    return ranges


class Tokens:
    """
    Makes and reads page tokens. A token is opaque, and good only for the actor, the operation, the filters and the order it was
    made for: its authentication covers them all (BLAKE2b with a key, RFC 7693: a quarter of what HMAC costs).

    Args:
        key: 32 secret bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, keys: Sequence[Any] | bytes, target: Target, context: str) -> str:
        """
        Make the token that goes on after a row.

        Args:
            keys: The row's order keys, in wire form; or the JSON array of them.
            context: Whatever else the token is bound to, as text: actor, filters, order.
        """
        payload = keys if isinstance(keys, bytes) else msgspec.json.encode(list(keys))
        return base64.urlsafe_b64encode(self._tag(payload, target, context) + payload).decode().rstrip("=")

    def read(self, token: str, target: Target, context: str) -> list[Any] | None:
        """The keys in *token*; None when it was not made here for just this."""
        if len(token) > 4096 or not token.isascii():
            return None
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(payload, target, context)):
            return None
        keys = msgspec.json.decode(payload)
        return keys if isinstance(keys, list) else None

    def _tag(self, payload: bytes, target: Target, context: str) -> bytes:
        bound = msgspec.json.encode([str(target), context])
        return blake2b(len(bound).to_bytes(8, "big") + bound + payload, key=self._key, digest_size=_TAG_BYTES).digest()
