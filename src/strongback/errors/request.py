"""Errors of the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strongback.errors.fault import Fault, StrongbackError, did_you_mean


class RequestError(StrongbackError):
    """The caller's request cannot be done, and the caller can know why."""

    code = "SB200"


class MalformedRequest(RequestError):
    """The request cannot be read: framing, encoding or JSON syntax."""

    code = "SB200"


class InvalidInput(RequestError):
    """The request can be read but its values are wrong. All faults come at once, each with a pointer."""

    code = "SB201"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("the request is not valid" if len(faults) != 1 else faults[0].message)
        self.faults = tuple(faults)


class UnknownField(RequestError):
    """A request names a field the entity does not have. Names are the contract's, the same for everybody; values are not."""

    code = "SB204"

    def __init__(self, entity: str, field: str, known: Iterable[str], where: str = "") -> None:
        super().__init__(f"`{entity}` has no field `{field}`", where=where, hint=did_you_mean(field, known))


class Unauthenticated(RequestError):
    """No valid credentials, where some are needed."""

    code = "SB210"


class ActorDeleted(Unauthenticated):
    """The token is sound, and the row of its caller is deleted: it does not come back by itself."""

    code = "SB215"

    def __init__(self) -> None:
        super().__init__("the account of this token is deleted")


class Forbidden(RequestError):
    """The caller may read the row, but may not do this with it."""

    code = "SB211"


class NotFound(RequestError):
    """There is no such thing, or the caller may not see it: the two are never told apart."""

    code = "SB212"

    def __init__(self, message: str = "there is no such resource", *, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)


class Interlocked(RequestError):
    """The rows that one action writes wait for each other, so there is no order in which every constraint holds."""

    code = "SB216"

    def __init__(self, circle: Sequence[str]) -> None:
        super().__init__(
            f"these changes wait for each other: {', '.join(circle)}",
            hint="write one of them in a step of its own: empty the reference or give the unique value up first, "
            "read anything by `db.find`, which writes what was done so far, then go on",
        )


class StaleVersion(RequestError):
    """The row has changed since the caller read it (RFC 9110, section 13.1.1)."""

    code = "SB220"


class NoVersion(StaleVersion):
    """A request asks for a version of a row whose table keeps none: no precondition on it holds (RFC 9110, section 13.1.1)."""

    code = "SB252"

    def __init__(self) -> None:
        super().__init__("rows of this kind have no version", hint="leave the precondition (`If-Match`) out")


class VersionRequired(RequestError):
    """The operation needs a precondition, so that no update is lost (RFC 6585, section 3)."""

    code = "SB221"


class TooManyWritten(RequestError):
    """The request would write more rows than its caller said it may (`Prefer: max-affected`)."""

    code = "SB225"

    def __init__(self, rows: int, rows_max: int) -> None:
        super().__init__(
            f"this would write {_counted(rows)}, more than the {rows_max} allowed by `max-affected`",
            hint="write fewer, or allow more",
        )


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One operation of a batch that is refused: by what, and its faults with their places in the whole content."""

    error: RequestError
    faults: tuple[Fault, ...]


class BatchRefused(RequestError):
    """
    Operations of a batch are refused, so that none is done.

    Attributes:
        items: All that are refused, in order.
        leading: The refusal that comes first in the order of refusals: the code and status of the whole are its.
    """

    def __init__(self, items: Sequence[RefusedItem], operations: int) -> None:
        first = min(items, key=lambda item: _precedence(item.error))
        told = first.error.message if len(items) == 1 else f"{len(items)} of {operations} operations are refused"
        super().__init__(told, hint=first.error.hint if len(items) == 1 else "")
        self.items = tuple(items)
        self.leading = first.error
        self.code = first.error.code


class PreferenceRefused(MalformedRequest):
    """With `handling=strict`, a preference that is not known, or has no value we read."""

    code = "SB226"


class GuardRefused(RequestError):
    """A guard of the team's own (`sb.require`) refused; `reason` is its code, stable for clients."""

    code = "SB230"

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or f"refused: {reason}")
        self.reason = reason


