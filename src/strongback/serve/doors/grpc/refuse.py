"""Errors, worded as `google.rpc.Status` (AIP-193): the one table from error to code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from strongback import errors
from strongback.contract.problems import told_code, told_message
from strongback.errors import Fault, StrongbackError

OK: Final = 0
INVALID_ARGUMENT: Final = 3
DEADLINE_EXCEEDED: Final = 4
NOT_FOUND: Final = 5
ALREADY_EXISTS: Final = 6
PERMISSION_DENIED: Final = 7
RESOURCE_EXHAUSTED: Final = 8
FAILED_PRECONDITION: Final = 9
ABORTED: Final = 10
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13
UNAVAILABLE: Final = 14
UNAUTHENTICATED: Final = 16

# An error of a class that is not here takes the row of the nearest class above it (google.rpc.Code; AIP-154 of versions).
CODES: Final[Mapping[type[BaseException], int]] = {
    errors.RequestError: INVALID_ARGUMENT,
    errors.Unauthenticated: UNAUTHENTICATED,
    errors.Forbidden: PERMISSION_DENIED,
    errors.NotFound: NOT_FOUND,
    errors.StaleVersion: ABORTED,
    errors.VersionRequired: INVALID_ARGUMENT,
    errors.TooManyWritten: FAILED_PRECONDITION,
    errors.GuardRefused: FAILED_PRECONDITION,
    errors.AlreadyExists: ALREADY_EXISTS,
    errors.NotDeleted: ALREADY_EXISTS,
    errors.StillReferenced: FAILED_PRECONDITION,
    errors.CheckRefused: FAILED_PRECONDITION,
    errors.WriteConflict: ABORTED,
    errors.Interlocked: ABORTED,
    errors.MethodNotAllowed: UNIMPLEMENTED,
    errors.TooLarge: RESOURCE_EXHAUSTED,
    errors.HeadersTooLarge: RESOURCE_EXHAUSTED,
    errors.RateLimited: RESOURCE_EXHAUSTED,
    errors.TimedOutReading: DEADLINE_EXCEEDED,
    errors.DependencyError: UNAVAILABLE,
    errors.StoreMismatch: INTERNAL,
    errors.FileMissing: INTERNAL,
    errors.TimedOut: DEADLINE_EXCEEDED,
    errors.StrongbackError: INTERNAL,
}
# Where the words of the rest of the program are those of HTTP.
HINTS: Final[Mapping[type[BaseException], str]] = {
    errors.VersionRequired: "read the row, and send its `etag`",
    errors.NoVersion: "leave `etag` out",
}
# Details travel as a trailer in base64, and clients take 8 kB of trailers in all: so much of them is told, and how much more there is.
DETAILS_MAX_BYTES: Final = 2_700
TEXT_MAX: Final = 400
# What places of the rest of the program are called in a request.
PLACES: Final[Mapping[str, str]] = {
    "sort": "order_by",
    "q": "query",
    "include": "read_mask",
    "fields": "read_mask",
}


def code_of(error: type[BaseException]) -> int:
    """The code of *error*: that of its class, or of the nearest class above it."""
    return next(CODES[kind] for kind in error.__mro__ if kind in CODES)


def status_of(error: StrongbackError, domain: str, request_id: str, prefix: str = "") -> Any:
    """
    Word *error*. What is not the caller's fault is told without detail.

    Args:
        domain: Whose codes these are: the service's package.
        prefix: What stands before places inside the content (`/job`).
    Returns:
        A `google.rpc.Status`.
    """
    leading = error.leading if isinstance(error, errors.BatchRefused) else error
    status = status_pb2.Status(code=code_of(type(leading)), message=_short(told_message(error)))
    said = {"request_id": request_id}
    if isinstance(error, errors.RequestError):
        said |= {"reason": getattr(leading, "reason", ""), "hint": HINTS.get(type(error), error.hint)}
    metadata = {name: _short(text) for name, text in said.items() if text}
    _add(status, error_details_pb2.ErrorInfo(reason=told_code(error), domain=domain, metadata=metadata))
    if isinstance(leading, errors.RateLimited | errors.DependencyError):
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(max(1, int(leading.retry_after_s * 1000)))
        _add(status, error_details_pb2.RetryInfo(retry_delay=delay))
    faults = list(_faults(error, prefix))
    if faults:
        _add(status, _bad_request(faults, DETAILS_MAX_BYTES - status.ByteSize()))
    return status


def _add(status: Any, detail: Any) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)


def _faults(error: StrongbackError, prefix: str) -> Iterator[Fault]:
    if isinstance(error, errors.BatchRefused):
        for item in error.items:
            yield from (_placed(fault, "") for fault in item.faults)
    elif isinstance(error, errors.InvalidInput):
        yield from (_placed(fault, prefix) for fault in error.faults)
    elif isinstance(error, errors.RequestError) and error.where:
        yield _placed(Fault(error.code, error.message, error.where, error.hint), prefix)


def _placed(fault: Fault, prefix: str) -> Fault:
    return Fault(fault.code, fault.message, field_path(fault.where, prefix), fault.hint)


def field_path(where: str, prefix: str = "") -> str:
    """
    A place as google.rpc.BadRequest writes it.

    >>> field_path("/lines/0/sku", "/order"), field_path("?page_size"), field_path("sort"), field_path("/operations/2")
    ('order.lines[0].sku', 'page_size', 'order_by', 'operations[2]')
    """
    if not where.startswith("/"):
        name = where.removeprefix("?")
        nested = name.rpartition(".")[2] if name.endswith((".sort", ".page_size")) else ""
        where, prefix = "included" if nested else PLACES.get(name, name), ""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in f"{prefix}{where}".strip("/").split("/")]
    return re.sub(r"\.\[", "[", ".".join(f"[{step}]" if step.isdecimal() else step for step in steps))


def _bad_request(faults: list[Fault], room: int) -> Any:
    """All faults as far as there is room, and how many more there are."""
    made = error_details_pb2.BadRequest()
    for at, fault in enumerate(faults):
        told = " ".join(filter(None, [fault.message, fault.hint and f"({fault.hint})"]))
        more = error_details_pb2.BadRequest.FieldViolation(
            field=_short(fault.where), description=_short(told), reason=fault.code
        )
        if made.ByteSize() + more.ByteSize() > room - 100:
            made.field_violations.add(description=f"and {len(faults) - at:,} more")
            break
        made.field_violations.append(more)
    return made


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"
