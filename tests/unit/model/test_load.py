"""Loading numbers a model, refuses one with faults, and fills in what is derived."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

import strongback
from strongback.errors import DeclarationError
from strongback.model.codec import to_json
from strongback.model.load import load
from strongback.model.lock import EntityLock, Lock, Numbers, make_lock
from strongback.model.lock_file import lock_to_json
from strongback.model.model import Model
from tests.jobs_model import jobs_model


@dataclass
class Declaration:
    """Stands for a service: anything with a draft."""

    model: Model

    def draft(self) -> Model:
        return self.model


def test_every_source_gives_the_same_model(tmp_path: Path) -> None:
    model = jobs_model()
    file = tmp_path / "model.json"
    file.write_bytes(to_json(model))
    loaded = load(model)
    assert load(Declaration(model)) == load(to_json(model)) == load(file) == loaded
    assert loaded.entity("Job").role("recruiter").tenant_bound


def test_a_loaded_model_loads_again_as_it_is() -> None:
    loaded = load(jobs_model())
    assert load(to_json(loaded)) == loaded


def test_a_lock_is_a_value_a_file_or_a_folder(tmp_path: Path) -> None:
    lock = Lock({"Job": EntityLock(44, members=Numbers({"title": 77}))})
    file = tmp_path / "strongback.lock.json"
    file.write_bytes(lock_to_json(lock))
    loaded = load(jobs_model(), lock)
    assert loaded.entity("Job").number == 44
    assert loaded.entity("Job").field("title").number == 77
    assert load(jobs_model(), file) == load(jobs_model(), tmp_path) == loaded


def test_a_lock_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert load(jobs_model(), tmp_path / "none.json") == load(jobs_model(), make_lock(jobs_model()))


def test_all_faults_come_in_one_error() -> None:
    spoilt = replace(jobs_model(), rest="v1", actor=None)
    with pytest.raises(DeclarationError) as caught:
        load(spoilt)
    codes = {fault.code for fault in caught.value.faults}
    assert codes == {"SB177", "SB184"}
    assert len(caught.value.faults) > 2


def test_it_is_a_public_name() -> None:
    assert strongback.load is load
