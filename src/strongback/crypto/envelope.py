"""
Envelopes: a value encrypted for one place, and readable in no other.

    1 byte    format version (1)
    4 bytes   id of the master key, big-endian
    12 bytes  nonce, random
    n bytes   ciphertext, as long as the plaintext (the length is not hidden)
    16 bytes  tag

AES-256-GCM under the data key of (master key, tenant, entity). Associated data: format version and key id, tenant, entity, row
id, field, each behind its length; so an envelope opens only where it was sealed. Entity and field are the stable numbers of the
lock, so a rename changes nothing.

Nonces are random because many processes seal under one data key without knowing of each other. NIST SP 800-38D, section 8.3
allows 2^32 of them per key (two equal ones with a chance below 2^-32). A process stops at 2^28 per data key: sixteen processes
that all seal their full count stay within the limit, and the chance of one process to repeat a nonce is below 2^-40. It then
rolls over to a newer key of the keyring (a spare), or refuses and asks for rotation.
"""

from __future__ import annotations

from functools import lru_cache
from os import urandom
from uuid import UUID

from cryptography.exceptions import InvalidTag
from msgspec import Struct

from strongback.crypto.data_key import FORMAT, DataKey, make_head
from strongback.crypto.keyring import Keyring
from strongback.crypto.parts import join_parts
from strongback.errors import SealBroken

HEAD_BYTES = 5
NONCE_BYTES = 12
TAG_BYTES = 16
EXTRA_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES
_CIPHER_START = HEAD_BYTES + NONCE_BYTES


class Context(Struct, frozen=True, gc=False):
    """
    The place of a value. A struct and no dataclass: one is made per value, in a seventh of the time.

    Attributes:
        tenant: The tenant's id as text; empty for an entity without a tenant.
        entity: The entity's number from the lock, as text.
        row: The row's id.
        field: The field's number from the lock, as text.
    """

    tenant: str
    entity: str
    row: UUID
    field: str


@lru_cache(maxsize=4_096)
def _field_part(field: str) -> bytes:
    return join_parts(field)


def seal(keyring: Keyring, plaintext: bytes, context: Context) -> bytes:
    """
    Encrypt *plaintext* for the place *context* names.

    Returns:
        The envelope: 33 bytes more than *plaintext*.
    Raises:
        KeyWornOut: The tenant's and entity's data key has sealed 2^28 values in this process, and the keyring has no spare.
    """
    key = keyring.data_keys.for_sealing(context.tenant, context.entity)
    nonce = urandom(NONCE_BYTES)
    return key.head + nonce + key.encrypt(nonce, plaintext, key.bound + context.row.bytes + _field_part(context.field))


def unseal(keyring: Keyring, envelope: bytes, context: Context) -> bytes:
    """
    Decrypt what `seal` made for the same place.

    Raises:
        SealBroken: It is anything else: changed, cut, moved, of another format. One error, and the same work before it.
        UnknownKey: It names a master key that the keyring lacks.
    """
    if len(envelope) < EXTRA_BYTES or envelope[0] != FORMAT:
        envelope = make_head(keyring.primary) + bytes(NONCE_BYTES + TAG_BYTES)  # opens for nobody, at the usual cost
    key = keyring.data_keys.get(envelope[:HEAD_BYTES], context.tenant, context.entity)
    return _decrypt(key, envelope, context.row.bytes + _field_part(context.field))


def _decrypt(key: DataKey, envelope: bytes, place: bytes) -> bytes:
    try:
        return key.decrypt(envelope[HEAD_BYTES:_CIPHER_START], envelope[_CIPHER_START:], key.bound + place)
    except InvalidTag:
        raise SealBroken from None
