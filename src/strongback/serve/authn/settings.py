"""Which tokens a service believes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from strongback.errors import ConfigurationError

ISSUER = "STRONGBACK_ISSUER"
AUDIENCE = "STRONGBACK_AUDIENCE"
JWKS = "STRONGBACK_JWKS"
ALGORITHMS = "STRONGBACK_TOKEN_ALGORITHMS"
ACCESS_TOKENS_ONLY = "STRONGBACK_ACCESS_TOKENS_ONLY"

# With a public key a reader cannot sign. `none` and the HMAC algorithms are not here, so no setting can allow them.
ASYMMETRIC = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
DEFAULT_ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """
    What a token must say.

    Attributes:
        issuer: The only `iss` believed.
        audience: What `aud` must be or hold.
        jwks: The issuer's keys: a file, or a URL (https, or http on loopback). Empty when another source of keys is given.
        algorithms: Those allowed, each with a public key.
        leeway_s: How far the issuer's clock and ours may be apart.
        access_tokens_only: Whether `typ` must be `at+jwt` (RFC 9068). Otherwise `JWT` and none are believed too, and ID tokens are told
            by the claims that only they have.
        token_size_bytes: A longer token is refused unread.
        kid_size_characters: As above, for the name of the key.
        verified_count: Verified tokens remembered, at most.
        verified_size_bytes: Their size together, at most.
        verified_for_s: How long one is believed before its key is looked up again.
    """

    issuer: str
    audience: str
    jwks: str = ""
    algorithms: tuple[str, ...] = DEFAULT_ALGORITHMS
    leeway_s: float = 60.0
    access_tokens_only: bool = False
    token_size_bytes: int = 8_192
    kid_size_characters: int = 256
    verified_count: int = 20_000
    verified_size_bytes: int = 32 * 1_048_576
    verified_for_s: float = 300.0

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ConfigurationError("tokens need an issuer and an audience", hint=f"set {ISSUER} and {AUDIENCE}")
        unknown = [name for name in self.algorithms if name not in ASYMMETRIC]
        if unknown or not self.algorithms:
            named = ", ".join(unknown) or "none at all"
            raise ConfigurationError(
                f"token algorithms that cannot be allowed: {named}",
                hint="one or more of " + ", ".join(sorted(ASYMMETRIC)),
            )


def settings_from_environment(environment: Mapping[str, str] = os.environ) -> TokenSettings | None:
    """
    Read the settings; None when no variable names keys.

    Raises:
        ConfigurationError: Some are set and others are missing or wrong.
    """
    jwks = environment.get(JWKS, "")
    if not jwks:
        if environment.get(ISSUER) or environment.get(AUDIENCE):
            raise ConfigurationError("an issuer or audience is set, and no keys", hint=f"set {JWKS} to a file or a URL")
        return None
    return TokenSettings(
        issuer=environment.get(ISSUER, ""),
        audience=environment.get(AUDIENCE, ""),
        jwks=jwks,
        algorithms=_names(environment.get(ALGORITHMS, "")) or DEFAULT_ALGORITHMS,
        access_tokens_only=environment.get(ACCESS_TOKENS_ONLY, "").lower() in {"1", "true", "yes"},
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
