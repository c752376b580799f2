"""Redaction: only what is known to be harmless is written."""

from __future__ import annotations

import base64
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongback.errors import ConfigurationError, DeclarationError, Fault, InvalidInput, NotFound
from strongback.observe.redaction import SHOWN_NAMES, Redactor, clear_text, describe_error

CANARY = "canary-7f3a9c"
REDACTOR = Redactor()


@pytest.mark.parametrize(
    "value",
    [
        CANARY,
        CANARY.encode(),
        [CANARY],
        {"name": CANARY},
        {CANARY},
        4791234567,
        1990.5,
        UUID(int=5),
        object(),
        (CANARY,),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_under_any_other_name_is_hidden(value: object) -> None:
    assert REDACTOR.redact({"note": value}) == {"note": f"[hidden {type(value).__name__}]"}


@pytest.mark.parametrize(
    "name", ["email", "name", "password", "token", "message", "error", "body", "me", "self", "actor", "hash", "url"]
)
def test_no_name_that_may_hold_a_person_or_a_secret_is_shown(name: str) -> None:
    assert name not in SHOWN_NAMES


def test_known_names_and_figures_with_a_unit_are_shown() -> None:
    said = {"operation": "Job.get", "rows": 3, "wait_ms": 1.5, "sent_bytes": 10, "retried": True, "code": None}
    assert REDACTOR.redact(said) == said
    assert REDACTOR.redact({"wait_ms": CANARY}) == {"wait_ms": "[hidden str]"}, "a unit vouches for a number only"


def test_inside_a_known_name_each_name_decides_again() -> None:
    said = {"pool": {"port": 5432, "password": CANARY, CANARY: 1, 7: 1, "limit": [1, CANARY.encode()]}}
    assert REDACTOR.redact(said) == {"pool": {"port": 5432, "limit": [1, "[hidden bytes]"], "hidden_count": 3}}


def test_a_team_may_show_its_own_names() -> None:
    assert Redactor(frozenset({"campaign"})).redact({"campaign": "spring"}) == {"campaign": "spring"}


@given(said=st.dictionaries(st.text(max_size=8), st.text(min_size=1), max_size=5))
def test_no_text_gets_through_under_a_name_that_is_not_listed(said: dict[str, str]) -> None:
    said = {name: CANARY + text for name, text in said.items() if name not in SHOWN_NAMES}
    assert CANARY not in json.dumps(REDACTOR.redact(said))


JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"
KEY = base64.b64encode(bytes(range(150, 182))).decode()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("asked by ann@example.com today", "ann"),
        (f"Authorization: Bearer {CANARY}", CANARY),
        (f'"authorization": "Bearer {CANARY}"', CANARY),
        (f"got bearer {CANARY}", CANARY),
        ("Basic YW5uOnMzY3JldA==", "YW5u"),
        (f"token {JWT} refused", "eyJ"),
        (f"password={CANARY}", CANARY),
        (f'{{"password": "{CANARY}"}}', CANARY),
        (f"api_key: {CANARY}", CANARY),
        (f"Cookie: a=b; session={CANARY}", CANARY),
        (f"postgresql://app:{CANARY}@db/jobs", CANARY),
        (f"GET /v1/jobs?city={CANARY}", CANARY),
        (f"GET /v1/?city={CANARY}", CANARY),
        (f"key {KEY}", KEY[:20]),
        (f"key {KEY.replace('+', '-').replace('/', '_').rstrip('=')}", KEY[1:20]),
        ("digest " + "0123456789abcdef" * 4, "0123456789abcdef"),
    ],
)
def test_text_that_is_shown_is_cleared_of_what_looks_like_a_secret(text: str, secret: str) -> None:
    assert secret in text
    cleared = clear_text(text)
    assert secret not in cleared and "[hidden " in cleared


@pytest.mark.parametrize(
    "text",
    [
        "Job.search",
        "0194f1b0-7c1e-7abc-9def-0123456789ab",
        "/srv/app/with/quite/a/long/path/of/folders/service.py:12",
        "the token has expired",
        "basic checks passed",
        "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        "a_rather_long_name_of_an_index_on_application_candidate_id_job_id",
        "ready?",
    ],
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert clear_text(text) == text


def test_long_text_is_cut_and_lone_surrogates_are_spelt_out() -> None:
    assert clear_text("ab " * 1_000) == ("ab " * 1_000)[:1_024] + "..."
    assert clear_text("a\ud800") == "a\\ud800"


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_an_error_is_described_without_its_text() -> None:
    described = describe_error(raised(ValueError(CANARY), raised(KeyError(CANARY))))
    assert CANARY not in json.dumps(described)
    assert described["error"] == "ValueError"
    (frame,) = described["frames"] if isinstance(described["frames"], list) else []
    assert frame.startswith(__file__) and frame.endswith(" raised")
    assert isinstance(described["causes"], list) and [cause["error"] for cause in described["causes"]] == ["KeyError"]


def test_the_context_and_the_members_of_a_group_are_named_too() -> None:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError:
            raise ExceptionGroup(CANARY, [OSError(CANARY), TypeError(CANARY)]) from None
    except ExceptionGroup as group:
        described = describe_error(group)
    assert CANARY not in json.dumps(described)
    assert [cause["error"] for cause in described["causes"]] == ["OSError", "TypeError"]  # type: ignore[attr-defined]  # a list


def test_a_circle_of_causes_ends() -> None:
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    assert len(describe_error(first)["causes"]) == 1  # type: ignore[arg-type]  # a list


def test_errors_of_the_caller_keep_their_text_to_themselves_and_those_of_the_team_do_not() -> None:
    for mine in (NotFound(CANARY), InvalidInput([Fault("SB201", CANARY, f"/{CANARY}")])):
        described = describe_error(mine)
        assert CANARY not in json.dumps(described) and described["code"] == mine.code
    for theirs in (
        ConfigurationError("STRONGBACK_KEYS is missing"),
        DeclarationError([Fault("SB104", "no return", "app.py:3")]),
    ):
        assert describe_error(theirs)["message"] == str(theirs)


def test_a_deep_stack_shows_its_innermost_frames() -> None:
    def sink(depth: int) -> None:
        if depth == 0:
            raise ValueError
        sink(depth - 1)

    try:
        sink(50)
    except ValueError as caught:
        frames = describe_error(caught)["frames"]
    assert isinstance(frames, list) and len(frames) == 20 and frames[-1].endswith(" sink")
