"""Bearer tokens as HTTP carries them (RFC 6750)."""

from __future__ import annotations

import re

from strongback.errors import Unauthenticated

# RFC 6750, section 3: what `error_description` may hold.
_NOT_DESCRIPTIVE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


def bearer_token(authorization: str | None) -> str | None:
    """
    Take the token out of an `Authorization` field.

    Which characters a token may have is not judged here: its verifier knows those it has seen, and judges the others.

    Args:
        authorization: The field's value; two fields come joined by `, ` and are no token then.
    Returns:
        None when there is no such field.
    Raises:
        Unauthenticated: The scheme is not Bearer, or no token follows it.
    Source: RFC 6750, section 2.1; RFC 9110, section 11.1 (the scheme is case-insensitive).

    >>> bearer_token("Bearer abc"), bearer_token("bearer abc"), bearer_token(None)
    ('abc', 'abc', None)
    """
    if authorization is None:
        return None
    if authorization.startswith("Bearer "):
        return authorization[7:]
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("the Authorization scheme is not Bearer", hint="Authorization: Bearer <token>")
    if not token:
        raise Unauthenticated("the Authorization field has no token", hint="Authorization: Bearer <token>")
    return token


def challenge(realm: str, reason: str = "") -> str:
    """
    Word the `WWW-Authenticate` field of an answer 401.

    Args:
        reason: Why the token that was sent is refused; empty when none was sent.
    Source: RFC 6750, section 3: without a token there is no error code.

    >>> challenge("jobs")
    'Bearer realm="jobs"'
    >>> challenge("jobs", 'the token has expired')
    'Bearer realm="jobs", error="invalid_token", error_description="the token has expired"'
    """
    field = f'Bearer realm="{_descriptive(realm)}"'
    if not reason:
        return field
    return f'{field}, error="invalid_token", error_description="{_descriptive(reason)}"'


def _descriptive(text: str) -> str:
    return _NOT_DESCRIPTIVE.sub("'", text)[:200]
