"""
`POST /_dev/token`: a development token for whoever sits at this machine, as `strongback token` prints it.

A page of the team's needs somebody to be signed in; where the issuer will stand later, this stands while developing. It answers to this
machine alone: to its own addresses, asked for under its own names, so that no page of a stranger's can reach it by DNS (rebinding), and
only for JSON, which a browser does not send to another origin without asking first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from strongback.engine.request import Reply, Request
from strongback.errors import (
    Fault,
    Forbidden,
    InvalidInput,
    MethodNotAllowed,
    StrongbackError,
    UnsupportedMedia,
    did_you_mean,
)
from strongback.model.model import Model
from strongback.model.text import text_fault
from strongback.plan.value_fault import escape
from strongback.serve.asgi import Answer
from strongback.serve.authn.development import LIFETIME_S, DevelopmentKey, issue
from strongback.serve.dev.own import is_own
from strongback.serve.doors.rest.refuse import refuse

PATH: Final = "/_dev/token"
METHODS: Final = ("POST", "OPTIONS")
CLAIM_SIZE: Final = 254
HEADERS: Final = (("content-type", "application/json"), ("cache-control", "no-store"))


def token_page(model: Model, key: DevelopmentKey) -> Answer:
    """What answers at `PATH`: `{"sub": "ada", "name": "Ada Lovelace"}` gives `{"token": "…", "expires_in": 43200}`."""
    names = tuple(claim.claim for claim in model.actor.claims) if model.actor is not None else ()

    async def answer(request: Request) -> Reply:
        try:
            claims = _read(request, names)
        except StrongbackError as error:
            return refuse(request, error, model.name)
        token = issue(key, claims["sub"], model.name, claims=claims)
        body = msgspec.json.encode({"token": token, "expires_in": LIFETIME_S})
        return Reply(200, (("x-request-id", request.request_id), *HEADERS), body)

    return answer


def usual_claims(names: tuple[str, ...], given: dict[str, str]) -> dict[str, str]:
    """Every claim of *names*: as given, or made up from the subject."""
    subject = given["sub"]
    usual = {"name": subject.title(), "email": f"{subject}@example.org"}
    return {name: given.get(name, usual.get(name, subject)) for name in names} | given


def _read(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    if request.method != "POST":
        raise MethodNotAllowed(request.method[:20], METHODS)
    if not is_own(request):
        raise Forbidden("development tokens are for this machine alone")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMedia("send `application/json`")
    try:
        given: Any = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        given = None
    faults = tuple(_faults(given, ("sub", *names)))
    if faults:
        raise InvalidInput(faults)
    return usual_claims(names, given)


def _faults(given: Any, names: tuple[str, ...]) -> Iterator[Fault]:
    if not isinstance(given, dict):
        yield Fault("SB201", 'expected an object such as `{"sub": "ada"}`', "")
        return
    for name, value in given.items():
        if name not in names:
            yield Fault("SB204", "is no claim that this service reads", f"/{escape(name)}", did_you_mean(name, names))
        elif not isinstance(value, str) or not 1 <= len(value) <= CLAIM_SIZE:
            yield Fault("SB201", f"expected text of 1 to {CLAIM_SIZE} characters", f"/{escape(name)}")
        elif wrong := text_fault(value):
            yield Fault("SB201", wrong, f"/{escape(name)}")
    if "sub" not in given:
        yield Fault("SB201", "is required", "/sub")
