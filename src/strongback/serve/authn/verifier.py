"""Bearer tokens that are JWTs: verified once, then remembered."""

from __future__ import annotations

import math
import re
import time
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from strongback.errors import MalformedRequest, TooLarge, Unauthenticated
from strongback.serve.authn.claims import Claims
from strongback.serve.authn.keys import Keys
from strongback.serve.authn.settings import TokenSettings
from strongback.serve.authn.verified import VerifiedTokens
from strongback.serve.guard.json import decode_json

# Three parts of base64url, none empty, no padding (RFC 7515, section 7.1). Five parts would be encrypted.
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_ACCESS_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# Only ID tokens carry these (OpenID Connect Core, sections 2 and 3.3.2.11).
_ID_TOKEN_CLAIMS = ("nonce", "at_hash", "c_hash", "s_hash")
# Far beyond the year 9999; larger numbers are no times, and make arithmetic with floats fail.
_TIME_MAX = 1e12


class _Allowed(jws.JWSRegistry):
    """The library's registry, with our list as the only say: an empty list allows nothing, and no header is believed by its name."""

    max_header_length = 4_096

    def __init__(self, algorithms: frozenset[str]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        if not self.allowed or name not in self.allowed:
            raise Unauthenticated("the token's algorithm is not allowed")
        return self.algorithms[name]


class TokenVerifier:
    """
    Tells whose a token is.

    Args:
        clock: Seconds since the epoch.
    """

    def __init__(self, settings: TokenSettings, keys: Keys, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._allowed = _Allowed(keys.algorithms)
        self._generation = keys.generation
        self._verified = VerifiedTokens(settings.verified_count // 2, settings.verified_size_bytes // 2)

    def verify(self, token: str) -> Claims | Awaitable[Claims]:
        """
        The claims of *token*: at once when it was seen before, otherwise to be awaited.

        Raises:
            Unauthenticated: It is not a token of our issuer for us, now. (When awaited.)
            Unavailable: The issuer's keys could not be had. (When awaited.)
        """
        if self._generation != self._keys.generation:
            self._verified.clear()
            self._generation = self._keys.generation
        claims = self._verified.get(token, self._clock())
        return claims if claims is not None else self._verify(token)

    async def _verify(self, token: str) -> Claims:
        header = _read_header(token, self._settings)
        algorithm = _algorithm(header, self._keys.algorithms)
        _check_header(header, self._settings)
        keys = await self._keys.find(header.get("kid"), algorithm)
        claims = self._check_claims(self._payload(token, keys))
        until = min(claims.expires_at + self._settings.leeway_s, self._clock() + self._settings.verified_for_s)
        self._verified.put(token, claims, until)
        return claims

    def _payload(self, token: str, keys: Sequence[Key]) -> dict[str, Any]:
        """What is signed, once a signature holds. Which key is missing is not said."""
        for key in keys:
            try:
                signed = jws.deserialize_compact(token, key, registry=self._allowed)
            except (JoseError, ValueError, TypeError, KeyError, ArithmeticError):
                continue
            return _object(signed.payload or b"", "claims")
        raise Unauthenticated("the token's signature does not hold")

    def _check_claims(self, values: dict[str, Any]) -> Claims:
        settings = self._settings
        if values.get("iss") != settings.issuer:
            raise Unauthenticated("the token is of another issuer")
        if not _names(values.get("aud"), settings.audience):
            raise Unauthenticated("the token is for another audience")
        expires_at = _check_times(values, self._clock(), settings.leeway_s)
        if any(name in values for name in _ID_TOKEN_CLAIMS) or values.get("token_use") == "id":
            raise Unauthenticated("the token is an ID token")
        subject = values.get("sub")
        if not isinstance(subject, str) or not subject:
            raise Unauthenticated("the token names no subject")
        return Claims(subject, values, expires_at)


def _read_header(token: str, settings: TokenSettings) -> dict[str, Any]:
    if len(token) > settings.token_size_bytes:
        raise Unauthenticated("the token is too long")
    if not _COMPACT.fullmatch(token):
        raise Unauthenticated("the token is not a signed JWT in compact form")
    segment = token[: token.index(".")]
    try:
        text = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise Unauthenticated("the token's header cannot be read") from None
    return _object(text, "header")


def _object(text: bytes, what: str) -> dict[str, Any]:
    """Read a JSON object as strictly as a request body: a member named twice means two things to two readers."""
    try:
        value = decode_json(text)
    except (MalformedRequest, TooLarge):
        raise Unauthenticated(f"the token's {what} cannot be read") from None
    if not isinstance(value, dict):
        raise Unauthenticated(f"the token's {what} cannot be read")
    return value


def _algorithm(header: dict[str, Any], allowed: frozenset[str]) -> str:
    """What the token says it is signed with, if the source of the keys agrees (RFC 8725, section 3.1)."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in allowed:
        raise Unauthenticated("the token's algorithm is not allowed")
    return algorithm


def _check_header(header: dict[str, Any], settings: TokenSettings) -> None:
    """
    Judge what a token says of itself. Where it says its key can be had (`jwk`, `jku`, `x5u`, `x5c`) is never read.

    Source: RFC 7515, section 4.1; RFC 8725, sections 3.10 and 3.11; RFC 9068, section 2.1.
    """
    if "crit" in header or "b64" in header:
        raise Unauthenticated("the token needs extensions that are not supported")
    kid = header.get("kid")
    if kid is not None and (not isinstance(kid, str) or len(kid) > settings.kid_size_characters):
        raise Unauthenticated("the token's key has no name")
    named = header.get("typ")
    if named is None and not settings.access_tokens_only:
        return
    if not isinstance(named, str) or named.lower() not in (_ACCESS_TYPES if settings.access_tokens_only else _TYPES):
        raise Unauthenticated("the token is not an access token")


def _names(audience: object, ours: str) -> bool:
    """Whether `aud` is us, or a list of texts with us in it (RFC 7519, section 4.1.3)."""
    if isinstance(audience, list):
        return all(isinstance(one, str) for one in audience) and ours in audience
    return audience == ours


def _check_times(values: dict[str, Any], now: float, leeway_s: float) -> float:
    """
    Check `exp`, which must be there, `nbf` and `iat`.

    Source: RFC 7519, sections 4.1.4 to 4.1.6.
    """
    expires_at = _time(values, "exp")
    if expires_at is None:
        raise Unauthenticated("the token never expires")
    if now >= expires_at + leeway_s:
        raise Unauthenticated("the token has expired")
    for name in ("nbf", "iat"):
        begins_at = _time(values, name)
        if begins_at is not None and begins_at > now + leeway_s:
            raise Unauthenticated("the token is not valid yet")
    return expires_at


def _time(values: dict[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519, section 2): a number, and `true` is none."""
    if name not in values:
        return None
    value = values[name]
    if type(value) not in {int, float} or not -_TIME_MAX < value < _TIME_MAX or not math.isfinite(value):
        raise Unauthenticated(f"the token's `{name}` is no time")
    return float(value)
