"""Media types: what a client accepts, and what it says its content is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
PROBLEM = "application/problem+json"


@lru_cache(maxsize=512)
def accepts_json(accept: str) -> bool:
    """
    Whether a client that sends *accept* takes JSON. The most specific range that covers it decides (RFC 9110, section 12.5.1).

    >>> accepts_json("text/html, */*;q=0.1"), accepts_json("application/json;q=0, */*"), accepts_json("text/html")
    (True, False, False)
    """
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights[media_range] = max(weights.get(media_range, 0.0), _weight(parameters))
    covering = (weights[name] for name in (JSON, "application/*", "*/*") if name in weights)
    return next(covering, 0.0) > 0


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def is_encoded(headers: Mapping[str, str]) -> bool:
    """Whether the content is compressed, or coded in some other way (RFC 9110, section 8.4)."""
    return headers.get("content-encoding", "identity").lower() != "identity"


@lru_cache(maxsize=512)
def media_type(content_type: str) -> str:
    """
    Read the media type of content in UTF-8; empty when it is in another charset, or no media type (RFC 9110, section 8.3).

    >>> media_type('Application/JSON; charset="UTF-8"'), media_type("application/json; charset=latin-1")
    ('application/json', '')
    """
    essence, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            return ""
    return essence
