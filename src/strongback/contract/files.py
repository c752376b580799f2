"""What is put, answered and said of a file in an OpenAPI document: bytes, as media types that are no JSON."""

from __future__ import annotations

from typing import Any, Final

from strongback.contract import responses
from strongback.contract.rest import Endpoint
from strongback.contract.schema import schema_of
from strongback.contract.words import sentence, spoken
from strongback.model.blob import Blob, spell_size
from strongback.predicate.types import Type

ANY: Final = "*/*"
FIELDS: Final = {
    "ETag": "FileETag",
    "Accept-Ranges": "AcceptRanges",
    "Content-Disposition": "ContentDisposition",
    "X-Request-Id": "RequestId",
}


LINK_BODY: Final[dict[str, Any]] = {
    "required": False,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "expires_in": {
                        **schema_of(Type("timedelta")),
                        "default": "PT10M",
                        "description": "How long the link lives: an ISO 8601 duration of at most an hour.",
                    }
                },
                "additionalProperties": False,
            },
            "example": {"expires_in": "PT10M"},
        }
    },
}
LINK_MEDIA: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "properties": {
            "url": {"type": "string", "format": "uri-reference", "description": "Whoever holds it reads the file."},
            "expires_at": {"type": "string", "format": "date-time"},
        },
        "required": ["url", "expires_at"],
        "additionalProperties": False,
    }
}


def content_of(blob: Blob) -> dict[str, Any]:
    """The bytes of a file as content: raw, in any type that is taken (OpenAPI 3.1, "Considerations for File Uploads")."""
    return {media_type: {} for media_type in blob.types or (ANY,)}


def downloads(blob: Blob) -> dict[str, Any]:
    """How a file is answered: whole, in part, or not at all since the caller holds it."""
    headers = {name: responses.field(shared) for name, shared in FIELDS.items()}
    ranged = {**headers, "Content-Range": responses.field("ContentRange")}
    unchanged = {name: headers[name] for name in ("ETag", "X-Request-Id")}
    return {
        "200": {"description": "The file.", "headers": headers, "content": content_of(blob)},
        "206": {"description": "The part asked for.", "headers": ranged, "content": content_of(blob)},
        "304": {"description": "The file is the one the caller holds.", "headers": unchanged},
    }


def prose(blob: Blob, endpoint: Endpoint, noun: str) -> tuple[str, str]:
    """A summary and what more there is to say."""
    what = f"the {spoken(endpoint.field)} of {noun}"
    match endpoint.kind:
        case "download":
            return sentence(f"read {what}"), "A file, as its sender put it."
        case "link":
            text = (
                "A URL with which anybody reads the file until its time is over, or the file is replaced or taken away. The permission is "
                "that of this moment: it is not asked again."
            )
            return sentence(f"make a link to {what}"), text
        case "upload":
            text = (
                f"The bytes of one file of at most {spell_size(blob.max_bytes)}, in place of the one before. `If-Match` takes the "
                "row's ETag or the file's; the row is answered."
            )
            return sentence(f"put {what}"), text
        case _:
            return sentence(f"take away {what}"), ""
