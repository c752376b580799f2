"""Outcomes and refusals, as the JSON that a tool answers."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from strongback import errors
from strongback.contract.problems import problem_of, told_code, told_message
from strongback.engine.request import Request
from strongback.errors import Fault, StrongbackError
from strongback.plan.asked import Asked
from strongback.plan.outcome import Outcome, WholeRows
from strongback.serve.doors.mcp.arguments import Place

FAULTS_MAX: Final = 20
_encode = msgspec.json.Encoder().encode


class Answer(Struct, frozen=True, gc=False):
    """
    What a tool answers.

    Attributes:
        dry_run: There, and true, when nothing of it stays.
        approval: What makes the same call do what this one says it would; good for *expires_in_s* seconds.
    """

    did: str
    id: str | int | UnsetType = UNSET
    etag: str | UnsetType = UNSET
    row: Any = UNSET
    value: Any = UNSET
    items: Any = UNSET
    next_page_token: str | UnsetType = UNSET
    count: int | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET
    approval: str | UnsetType = UNSET
    expires_in_s: int | UnsetType = UNSET


class Detail(Struct, frozen=True, gc=False, omit_defaults=True):
    """One fault of the arguments, and where it is in them."""

    code: str
    detail: str
    pointer: str
    hint: str = ""


class Refusal(Struct, frozen=True, gc=False, omit_defaults=True):
    """Why a tool did nothing."""

    code: str
    title: str
    status: int
    detail: str
    hint: str = ""
    reason: str = ""
    errors: tuple[Detail, ...] = ()
    retry_after_s: float | UnsetType = UNSET
    request_id: str = ""


def word(asked: Asked, outcome: Outcome, approval: str = "", expires_in_s: int = 0) -> bytes:
    """Word *outcome*, and the *approval* that makes it so."""
    items = outcome.items.text if isinstance(outcome.items, WholeRows) else outcome.items
    on_row = outcome.id != "" and outcome.items is None
    answer = Answer(
        did=outcome.did,
        id=outcome.id if on_row else UNSET,
        etag=outcome.etag or UNSET,
        row=UNSET if outcome.item is None else outcome.item,
        value=outcome.value if outcome.has_value else UNSET,
        items=UNSET if items is None else items,
        next_page_token=outcome.next_page_token or UNSET,
        count=UNSET if outcome.count is None else outcome.count,
        dry_run=True if asked.terms.dry_run else UNSET,
        approval=approval or UNSET,
        expires_in_s=expires_in_s if approval else UNSET,
    )
    return _encode(answer)


def word_refusal(request: Request, error: StrongbackError, place: Place) -> bytes:
    """Word *error*. What is not the caller's fault is told without detail."""
    return _encode({"error": refusal_of(request, error, place)})


def refusal_of(request: Request, error: StrongbackError, place: Place) -> Refusal:
    problem = problem_of(type(error))
    theirs = isinstance(error, errors.RequestError)
    return Refusal(
        code=told_code(error),
        title=problem.title,
        status=problem.status,
        detail=told_message(error)[:500],
        hint=error.hint[:500] if theirs else "",
        reason=getattr(error, "reason", ""),
        errors=tuple(_detail(fault, place) for fault in _faults(error)[:FAULTS_MAX]),
        retry_after_s=getattr(error, "retry_after_s", UNSET),
        request_id=request.request_id,
    )


def _faults(error: StrongbackError) -> tuple[Fault, ...]:
    if isinstance(error, errors.InvalidInput):
        return tuple(error.faults)
    if isinstance(error, errors.RequestError) and error.where:
        return (Fault(error.code, error.message, error.where, error.hint),)
    return ()


def _detail(fault: Fault, place: Place) -> Detail:
    return Detail(fault.code, fault.message[:100], place(fault.where)[:100], fault.hint[:100])
