"""
Tokens for developing: signed with a secret of this machine, believed by no production service.

`strongback token` issues them with the key that `strongback run` reads. The file belongs to its owner alone (mode 0600).
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import Key, OctKey

from strongback.errors import ConfigurationError
from strongback.serve.authn.settings import TokenSettings

ISSUER = "strongback-development"
ALGORITHM = "HS256"
PRODUCTION = "production"
LIFETIME_S = 12 * 3_600
_SECRET_BYTES = 32


class _File(msgspec.Struct, forbid_unknown_fields=True, tag_field="use", tag="development tokens"):
    """The key file. Private: it holds a secret, and every struct prints its fields."""

    kid: str
    secret: str
    format: int = 1


@dataclass(frozen=True, slots=True)
class DevelopmentKey:
    """
    A secret that signs and verifies.

    HMAC is allowed for it and for nothing else: it never stands in a list of keys beside public ones, so no token can have a public
    key taken for a secret (RFC 8725, section 2.1).
    """

    kid: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < _SECRET_BYTES:
            raise ConfigurationError(f"a development key needs {_SECRET_BYTES} bytes or more")


class DevelopmentKeys:
    """The one key of a developer's machine, as the verifier looks for keys."""

    def __init__(self, key: DevelopmentKey) -> None:
        self.algorithms = frozenset({ALGORITHM})
        self.generation = 0
        self._kid = key.kid
        self._key = OctKey.import_key(key.secret, {"kid": key.kid, "use": "sig", "alg": ALGORITHM})

    async def find(self, kid: str | None, algorithm: str) -> Sequence[Key]:
        return (self._key,) if kid == self._kid and algorithm == ALGORITHM else ()


def development_keys(key: DevelopmentKey, profile: str) -> DevelopmentKeys:
    """
    The keys for a service that runs in *profile*.

    Raises:
        ConfigurationError: The profile is production.
    """
    if profile == PRODUCTION:
        raise ConfigurationError(
            "development tokens are not believed in production", hint="set STRONGBACK_JWKS to the keys of your issuer"
        )
    return DevelopmentKeys(key)


def development_settings(audience: str) -> TokenSettings:
    """What a development token for the service *audience* says."""
    return TokenSettings(issuer=ISSUER, audience=audience)


def issue(
    key: DevelopmentKey,
    subject: str,
    audience: str,
    *,
    lifetime_s: float = LIFETIME_S,
    claims: Mapping[str, Any] | None = None,
    now: float | None = None,
) -> str:
    """
    Make a token for *subject*.

    Args:
        audience: The service's name.
        lifetime_s: Seconds until it expires.
        claims: More claims (`name`, `email`); those named here are not overridden.
        now: Seconds since the epoch.
    """
    issued_at = int(time.time() if now is None else now)
    said = {
        **(claims or {}),
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        "iat": issued_at,
        "exp": issued_at + int(lifetime_s),
        "jti": secrets.token_urlsafe(12),
    }
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
    return jwt.encode(header, said, OctKey.import_key(key.secret), algorithms=[ALGORITHM])


def create_development_key(path: Path) -> DevelopmentKey:
    """
    Make a key and write it to *path*, readable by its owner alone.

    Raises:
        ConfigurationError: There is a file already (it is never overwritten), or it cannot be written.
    """
    key = DevelopmentKey(f"dev-{secrets.token_hex(4)}", secrets.token_bytes(_SECRET_BYTES))
    file = _File(kid=key.kid, secret=base64.b64encode(key.secret).decode())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(msgspec.json.format(msgspec.json.encode(file)) + b"\n")
    except FileExistsError:
        raise ConfigurationError(
            "there is a development key already; it is never overwritten", where=str(path)
        ) from None
    except OSError as error:
        raise ConfigurationError(f"the development key cannot be written: {error.strerror}", where=str(path)) from None
    return key


def read_development_key(path: Path) -> DevelopmentKey:
    """
    Read the key at *path*.

    Raises:
        ConfigurationError: It is not there, others may read it, or it is no development key.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the development key cannot be read: {error.strerror}", where=str(path)) from None
    if os.name == "posix" and mode & 0o077:
        raise ConfigurationError("others may read the development key", where=str(path), hint=f"chmod 600 {path}")
    try:
        held = msgspec.json.decode(text, type=_File)
        return DevelopmentKey(held.kid, base64.b64decode(held.secret, validate=True))
    except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError):
        raise ConfigurationError("the file is not a development key", where=str(path)) from None
