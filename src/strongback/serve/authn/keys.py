"""Keys that tokens are signed with, read from what their issuer publishes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

KEYS_MAX = 100
RSA_BITS_MIN = 2048


class Keys(Protocol):
    """Where the verifier finds keys. What algorithms they are for is the source's to say, never the token's."""

    algorithms: frozenset[str]
    generation: int
    """Grows when a key is no longer believed: what was verified with it must be verified anew."""

    async def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        """
        The keys a token may be signed with, mostly one; none when there is no such key.

        Raises:
            Unavailable: No keys could be had yet.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeySet:
    """The public keys of an issuer, as far as they can be used here (RFC 7517, section 5: others are passed over)."""

    keys: tuple[Key, ...] = ()

    def find(self, kid: str | None, algorithm: str) -> list[Key]:
        """
        Keys named *kid* that are meant for *algorithm*.

        A token without `kid` is tried with every key of its algorithm, as long as there are few.
        """
        fitting = [key for key in self.keys if (kid is None or key.kid == kid) and fits(key, algorithm)]
        return fitting[:4]

    def lacks(self, other: KeySet) -> bool:
        """Whether a key of *other* is not here."""
        held = {key.thumbprint() for key in self.keys}
        return any(key.thumbprint() not in held for key in other.keys)


def read_key_set(text: bytes) -> KeySet:
    """
    Read a JWKS document.

    Raises:
        ValueError: It is not a JWKS, or holds no key that can be used.
    Source: RFC 7517, section 5.
    """
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ValueError("it is not JSON") from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it is not a JWKS: it has no list `keys`")  # noqa: TRY004 - the document is wrong, not an argument
    found = KeySet(tuple(_usable(listed[:KEYS_MAX])))
    if not found.keys:
        raise ValueError("it holds no key for signatures")
    return found


def fits(key: Key, algorithm: str) -> bool:
    """Whether *key* is of the kind, and meant for the use, that *algorithm* needs (RFC 8725, section 3.1)."""
    try:
        JWSRegistry.algorithms[algorithm].check_key(key)
        key.check_key_op("verify")
    except JoseError:
        return False
    return True


def _usable(listed: list[Any]) -> Iterator[Key]:
    """
    Pass over keys of kinds we do not know, of foreign use, too short, broken, or secret.

    A symmetric key in a public document is either a mistake or an attack: whoever reads it could sign.
    """
    for data in listed:
        if not isinstance(data, dict) or data.get("kty") not in {"RSA", "EC", "OKP"} or _is_short(data):
            continue
        try:
            key = JWKRegistry.import_key(data)
            key.thumbprint()
        except (JoseError, ValueError, TypeError, KeyError, ArithmeticError):
            continue
        if isinstance(key, (RSAKey, ECKey, OKPKey)):
            yield key


def _is_short(data: dict[str, Any]) -> bool:
    """Whether an RSA modulus has too few bits (RFC 7518, section 3.3). Six go into one character of base64url."""
    modulus = data.get("n")
    return data["kty"] == "RSA" and isinstance(modulus, str) and len(modulus) * 6 < RSA_BITS_MIN
