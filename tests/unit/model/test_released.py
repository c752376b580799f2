"""What any released version wrote, this one loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongback.model.codec import from_json, to_json
from strongback.model.load import load
from strongback.model.lock import lock_faults, make_lock
from strongback.model.lock_file import lock_from_json, lock_to_json

FIXTURES = Path(__file__).parents[2] / "fixtures"
MODELS = sorted((FIXTURES / "ir").glob("*.json"))
LOCKS = sorted((FIXTURES / "lock").glob("*.json"))


def test_there_is_a_fixture_of_each_kind_for_each_version() -> None:
    assert [file.name for file in MODELS] == [file.name for file in LOCKS] == ["v1.json"]


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_a_released_model_loads_as_it_was(file: Path) -> None:
    model = load(file)
    assert [entity.name for entity in model.entities] == ["User", "Company", "Membership", "Job", "Application"]
    assert all(entity.number for entity in model.entities)
    assert model.entity("Application").role("reviewer").tenant_bound
    assert from_json(to_json(model)) == model == load(model)


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.stem)
def test_a_released_lock_loads_as_it_was(file: Path) -> None:
    lock = lock_from_json(file.read_bytes())
    assert lock_to_json(lock) == file.read_bytes()
    assert lock.entities["Job"].members.live["title"] == 7


@pytest.mark.parametrize("version", [file.stem for file in MODELS])
def test_a_released_lock_still_fits_its_model(version: str) -> None:
    model = load(FIXTURES / "ir" / f"{version}.json")
    lock = lock_from_json((FIXTURES / "lock" / f"{version}.json").read_bytes())
    assert lock_faults(model, lock) == ()
    assert make_lock(model, lock) == lock
    assert load(model, lock) == model
