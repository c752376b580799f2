"""The bearer token of a request (RFC 6750, section 2.1), whatever brings its fields: header fields, metadata."""

from __future__ import annotations

from collections.abc import Mapping

from strongback.errors import Unauthenticated


def read_bearer(headers: Mapping[str, str]) -> str | None:
    """
    The token in `authorization`; None when there is no such field.

    Args:
        headers: Names in lower case.
    Raises:
        Unauthenticated: There are credentials, of another kind or without a token.
    """
    field = headers.get("authorization")
    if field is None:
        return None
    scheme, _, token = field.partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or not token or " " in token:
        raise Unauthenticated("these credentials are no bearer token", hint="send `Authorization: Bearer <token>`")
    return token


def challenge(headers: Mapping[str, str], realm: str) -> tuple[str, str]:
    """The header field of a 401 (RFC 6750, section 3); *realm* is the service's name."""
    presented = ', error="invalid_token"' if "authorization" in headers else ""
    return "www-authenticate", f'Bearer realm="{realm}"{presented}'
