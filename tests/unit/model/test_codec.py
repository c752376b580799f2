"""A model is the same after a trip through JSON, and what an earlier version wrote still loads."""

from __future__ import annotations

import json

import pytest

from strongback.errors import DeclarationError
from strongback.model.codec import from_json, to_json
from strongback.model.model import IR_VERSION, Model
from tests.jobs_model import jobs_model


def test_the_round_trip_is_the_identity() -> None:
    model = jobs_model()
    assert from_json(to_json(model)) == model
    assert to_json(from_json(to_json(model))) == to_json(model)


def test_json_is_canonical() -> None:
    text = to_json(jobs_model())
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == text


def test_the_version_is_always_written() -> None:
    assert json.loads(to_json(Model("empty")))["ir_version"] == IR_VERSION


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not a model"),
        (b"\xff", "not a model"),
        (b"[]", "not a model"),
        (b"{}", "`ir_version` is missing"),
        (b'{"ir_version": 1}', "not a model"),
        (b'{"ir_version": 1, "name": "x", "entities": [{"name": 3}]}', "$.entities[0].name"),
        (b'{"ir_version": 999, "name": "x"}', "reads up to"),
    ],
)
def test_what_is_no_model_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DeclarationError, match="SB182") as caught:
        from_json(data)
    assert message in str(caught.value)
