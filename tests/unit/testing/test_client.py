"""The in-process client: what it answers is what a server would."""

from __future__ import annotations

import asyncio
import gc
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from examples.jobs.service import jobs
from strongback.cli.service import find_service
from strongback.errors import Unavailable
from strongback.model.load import load
from strongback.model.lock import LOCK_FILE, make_lock
from strongback.model.lock_file import lock_to_json
from strongback.testing import SetClock, async_client, client
from strongback.testing.client import Client

EXAMPLE = Path(__file__).parents[3] / "examples" / "jobs"
POSTED = {"title": "Smith", "body": "Iron", "city": "Oslo"}


def post_job(ada: Client, **more: str) -> str:
    company = ada.post("/v1/companies/found", json={"name": "Acme"}).expect(200, 201).json["id"]
    made = ada.post("/v1/jobs", json={**POSTED, "company_id": company, **more}).expect(201)
    return str(made.json["id"])


def test_each_user_sees_what_they_may() -> None:
    stranger = client(jobs)
    ada, bob = stranger.as_user("ada"), stranger.as_user("bob", name="Robert")
    job = post_job(ada)
    assert stranger.get(f"/v1/jobs/{job}").status == bob.get(f"/v1/jobs/{job}").status == 404
    ada.post(f"/v1/jobs/{job}/publish").expect(204, 200)
    assert [item["title"] for item in stranger.get("/v1/jobs?city=Oslo").expect(200).json["items"]] == ["Smith"]
    applied = bob.post(f"/v1/jobs/{job}/apply", json={"letter": "Hello"}).expect(200, 201).json
    assert bob.get(f"/v1/users/{applied['candidate_id']}").json["name"] == "Robert"
    assert stranger.post(f"/v1/jobs/{job}/apply", json={"letter": "Hello"}).status == 401


def test_patch_delete_headers_and_conditions() -> None:
    with client(jobs) as stranger:
        ada = stranger.as_user("ada")
        path = f"/v1/jobs/{post_job(ada)}"
        tag = ada.get(path).headers["etag"]
        assert ada.patch(path, json={"title": "Cook"}, headers={"If-Match": tag}).expect(200).json["title"] == "Cook"
        assert ada.patch(path, json={"title": "Cook"}, headers={"If-Match": tag}).status == 412
        assert ada.delete(path).status == 405, "nobody may delete a job"


def test_the_time_is_the_clocks() -> None:
    clock = SetClock(datetime(2028, 2, 29, tzinfo=UTC))
    ada = client(jobs, clock=clock).as_user("ada")
    path = f"/v1/jobs/{post_job(ada)}"
    clock.move(timedelta(days=1))
    changed = ada.patch(path, json={"title": "Cook"}).json
    assert changed["created_at"] == "2028-02-29T00:00:00.000000Z"
    assert changed["updated_at"] == "2028-03-01T00:00:00.000000Z"


def test_two_clients_share_nothing() -> None:
    post_job(client(jobs).as_user("ada"))
    assert client(jobs).as_user("ada").get("/v1/jobs").json["items"] == []


def test_the_model_is_numbered_by_the_lock_beside_its_source(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / "service.py", tmp_path / "numbered.py")
    locked = make_lock(load(jobs))
    entities = {name: replace(entry, number=entry.number + 100) for name, entry in locked.entities.items()}
    (tmp_path / LOCK_FILE).write_bytes(lock_to_json(replace(locked, entities=entities)))
    service = find_service(f"{tmp_path / 'numbered.py'}:jobs")[0]
    numbers = {entity.name: entity.number for entity in client(service).app.model.entities}
    assert numbers == {name: entry.number for name, entry in entities.items()}


def test_text_beyond_ascii_goes_through_a_query() -> None:
    ada = client(jobs).as_user("ada")
    job = post_job(ada, city="Ålesund")
    assert [item["id"] for item in ada.get("/v1/jobs?city=Ålesund").json["items"]] == [job]


def test_an_answer_that_was_not_expected_shows_why() -> None:
    with pytest.raises(AssertionError, match=r"expected 201, got 401: .*SB210"):
        client(jobs).post("/v1/jobs", json=POSTED).expect(201)


async def test_coroutines_have_a_client_of_their_own(store_url: str) -> None:
    async with async_client(jobs, store=store_url) as stranger:
        founded = await stranger.as_user("ada").post("/v1/companies/found", json={"name": "Acme"})
        assert founded.expect(200, 201).json["name"] == "Acme"
        assert (await stranger.get("/v1/jobs")).json == {"items": []}


async def test_a_plain_client_inside_a_coroutine_says_what_to_use() -> None:
    with pytest.raises(RuntimeError, match="async_client"):
        client(jobs).get("/v1/jobs")


async def test_a_plain_client_forgotten_while_a_loop_runs_is_closed() -> None:
    def ask() -> None:
        client(jobs).get("/v1/jobs").expect(200)

    await asyncio.to_thread(ask)
    made: list[Client] = await asyncio.to_thread(lambda: [client(jobs)])
    await asyncio.to_thread(lambda: made[0].get("/v1/jobs"))
    app = made[0].app
    made.clear()
    gc.collect()
    with pytest.raises(Unavailable):
        await app.store.ping()


def test_a_client_that_is_left_open_ends_quietly() -> None:
    script = "from examples.jobs.service import jobs\nfrom strongback.testing import client\n"
    script += "kept = client(jobs)\nprint(kept.get('/v1/jobs').status)\n"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("200\n", "")


def test_a_fault_is_told_to_logging_without_any_value(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not printed with the locals of every frame, as structlog does where nobody has configured it."""
    ada = client(jobs).as_user("ada")
    ada.get("/v1/skills").expect(200)
    monkeypatch.setattr(ada.app.runtime.programs, "store", None)
    ada.post("/v1/companies/found", json={"name": "s3cret"}).expect(500)
    [told] = [record for record in caplog.records if record.name == "strongback.engine"]
    assert "AttributeError" in told.getMessage()
    assert "s3cret" not in caplog.text
    assert capsys.readouterr() == ("", "")