class AlreadyExists(RequestError):
    """A unique constraint is broken; `reason` is its declared code."""

    code = "SB231"

    def __init__(self, reason: str, fields: Sequence[str]) -> None:
        named = ", ".join(f"`{field}`" for field in fields)
        super().__init__(f"there is already one with this {named}" if fields else "there is already one like this")
        self.reason = reason
        self.fields = tuple(fields)


class NotDeleted(RequestError):
    """A row is to be restored that is not deleted."""

    code = "SB248"

    def __init__(self) -> None:
        super().__init__("the row is not deleted", hint="there is nothing to do: read it")


class StillReferenced(RequestError):
    """Other rows refer to this one, and the relation says `restrict`."""

    code = "SB232"


class CheckRefused(RequestError):
    """A declared check does not hold for the row as it would be; `reason` is the check's code."""

    code = "SB233"

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or f"the check `{reason}` does not hold")
        self.reason = reason


class WriteConflict(RequestError):
    """Another write came between; one retry did not help."""

    code = "SB234"


class MethodNotAllowed(RequestError):
    """The resource does not answer this method; `allowed` names those it does."""

    code = "SB240"

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"this resource does not answer {method}")
        self.allowed = tuple(allowed)


class NotAcceptable(RequestError):
    """No representation we have is among those the client accepts."""

    code = "SB241"


class UnsupportedMedia(RequestError):
    """The body's media type or charset is none we read."""

    code = "SB242"


class TooLarge(RequestError):
    """The request content is larger than the limit."""

    code = "SB243"


class HeadersTooLarge(RequestError):
    """Too many header fields, or too large."""

    code = "SB244"


class UriTooLong(RequestError):
    """The request target is longer than the limit."""

    code = "SB245"


class RateLimited(RequestError):
    """The caller asks more often than the operation allows."""

    code = "SB246"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DocumentInvalid(RequestError):
    """
    A GraphQL document that is none, or none of this schema; or variables that do not fit it.

    Attributes:
        errors: As the GraphQL specification words them: message, locations, perhaps a path.
    """

    code = "SB260"

    def __init__(self, errors: Sequence[Mapping[str, object]]) -> None:
        super().__init__(str(errors[0]["message"]) if len(errors) == 1 else "the document is not valid")
        self.errors = tuple(errors)


class DocumentTooLarge(RequestError):
    """A GraphQL document that asks for more than one request may: in depth, fields, aliases, fragments, variables or rows."""

    code = "SB261"

    def __init__(self, what: str, most: int) -> None:
        super().__init__(
            f"the document has more {what} than one request may have: {most:,}", hint="ask for less at once"
        )


class NotVisible(RequestError):
    """What stands where null is answered in its place: the caller may read the row, and not this of it."""

    code = "SB262"

    def __init__(self) -> None:
        super().__init__("you may not see this")


class IntrospectionRefused(RequestError):
    """The schema is not told to this caller over HTTP."""

    code = "SB263"

    def __init__(self) -> None:
        super().__init__(
            "the schema is not told here", hint="`strongback contract sdl` prints it; ask the team of this service"
        )


class DocumentUnknown(RequestError):
    """A GraphQL document that is none of those that this service keeps and answers."""

    code = "SB264"


class TimedOutReading(RequestError):
    """The client sent its request too slowly."""

    code = "SB247"


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _precedence(error: RequestError) -> int:
    """The place of *error* in the order of refusals (values.md section 3)."""
    order = (Unauthenticated, NotFound, Forbidden, InvalidInput, VersionRequired, StaleVersion)
    return next((at for at, kind in enumerate(order) if isinstance(error, kind)), len(order))


class ApprovalRefused(RequestError):
    """A tool needs an approval of exactly this call, and the one that is given is none."""

    code = "SB274"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="call again without `approval`, and show the user what it answers")


class OriginRefused(RequestError):
    """A request for tools names a host that the service is not known by, or comes from a page of a foreign origin."""

    code = "SB275"

    def __init__(self, message: str) -> None:
        super().__init__(
            message, hint="the operator lists hosts in STRONGBACK_MCP_HOSTS, and origins in STRONGBACK_CORS_ORIGINS"
        )
