"""A job board, asked by GraphQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from examples.jobs.service import jobs
from strongback.testing import async_client
from strongback.testing.client import AsyncClient
from strongback.testing.in_process import Response

JSON = {"content-type": "application/json"}
RESPONSE = "application/graphql-response+json"


async def post(who: AsyncClient, document: str, headers: dict[str, str] | None = None, **variables: Any) -> Response:
    return await who.post("/graphql", json={"query": document, "variables": variables}, headers=headers)


async def ask(who: AsyncClient, document: str, **variables: Any) -> dict[str, Any]:
    """The answer of a request that went through, whatever errors it has."""
    answer: dict[str, Any] = (await post(who, document, **variables)).expect(200).json
    return answer


async def data(who: AsyncClient, document: str, **variables: Any) -> dict[str, Any]:
    """The data of a request without an error."""
    answer = await ask(who, document, **variables)
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]
    return found


def codes(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Of each error its code and where it is."""
    return [(e["extensions"]["code"], ".".join(map(str, e.get("path", ())))) for e in answer.get("errors", ())]


@dataclass
class Board:
    """
    Ada's company with open jobs, to one of which Bob has applied.

    Attributes:
        titles: Of the jobs, in the order in which they were made.
        ids: Global ids of the jobs, by title.
    """

    stranger: AsyncClient
    ada: AsyncClient
    bob: AsyncClient
    company: str
    titles: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    application: str = ""

    @property
    def company_row(self) -> str:
        return self.company.partition(":")[2]


FOUND = 'mutation { foundCompany(input: {name: "Engines"}) { company { id } } }'
POST = """
mutation ($company: UUID!, $title: String!, $city: String!) {
  createJob(input: {companyId: $company, title: $title, body: "", city: $city}) { job { id } }
}
"""
PUBLISH = "mutation ($id: ID!) { publishJob(id: $id) { done } }"
APPLY = 'mutation ($id: ID!) { applyJob(id: $id, input: {letter: "Dear"}) { application { id } } }'


@asynccontextmanager
async def opened(url: str | None = None, jobs_posted: int = 3) -> AsyncIterator[Board]:
    async with async_client(jobs, url) as stranger:
        board = Board(stranger, stranger.as_user("ada"), stranger.as_user("bob"), "")
        board.company = (await data(board.ada, FOUND))["foundCompany"]["company"]["id"]
        for number in range(jobs_posted):
            await post_job(board, f"job {number}")
        if jobs_posted:
            applied = await data(board.bob, APPLY, id=board.ids["job 0"])
            board.application = applied["applyJob"]["application"]["id"]
        yield board


async def post_job(board: Board, title: str, city: str = "Oslo") -> None:
    made = await data(board.ada, POST, company=board.company_row, title=title, city=city)
    board.ids[title] = made["createJob"]["job"]["id"]
    board.titles.append(title)
    await data(board.ada, PUBLISH, id=board.ids[title])
