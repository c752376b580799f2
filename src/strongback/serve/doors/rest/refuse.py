"""Errors, worded as problem details (RFC 9457): the one table from error to status."""

from __future__ import annotations

from math import ceil
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from strongback import errors
from strongback.contract.problems import problem_of, problem_type, told_code, told_message
from strongback.engine.request import Reply, Request
from strongback.errors import Fault, StrongbackError
from strongback.serve.authn.bearer import challenge
from strongback.serve.doors.rest.headers import PROBLEM, Header
from strongback.serve.doors.rest.media import JSON, MERGE_PATCH, is_encoded

_encode = msgspec.json.Encoder().encode


class Detail(Struct, frozen=True, gc=False, omit_defaults=True):
    """
    One fault of a request: where it is, in the content or in the query string.

    Attributes:
        status, reason: Of an operation of a batch: as the problem of a request of its own would have them.
    """

    code: str
    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET
    hint: str = ""
    status: int | UnsetType = UNSET
    reason: str = ""


class Body(Struct, frozen=True, gc=False, omit_defaults=True):
    """The members of a problem, in the order they are written."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    hint: str = ""
    reason: str = ""
    errors: tuple[Detail, ...] = ()
    request_id: str = ""


def refuse(request: Request, error: StrongbackError, realm: str) -> Reply:
    """
    Word *error*. What is not the caller's fault is told without detail.

    Args:
        realm: The service's name, for the challenge of a 401.
    """
    leading = error.leading if isinstance(error, errors.BatchRefused) else error
    problem = problem_of(type(leading))
    code = told_code(error)
    body = Body(
        type=f"{request.root}{problem_type(code)}",
        title=problem.title,
        status=problem.status,
        code=code,
        detail=_detail(error),
        hint=error.hint if isinstance(error, errors.RequestError) else "",
        reason=getattr(leading, "reason", ""),
        errors=_faults(error),
        request_id=request.request_id,
    )
    more = _more(request, leading, realm)
    return Reply(problem.status, (("x-request-id", request.request_id), *more, *PROBLEM), _encode(body))


def _detail(error: StrongbackError) -> str:
    return f"{error.message} ({error.where})" if _is_offset(error) else told_message(error)


def _is_offset(error: StrongbackError) -> bool:
    """Whether an unreadable request says where with an offset (`byte 17`), since there is no value to point at."""
    return bool(error.where) and isinstance(error, errors.MalformedRequest) and not error.where.startswith("/")


def _faults(error: StrongbackError) -> tuple[Detail, ...]:
    if isinstance(error, errors.BatchRefused):
        return tuple(_of_item(item, fault) for item in error.items for fault in item.faults)
    if isinstance(error, errors.InvalidInput):
        return tuple(_one(fault) for fault in error.faults)
    if isinstance(error, errors.RequestError) and error.where and not _is_offset(error):
        return (_one(Fault(error.code, error.message, error.where, error.hint)),)
    return ()


def _of_item(item: errors.RefusedItem, fault: Fault) -> Detail:
    status, reason = problem_of(type(item.error)).status, getattr(item.error, "reason", "")
    return Detail(fault.code, fault.message, pointer=fault.where, hint=fault.hint, status=status, reason=reason)


def _one(fault: Fault) -> Detail:
    """A place that starts with `/` is a JSON pointer, and so is the empty one: the whole content. Others are parameters."""
    where: dict[str, Any] = {"pointer": fault.where}
    if fault.where and not fault.where.startswith("/"):
        where = {"parameter": fault.where.removeprefix("?")}
    return Detail(fault.code, fault.message, hint=fault.hint, **where)


def _more(request: Request, error: StrongbackError, realm: str) -> tuple[Header, ...]:
    """The header fields that a status brings (RFC 9110, sections 10.2.3, 11.6.1, 15.5.6 and 15.5.16; RFC 6750, section 3)."""
    match error:
        case errors.Unauthenticated():
            return (challenge(request.headers, realm),)
        case errors.MethodNotAllowed():
            return (("allow", ", ".join(error.allowed)),)
        case errors.UnsupportedMedia():
            return (_taken(request),)
        case errors.FileTypeRefused() if error.taken:
            return (("accept", ", ".join(error.taken)),)
        case errors.RangeNotThere():
            return (("content-range", f"bytes */{error.size}"),)
        case errors.RateLimited() | errors.DependencyError():
            return (("retry-after", str(max(1, ceil(error.retry_after_s)))),)
        case _:
            return ()


def _taken(request: Request) -> Header:
    """What a 415 says would be taken: only one about the coding may speak of codings (RFC 9110, section 12.5.3)."""
    if is_encoded(request.headers):
        return ("accept-encoding", "identity")
    return ("accept-patch", f"{MERGE_PATCH}, {JSON}") if request.method == "PATCH" else ("accept-post", JSON)
