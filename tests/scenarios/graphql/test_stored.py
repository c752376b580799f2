"""Documents that a service keeps: answered by id and by text, and no others; a file that does not fit stops the start."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.crypto.keyring import Keyring
from strongback.errors import DocumentsRefused
from strongback.model.load import load
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Bearers, InProcess, Response
from tests.scenarios.graphql.asking import RESPONSE, codes, opened

LIST = "query List ($first: Int) { jobs(first: $first) { totalCount } }"
FOUND = 'mutation { foundCompany(input: {name: "Engines"}) { company { name } } }'
HASH = sha256(LIST.encode()).hexdigest()


def app_of(path: Path) -> App:
    model = load(jobs, jobs.folder)
    keyring = Keyring({1: bytes(range(32))}, primary=1)
    return App(model, Team.of(jobs), "sqlite://", keyring, verify=Bearers(model), stored_documents=str(path))


@asynccontextmanager
async def keeping(path: Path, **documents: str) -> AsyncIterator[AsyncClient]:
    path.write_text(json.dumps(documents))
    app = app_of(path)
    assert isinstance(app.verify, Bearers)
    async with AsyncClient(InProcess(app, app.verify)) as stranger:
        yield stranger


async def asked(who: AsyncClient, **body: Any) -> Response:
    return await who.post("/graphql", json=body, headers={"accept": RESPONSE})


async def test_a_document_is_found_by_its_id_its_hash_and_its_text(tmp_path: Path) -> None:
    async with keeping(tmp_path / "kept.json", list=LIST, found=FOUND) as stranger:
        expected = {"data": {"jobs": {"totalCount": 0}}}
        assert (await asked(stranger, documentId="list", variables={"first": 1})).json == expected
        assert (await asked(stranger, documentId=f"sha256:{HASH}")).json == expected
        assert (await asked(stranger, query=LIST)).json == expected
        apollo = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
        assert (await asked(stranger, extensions=apollo)).json == expected
        made = await asked(stranger.as_user("ada"), documentId="found")
        assert made.json == {"data": {"foundCompany": {"company": {"name": "Engines"}}}}
        assert (await stranger.get("/graphql?documentId=list")).json == expected


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ jobs { totalCount } }"},
        {"query": LIST + " "},
        {"query": "{ __schema { queryType { name } } }"},
        {"query": "{" * 100_000},
        {"documentId": "other"},
        {"documentId": "List"},
        {"documentId": "other", "query": LIST},
        {"extensions": {"persistedQuery": {"sha256Hash": "0" * 64}}},
    ],
    ids=lambda body: str(body)[:60],
)
async def test_no_other_document_is_answered(tmp_path: Path, body: dict[str, Any]) -> None:
    async with keeping(tmp_path / "kept.json", list=LIST) as stranger:
        answer = await asked(stranger, **body)
        assert (answer.status, codes(answer.json)) == (400, [("SB264", "")])


@pytest.mark.parametrize("id_", [7, ["list"], {}, True])
async def test_an_id_that_is_no_text_is_no_request(tmp_path: Path, id_: object) -> None:
    async with keeping(tmp_path / "kept.json", list=LIST) as stranger:
        assert codes((await asked(stranger, documentId=id_)).json) == [("SB200", "")]


async def test_a_service_that_keeps_none_says_so() -> None:
    async with opened(jobs_posted=0) as at:
        answer = await asked(at.stranger, documentId=f"sha256:{HASH}")
        assert (answer.status, codes(answer.json)) == (400, [("SB264", "")])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is none"),
        ("[]", "is none"),
        ('{"a": 7}', "is none"),
        ('{"a": "{ nothing }"}', "`a` is not answered: Cannot query field 'nothing'"),
        ('{"a": "{"}', "`a` is not answered: Syntax Error"),
        (None, "cannot be read"),
    ],
)
def test_documents_that_do_not_fit_stop_the_start(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "kept.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DocumentsRefused, match=said):
        app_of(path).application()
