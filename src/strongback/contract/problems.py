"""How each error reads outside: a status and a title, one row for each class, the same in answers and in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from strongback import errors


@dataclass(frozen=True, slots=True)
class Problem:
    """An HTTP status (RFC 9110, section 15; RFC 6585) and what this kind of problem is called."""

    status: int
    title: str


OURS: Final = "something broke on our side; the log has it under this request id"
LATER: Final = "a service this one needs does not answer; try again later"

# An error of a class that is not here takes the row of the nearest class above it.
PROBLEMS: Final[Mapping[type[BaseException], Problem]] = {
    errors.RequestError: Problem(400, "Malformed request"),
    errors.MalformedRequest: Problem(400, "Malformed request"),
    errors.InvalidInput: Problem(422, "Invalid input"),
    errors.UnknownField: Problem(422, "Invalid input"),
    errors.Unauthenticated: Problem(401, "Not authenticated"),
    errors.Forbidden: Problem(403, "Forbidden"),
    errors.ApprovalRefused: Problem(403, "Approval refused"),
    errors.OriginRefused: Problem(403, "Origin refused"),
    errors.NotFound: Problem(404, "Not found"),
    errors.StaleVersion: Problem(412, "Stale version"),
    errors.VersionRequired: Problem(428, "Version required"),
    errors.TooManyWritten: Problem(409, "Too many rows"),
    errors.PreferenceRefused: Problem(400, "Preference not applied"),
    errors.GuardRefused: Problem(409, "Refused by a guard"),
    errors.AlreadyExists: Problem(409, "Already exists"),
    errors.NotDeleted: Problem(409, "Not deleted"),
    errors.StillReferenced: Problem(409, "Still referenced"),
    errors.CheckRefused: Problem(422, "Refused by a check"),
    errors.WriteConflict: Problem(409, "Write conflict"),
    errors.Interlocked: Problem(409, "Interlocked"),
    errors.FileTypeRefused: Problem(415, "Unsupported media type"),
    errors.FileTypeWrong: Problem(415, "Unsupported media type"),
    errors.RangeNotThere: Problem(416, "Range not satisfiable"),
    errors.LinkExpired: Problem(410, "Link expired"),
    errors.FileEmpty: Problem(422, "Invalid input"),
    errors.MethodNotAllowed: Problem(405, "Method not allowed"),
    errors.NotAcceptable: Problem(406, "Not acceptable"),
    errors.UnsupportedMedia: Problem(415, "Unsupported media type"),
    errors.TooLarge: Problem(413, "Content too large"),
    errors.HeadersTooLarge: Problem(431, "Header fields too large"),
    errors.UriTooLong: Problem(414, "URI too long"),
    errors.RateLimited: Problem(429, "Too many requests"),
    errors.DocumentInvalid: Problem(400, "Invalid document"),
    errors.DocumentTooLarge: Problem(400, "Document too large"),
    errors.DocumentUnknown: Problem(400, "Unknown document"),
    errors.NotVisible: Problem(403, "Not visible"),
    errors.IntrospectionRefused: Problem(403, "Schema not told"),
    errors.TimedOutReading: Problem(408, "Request timeout"),
    # 503 says that nothing was done; after 504 the caller cannot know.
    errors.DependencyError: Problem(503, "Unavailable"),
    errors.Unavailable: Problem(503, "Unavailable"),
    errors.TimedOut: Problem(504, "Timed out"),
    errors.FileMissing: Problem(500, "Internal error"),
    errors.FilesUnavailable: Problem(503, "Unavailable"),
    errors.StrongbackError: Problem(500, "Internal error"),
}


def problem_of(error: type[BaseException]) -> Problem:
    """The status and title of *error*: those of its class, or of the nearest class above it."""
    return next(PROBLEMS[kind] for kind in error.__mro__ if kind in PROBLEMS)


def told_code(error: errors.StrongbackError) -> str:
    """The code that is told of *error*: what is the fault of neither the caller nor a dependency is ours, and no more is told."""
    return error.code if isinstance(error, errors.RequestError | errors.DependencyError) else errors.InternalError.code


def told_message(error: errors.StrongbackError) -> str:
    """What is told of *error*, on every door. What is not the caller's fault is told without detail."""
    if isinstance(error, errors.RequestError):
        return error.message
    return LATER if isinstance(error, errors.DependencyError) else OURS


def problem_type(code: str) -> str:
    """
    The type of a problem: a path on the same host, where the code's page stands (RFC 9457, section 3.1.1).

    >>> problem_type("SB201")
    '/problems/SB201'
    """
    return f"/problems/{code}"
