"""Development tokens by HTTP are for this machine alone, and are what the service believes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from strongback.engine.request import Reply, Request
from strongback.serve.authn.development import DevelopmentKey, DevelopmentKeys, development_settings
from strongback.serve.authn.verifier import TokenVerifier
from strongback.serve.dev.token import PATH, token_page
from tests.jobs_model import jobs_model

KEY = DevelopmentKey("dev-1", b"k" * 32)
MODEL = jobs_model()
HOST = {"host": "localhost:8000", "content-type": "application/json"}


def ask(body: bytes, client: str = "127.0.0.1", method: str = "POST", **headers: str) -> Reply:
    fields = HOST | {name.replace("_", "-"): value for name, value in headers.items()}

    async def answered() -> Reply:
        return await token_page(MODEL, KEY)(Request(method, PATH, "", fields, body, client, "r1"))

    return asyncio.run(answered())


def claims_of(token: str) -> Any:
    verifier = TokenVerifier(development_settings(MODEL.name), DevelopmentKeys(KEY))

    async def verified() -> Any:
        return await verifier.verify(token)

    return asyncio.run(verified()).values


def test_a_token_is_one_the_service_believes() -> None:
    reply = ask(b'{"sub":"ada","name":"Ada Lovelace"}')
    assert reply.status == 200 and dict(reply.headers)["cache-control"] == "no-store"
    claims = claims_of(json.loads(reply.body)["token"])
    assert (claims["sub"], claims["name"], claims["email"]) == ("ada", "Ada Lovelace", "ada@example.org")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example:8000", "", "10.0.0.1:8000"]
)
def test_asked_under_another_name_it_gives_nothing(host: str) -> None:
    assert ask(b'{"sub":"ada"}', host=host).status == 403


def test_asked_from_another_machine_it_gives_nothing() -> None:
    assert ask(b'{"sub":"ada"}', client="192.0.2.7").status == 403


def test_what_a_browser_sends_without_asking_first_is_refused() -> None:
    for sent in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert ask(b'{"sub":"ada"}', content_type=sent).status == 415


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"", [""]),
        (b"[]", [""]),
        (b"{", [""]),
        (b"{}", ["/sub"]),
        (b'{"sub":5,"nmae":"x"}', ["/sub", "/nmae"]),
        (b'{"sub":"' + b"x" * 300 + b'"}', ["/sub"]),
        (b'{"sub":"a\\u0000"}', ["/sub"]),
        (b'{"sub":"\\ud800"}', [""]),
    ],
)
def test_every_fault_is_told(body: bytes, pointers: list[str]) -> None:
    reply = ask(body)
    assert reply.status == 422
    assert [each["pointer"] for each in json.loads(reply.body)["errors"]] == pointers


def test_only_post_is_answered() -> None:
    assert ask(b"", method="GET").status == 405
