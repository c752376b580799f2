"""The answers of REST operations: what each status means, with its fields and examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from strongback import errors
from strongback.contract.bodies import closed, refer
from strongback.contract.examples import UUID_EXAMPLE
from strongback.contract.problems import PROBLEMS, Problem, problem_of, problem_type
from strongback.contract.schema import JSON, Schema

PROBLEM_MEDIA: Final = "application/problem+json"
CODE: Final[Schema] = {"type": "string", "pattern": "^SB[0-9]{3}$"}

FAULT: Final[Schema] = closed(
    {
        "code": CODE,
        "detail": {"type": "string"},
        "pointer": {"type": "string", "description": "Where in the content: a JSON pointer (RFC 6901)."},
        "parameter": {"type": "string", "description": "Which query parameter."},
        "hint": {"type": "string", "description": "What to write instead."},
        "status": {
            "type": "integer",
            "format": "int32",
            "minimum": 400,
            "maximum": 499,
            "description": "Of an operation of a batch: that of a request of its own.",
        },
        "reason": {"type": "string", "description": "Of an operation of a batch: the service's own code."},
    },
    ("code", "detail"),
    "One thing that is wrong with a request.",
)
PROBLEM: Final[Schema] = closed(
    {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "format": "int32", "minimum": 400, "maximum": 599},
        "code": {**CODE, "description": "Stable: what a program looks at."},
        "detail": {"type": "string"},
        "hint": {"type": "string", "description": "What to do about it."},
        "reason": {"type": "string", "description": "The service's own code for what refused."},
        "errors": {"type": "array", "items": FAULT, "description": "Everything that is wrong, at once."},
        "request_id": {"type": "string", "description": "What the service's log knows the request by."},
    },
    ("type", "title", "status", "code", "detail"),
    "Why a request was refused (RFC 9457).",
)
SCHEMAS: Final = {"Json.value": JSON, "Problem": PROBLEM}

HEADERS: Final[dict[str, Any]] = {
    "Allow": {"description": "The methods there are.", "schema": {"type": "string"}},
    "ContentLocation": {
        "description": "Where the answered row is.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "ETag": {"description": "The row's version, for `If-Match` and `If-None-Match`.", "schema": {"type": "string"}},
    "AcceptRanges": {"description": "`bytes`: parts can be asked for.", "schema": {"type": "string"}},
    "ContentDisposition": {
        "description": "Whether the file is shown or saved, and its name (RFC 6266).",
        "schema": {"type": "string"},
    },
    "ContentRange": {"description": "Which bytes these are, and of how many.", "schema": {"type": "string"}},
    "FileETag": {
        "description": "The SHA-256 of the file, for `If-None-Match` and `If-Range`.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the new row is.", "schema": {"type": "string", "format": "uri-reference"}},
    "PreferenceApplied": {
        "description": "Which preferences of `Prefer` were applied (RFC 7240, section 3).",
        "schema": {"type": "string"},
    },
    "RequestId": {"description": "What the service's log knows the request by.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "format": "int32", "minimum": 1}},
    "WwwAuthenticate": {"description": "What credentials are wanted (RFC 6750).", "schema": {"type": "string"}},
}


EXAMPLES: Final[Mapping[type[errors.StrongbackError], dict[str, Any]]] = {
    errors.MalformedRequest: {"detail": "the body is not JSON (byte 17)"},
    errors.PreferenceRefused: {
        "detail": "the preference `max-afected` is not known here",
        "hint": "did you mean `max-affected`?",
    },
    errors.Unauthenticated: {"detail": "this needs a bearer token"},
    errors.Forbidden: {"detail": "you may not do this"},
    errors.NotFound: {"detail": "there is no such resource"},
    errors.NotAcceptable: {"detail": "this service answers application/json"},
    errors.TimedOutReading: {"detail": "the request came too slowly"},
    errors.GuardRefused: {"detail": "refused: already_decided", "reason": "already_decided"},
    errors.AlreadyExists: {"detail": "there is already one with this `name`", "reason": "already_there"},
    errors.NotDeleted: {"detail": "the row is not deleted", "hint": "there is nothing to do: read it"},
    errors.StillReferenced: {"detail": "other rows refer to this one"},
    errors.TooManyWritten: {
        "detail": "this would write 12 rows, more than the 10 allowed by `max-affected`",
        "hint": "write fewer, or allow more",
    },
    errors.WriteConflict: {"detail": "another write came between", "hint": "read the row again and repeat"},
    errors.StaleVersion: {"detail": "the row has changed since you read it", "hint": "read it again and repeat"},
    errors.VersionRequired: {
        "detail": "this needs to say which version of the row it means",
        "hint": "read the row, and send its ETag in `If-Match`",
    },
    errors.TooLarge: {"detail": "the body is larger than 1048576 bytes"},
    errors.UriTooLong: {"detail": "the request target is too long"},
    errors.LinkExpired: {
        "detail": "the time of this link is over, or its file is another now",
        "hint": "ask for a new link",
    },
    errors.RangeNotThere: {"detail": "the file has 1008 bytes"},
    errors.UnsupportedMedia: {"detail": "the content must be application/json, in UTF-8"},
    errors.InvalidInput: {
        "detail": "the request is not valid",
        "errors": [
            {"code": "SB201", "detail": "must have at most 140 characters, got 312", "pointer": "/title"},
            {
                "code": "SB209",
                "detail": "is not known here",
                "parameter": "page_sise",
                "hint": "did you mean `page_size`?",
            },
        ],
    },
    errors.CheckRefused: {"detail": "the check `in_order` does not hold", "reason": "in_order"},
    errors.RateLimited: {"detail": "too many requests"},
    errors.HeadersTooLarge: {"detail": "the header fields are too large"},
    errors.InternalError: {"detail": "something broke on our side; the log has it under this request id"},
    errors.Unavailable: {"detail": "a service this one needs does not answer; try again later"},
    errors.TimedOut: {"detail": "a service this one needs does not answer; try again later"},
}

# Of operations on files alone.
FILE_EXAMPLES: Final[Mapping[type[errors.StrongbackError], dict[str, Any]]] = {
    errors.FileTypeRefused: {"detail": "a file of type text/html is not taken here", "hint": "it takes image/png"},
    errors.FileTypeWrong: {"detail": "these are the first bytes of image/gif"},
    errors.UnsupportedMedia: {"detail": "the content must not be compressed"},
}

DESCRIPTIONS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "There are no valid credentials, and they are needed.",
    403: "The caller may not do this.",
    404: "There is no such row, or the caller may not see it: the two are never told apart.",
    406: "The caller accepts no media type the service has.",
    408: "The request came too slowly.",
    409: "The state of the data does not allow it: a guard refused, there is one already, or another write came between.",
    410: "The link was good once: its time is over, or the file is another now.",
    412: "The row is at another version than `If-Match` says.",
    413: "The content is too large.",
    414: "The request target is too long.",
    415: "The content is of another media type or charset.",
    416: "The range begins beyond the end of the file.",
    422: "Values or names are wrong; all of them are told at once.",
    428: "The write must say which version of the row it means, in `If-Match`.",
    429: "The caller asks too often.",
    431: "The header fields are too large or too many.",
    500: "Something broke in the service.",
    503: "Something the service needs does not answer; nothing was done.",
    504: "Something the service needs did not answer in time; whether a write was done is not known.",
}
FILE_NOT_TAKEN: Final = "FileNotTaken"
MORE_FIELDS: Final[Mapping[int, tuple[str, str]]] = {
    401: ("WWW-Authenticate", "WwwAuthenticate"),
    416: ("Content-Range", "ContentRange"),
    429: ("Retry-After", "RetryAfter"),
    503: ("Retry-After", "RetryAfter"),
    504: ("Retry-After", "RetryAfter"),
}


def field(header: str) -> Schema:
    """A reference to a shared header field."""
    return refer(header, "headers")


def name_of(status: int) -> str:
    """What the shared answer of *status* is called: the title of its first problem."""
    title = next(problem.title for problem in PROBLEMS.values() if problem.status == status)
    names = {409: "Conflict", 422: "Unprocessable content"}
    return "".join(word.capitalize() for word in names.get(status, title).split())


def refused(statuses: Iterable[int]) -> dict[str, Schema]:
    """References to the shared answers of *statuses*."""
    return {str(status): refer(name_of(status), "responses") for status in sorted(statuses)}


def shared() -> dict[str, Any]:
    """The shared answers, by name."""
    of_files = {
        FILE_NOT_TAKEN: _shared(415, FILE_EXAMPLES, "The file is of another type than is taken, or than it says.")
    }
    return {name_of(status): _shared(status, EXAMPLES, DESCRIPTIONS[status]) for status in DESCRIPTIONS} | of_files


def _shared(status: int, of: Mapping[type[errors.StrongbackError], dict[str, Any]], description: str) -> dict[str, Any]:
    known = {error: problem_of(error) for error in of}
    examples = {
        error.__name__: {"summary": problem.title, "value": _example(error, problem, of[error])}
        for error, problem in known.items()
        if problem.status == status
    }
    headers = {"X-Request-Id": field("RequestId")}
    if status in MORE_FIELDS:
        name, header = MORE_FIELDS[status]
        headers[name] = field(header)
    content = {PROBLEM_MEDIA: {"schema": refer("Problem"), "examples": examples}}
    return {"description": description, "headers": headers, "content": content}


def _example(error: type[errors.StrongbackError], problem: Problem, said: dict[str, Any]) -> dict[str, Any]:
    first = {"type": problem_type(error.code), "title": problem.title, "status": problem.status, "code": error.code}
    return {**first, **said, "request_id": UUID_EXAMPLE}
