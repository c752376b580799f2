"""
Blind indexes: a column beside the ciphertext, by which `==` finds an encrypted value.

    4 bytes    id of the master key, big-endian
    16 bytes   the first half of HMAC-SHA-256 over the value, under a key of its own for this entity and field

Equal values of one field have equal indexes under one master key: whoever reads the table learns which rows share a value, and
nothing more unless the values are few (a guess can be checked only with the key). Equality is by code point, as everywhere
(`exact`): no Unicode normalization, because "e with acute" and "e, then acute" are two texts to `==` as well. A field declared
`case="fold"` is casefolded first, as its comparisons are.

The key id in front lets a rotation keep two columns: the old one is searched with `key_id`, while the new one fills up. 128 bits
of the tag leave no chance of a collision worth naming (10^12 values: below 10^-14), so a unique constraint may stand on the column.
"""

from __future__ import annotations

import hmac

from strongback.crypto.keyring import Keyring

INDEX_BYTES = 20
_TAG_BYTES = 16


def blind_index(
    keyring: Keyring, value: str | bytes, entity: str, field: str, *, fold: bool = False, key_id: int | None = None
) -> bytes:
    """
    Compute what the index column holds for *value*; the same function makes the parameter of a search.

    Args:
        value: The plaintext; text counts as UTF-8.
        entity, field: Their numbers from the lock, as text.
        fold: The field compares by casefolded form.
        key_id: Under which master key; the primary when not given.
    Returns:
        20 bytes.
    Raises:
        UnknownKey: The keyring lacks that master key.
    Source: RFC 2104, section 5 (truncation to no less than half); FIPS 180-4 for SHA-256.

    >>> ring = Keyring({1: bytes(range(32))}, primary=1)
    >>> blind_index(ring, "ann@example.com", "3", "7").hex()[:8], len(blind_index(ring, "", "3", "7"))
    ('00000001', 20)
    >>> blind_index(ring, "Ann", "3", "7") == blind_index(ring, "ann", "3", "7")
    False
    >>> blind_index(ring, "Ann", "3", "7", fold=True) == blind_index(ring, "ann", "3", "7", fold=True)
    True
    """
    chosen = keyring.primary if key_id is None else key_id
    if isinstance(value, str):
        value = (value.casefold() if fold else value).encode()
    key = keyring.derive_kept("blind-index", entity, field, key_id=chosen)
    return chosen.to_bytes(4, "big") + hmac.digest(key, value, "sha256")[:_TAG_BYTES]
