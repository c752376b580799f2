"""The keyring: master keys by id, from which every other key is derived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Never

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from strongback.crypto.data_key import KEPT_KEYS, SEALS_PER_KEY, DataKeys
from strongback.crypto.parts import join_parts
from strongback.errors import KeyringInvalid, UnknownKey

KEY_BYTES = 32
KEY_ID_MAX = 2**32 - 1
_KEPT_DERIVED = 4_096


class Keyring:
    """
    Master keys by id: one primary, which seals new values; older ones, which still open theirs; and spares with higher ids,
    which a process rolls over to when a data key under the primary is worn out.

    Frozen, and deliberately no dataclass: generic code that turns values into JSON (a log renderer, a debugger's dump) finds
    no field to print. Two keyrings are equal only when they are the same one, so nothing compares keys byte by byte.

    Args:
        keys: 32 bytes by id; ids are 1 to 2^32 - 1.
        primary: The id that seals.
        seals_per_key: Values a data key may seal in this process.
        kept_data_keys: Data keys held in memory.
    Raises:
        KeyringInvalid: No keys, a wrong id or length, one key under two ids, or a primary that is not there.

    >>> Keyring({1: bytes(range(32))}, primary=1)
    Keyring(ids=(1,), primary=1)
    """

    __slots__ = ("_derived", "_keys", "data_keys", "ids", "primary")

    ids: tuple[int, ...]
    primary: int
    data_keys: DataKeys

    def __init__(
        self,
        keys: Mapping[int, bytes],
        primary: int,
        *,
        seals_per_key: int = SEALS_PER_KEY,
        kept_data_keys: int = KEPT_KEYS,
    ) -> None:
        _check_keys(keys, primary)
        ids = tuple(sorted(keys))
        sealing = (primary, *(key_id for key_id in ids if key_id > primary))
        put = super().__setattr__
        put("_keys", dict(keys))
        put("_derived", {})
        put("ids", ids)
        put("primary", primary)
        put("data_keys", DataKeys(self._derive_data_key, sealing, seals_per_key, kept_data_keys))

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"a keyring is frozen; `{name}` cannot be set")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"a keyring is frozen; `{name}` cannot be deleted")

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("a keyring is never pickled or copied: its keys would leave this process")

    def __repr__(self) -> str:
        return f"Keyring(ids={self.ids}, primary={self.primary})"

    def derive(self, purpose: str, *parts: str | bytes, key_id: int | None = None) -> bytes:
        """
        Derive a key for one purpose: 32 bytes, the same in every process that holds the master key.

        Args:
            purpose: What the key is for (`data-key`, `blind-index`, `page-token`); keys of two purposes tell nothing of each other.
            parts: What else it is bound to; each counts with its length.
            key_id: Under which master key; the primary when not given.
        Raises:
            UnknownKey: The keyring lacks that master key.
        Source: RFC 5869, with SHA-256, no salt, and *parts* as `info`.
        """
        chosen = self.primary if key_id is None else key_id
        master = self._keys.get(chosen)
        if master is None:
            raise UnknownKey(chosen)
        info = join_parts("strongback", purpose, *parts)
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(master)

    def derive_kept(self, purpose: str, *parts: str, key_id: int | None = None) -> bytes:
        """As `derive`, remembered: for keys whose *parts* are names of the model, so that there are few of them."""
        wanted = (purpose, parts, self.primary if key_id is None else key_id)
        key = self._derived.get(wanted)
        if key is None:
            if len(self._derived) >= _KEPT_DERIVED:
                self._derived.clear()
            key = self._derived[wanted] = self.derive(purpose, *parts, key_id=key_id)
        return key

    def _derive_data_key(self, key_id: int, tenant: str, entity: str) -> bytes:
        return self.derive("data-key", tenant, entity, key_id=key_id)

    _keys: dict[int, bytes]
    _derived: dict[tuple[str, tuple[str, ...], int], bytes]


def _check_keys(keys: Mapping[int, bytes], primary: int) -> None:
    if not keys:
        raise KeyringInvalid("the keyring holds no key")
    for key_id, key in keys.items():
        _check_key(key_id, key)
    if len(set(keys.values())) != len(keys):
        raise KeyringInvalid("two ids of the keyring hold the same key", hint="a new key needs new random bytes")
    if primary not in keys:
        raise KeyringInvalid(f"the primary key {primary} is not in the keyring, which holds {sorted(keys)}")


def _check_key(key_id: int, key: bytes) -> None:
    if isinstance(key_id, bool) or not isinstance(key_id, int) or not 1 <= key_id <= KEY_ID_MAX:
        raise KeyringInvalid(f"a key id is a whole number from 1 to {KEY_ID_MAX}")
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        raise KeyringInvalid(f"key {key_id} is not {KEY_BYTES} bytes")
