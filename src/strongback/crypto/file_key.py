"""
Files, encrypted in segments for one place: read in parts, and readable in no other.

    1 byte    format version (1)
    4 bytes   id of the master key, big-endian
    32 bytes  salt, random
    7 bytes   start of every nonce, random
    then, for each 65,536 bytes of the file (the last segment may be shorter):
    n bytes   ciphertext, as long as the plaintext
    16 bytes  tag

AES-256-GCM under a key of the file's own, derived from the master key, tenant, entity and salt. The nonce of a segment is the start, its
number (4 bytes, big-endian) and one byte that says whether it is the last; so segments left out, exchanged, or cut at the end do not
open. Associated data: the head above, tenant, entity, row, field and the file's id, each behind its length.

No nonce is used twice: under one key there is one file, and its segments are counted. A file is never changed in place.

Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance" (CRYPTO 2015), STREAM;
the sizes of salt and nonce are those of Tink's AES-GCM-HKDF streaming.
"""

from __future__ import annotations

from os import urandom
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongback.crypto.data_key import FORMAT, make_head
from strongback.crypto.envelope import HEAD_BYTES, TAG_BYTES, Context
from strongback.crypto.keyring import Keyring
from strongback.crypto.parts import join_parts
from strongback.errors import SealBroken

SEGMENT_BYTES: Final = 65_536
SEALED_SEGMENT_BYTES: Final = SEGMENT_BYTES + TAG_BYTES
SALT_BYTES: Final = 32
START_BYTES: Final = 7
FILE_HEAD_BYTES: Final = HEAD_BYTES + SALT_BYTES + START_BYTES


class FileKey:
    """
    The key of one file in one place.

    Attributes:
        head: The first 44 bytes of the sealed file.
    """

    __slots__ = ("_bound", "_cipher", "_start", "head")

    def __init__(self, keyring: Keyring, head: bytes, place: Context, file: UUID) -> None:
        key_id, salt = int.from_bytes(head[1:HEAD_BYTES], "big"), head[HEAD_BYTES:-START_BYTES]
        self.head = head
        self._start = head[-START_BYTES:]
        self._cipher = AESGCM(keyring.derive("file-key", place.tenant, place.entity, salt, key_id=key_id))
        self._bound = join_parts(head, place.tenant, place.entity, place.row.bytes, place.field, file.bytes)

    @classmethod
    def make(cls, keyring: Keyring, place: Context, file: UUID) -> FileKey:
        """Make the key that seals a new file."""
        return cls(keyring, make_head(keyring.primary) + urandom(SALT_BYTES + START_BYTES), place, file)

    @classmethod
    def read(cls, keyring: Keyring, head: bytes, place: Context, file: UUID) -> FileKey:
        """
        Give the key of the sealed file that starts with *head*.

        Raises:
            SealBroken: It is no such head.
            UnknownKey: It names a master key that the keyring lacks.
        """
        if len(head) != FILE_HEAD_BYTES or head[0] != FORMAT:
            raise SealBroken
        return cls(keyring, head, place, file)

    def seal(self, segment: bytes, number: int, *, last: bool) -> bytes:
        """Encrypt segment *number*, counted from 0: 65,536 bytes, or fewer when it is the last."""
        return self._cipher.encrypt(self._nonce(number, last=last), segment, self._bound)

    def unseal(self, sealed: bytes, number: int, *, last: bool) -> bytes:
        """
        Decrypt segment *number*.

        Raises:
            SealBroken: It is not what was sealed there.
        """
        try:
            return self._cipher.decrypt(self._nonce(number, last=last), sealed, self._bound)
        except InvalidTag:
            raise SealBroken from None

    def _nonce(self, number: int, *, last: bool) -> bytes:
        return self._start + number.to_bytes(4, "big") + bytes((last,))


def count_segments(size: int) -> int:
    """
    How many segments a file of *size* bytes has: at least one, so that even an empty one cannot be made up.

    >>> count_segments(0), count_segments(65_536), count_segments(65_537)
    (1, 1, 2)
    """
    return max(1, -(-size // SEGMENT_BYTES))


def sealed_size(size: int) -> int:
    """
    How many bytes rest for a file of *size* bytes.

    >>> sealed_size(1), sealed_size(65_537)
    (61, 65613)
    """
    return FILE_HEAD_BYTES + size + count_segments(size) * TAG_BYTES
