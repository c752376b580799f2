"""Errors, worded as GraphQL has them: a message, and under `extensions` the code with what else there is to say."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

from strongback import errors
from strongback.contract.problems import problem_type, told_code, told_message
from strongback.errors import Fault, StrongbackError
from strongback.serve.doors.graphql.arguments import place_of


def word_error(error: StrongbackError, above: str = "", request_id: str = "") -> dict[str, Any]:
    """
    Word *error*. What is not the caller's fault is told without detail.

    Args:
        above: Where the values that were judged stand in the arguments of the field: pointers begin there.
    """
    caller = isinstance(error, errors.RequestError)
    code, message = told_code(error), told_message(error)
    extensions: dict[str, Any] = {"code": code, "type": problem_type(code)}
    if caller and error.hint:
        extensions["hint"] = error.hint
    leading = error.leading if isinstance(error, errors.BatchRefused) else error
    if reason := getattr(leading, "reason", ""):
        extensions["reason"] = reason
    if faults := list(_faults(error, above)):
        extensions["errors"] = faults
    if isinstance(error, errors.RateLimited | errors.DependencyError):
        extensions["retryAfter"] = max(1, ceil(error.retry_after_s))
    if not caller:
        extensions["requestId"] = request_id
    return {"message": message, "extensions": extensions}


def _faults(error: StrongbackError, above: str) -> Iterator[dict[str, Any]]:
    if isinstance(error, errors.BatchRefused):
        yield from (_fault(fault, "") for item in error.items for fault in item.faults)
    elif isinstance(error, errors.InvalidInput):
        yield from (_fault(fault, above) for fault in error.faults)
    elif isinstance(error, errors.RequestError) and error.where.startswith("/"):
        yield _fault(Fault(error.code, error.message, error.where, error.hint), above)


def _fault(fault: Fault, above: str) -> dict[str, Any]:
    told = {"code": fault.code, "detail": fault.message, "pointer": place_of(fault.where, above), "hint": fault.hint}
    return {name: value for name, value in told.items() if value or name == "pointer"}
