"""Stories told by tools of MCP: the same permissions, values and refusals as anywhere, and what only tools have."""

from __future__ import annotations

import io
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from inspect import signature
from typing import Any

import msgspec
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from examples.jobs.service import jobs
from strongback.app import App, Team
from strongback.errors import ConfigurationError
from strongback.model.load import load
from strongback.model.tool import Tool
from strongback.serve.doors.mcp.trusted import Trusted
from strongback.store.store import Statement
from strongback.testing import async_client
from strongback.testing.clock import SetClock
from tests.mcp_calls import Agent, with_tools
from tests.scenarios.jobs import keyring
from tests.serving import served

ABSENT = "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


Story = Callable[..., Awaitable[None]]


def told(story: Story) -> Callable[[str], Awaitable[None]]:
    """A test that tells *story* of the example, on every store."""

    async def tell(store_url: str) -> None:
        clock = SetClock(NOW)
        given: dict[str, Any] = {"clock": clock} if "clock" in signature(story).parameters else {}
        async with (agent := with_tools(jobs, store_url, limiters={}, clock=clock)).client:
            await story(agent, **given)

    tell.__name__, tell.__doc__ = story.__name__, story.__doc__
    return tell


async def company(agent: Agent, name: str = "Acme") -> str:
    found: str = (await agent.approve("companies_found", arguments={"name": name})).done["id"]
    return found


async def job(agent: Agent, *, published: bool = True) -> str:
    values = {"company_id": await company(agent), "title": "Engineer", "body": "Of engines.", "city": "Oslo"}
    made: str = (await agent.call("jobs_create", values=values)).done["id"]
    if published:
        await agent.approve("jobs_publish", id=made)
    return made


async def rows(agent: Agent, table: str) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, await agent.client.app.store.fetch(Statement(f'SELECT * FROM "{table}"'))), key=repr)


@told
async def test_a_story_from_founding_to_a_decision(agent: Agent) -> None:
    ann, bob = agent.of("ann"), agent.of("bob")
    id_ = await job(ann)
    [found] = (await agent.call("jobs_search", where={"city": {"eq": "Oslo"}}, fields=["id", "title"])).done["items"]
    assert found == {"id": id_, "title": "Engineer"}
    sent = (await bob.approve("jobs_apply", id=id_, arguments={"letter": "I know engines."})).done
    assert sent["row"]["status"] == "submitted" and "note" not in sent["row"]
    decided = {"outcome": "shortlisted", "note": "good"}
    await ann.approve("applications_decide", id=sent["id"], arguments=decided)
    seen = (await bob.call("applications_get", id=sent["id"], include=["job.company"])).done["row"]
    assert (seen["status"], seen["job"]["company"]["name"], "note" in seen) == ("shortlisted", "Acme", False)
    assert (await ann.call("applications_get", id=sent["id"])).done["row"]["note"] == "good"
    changed = (await ann.approve("jobs_update", id=id_, set={"city": "Bergen"})).done
    assert (changed["did"], changed["row"]["city"]) == ("updated", "Bergen")
    assert (await bob.approve("applications_delete", id=sent["id"])).done == {"did": "deleted", "id": sent["id"]}


@told
async def test_the_answer_is_the_same_json_as_data_and_as_text_and_as_rest_gives_it(agent: Agent) -> None:
    id_ = await job(agent.of("ann"))
    answered = await agent.call("jobs_get", id=id_)
    assert msgspec.json.decode(answered.text) == answered.data
    rest = await agent.client.get(f"/v1/jobs/{id_}")
    assert answered.text == f'{{"did":"read","etag":{rest.headers["etag"]},"row":{rest.body.decode()}}}'


@told
async def test_who_may_not_is_refused_as_anywhere(agent: Agent) -> None:
    ann, eve = agent.of("ann"), agent.of("eve")
    draft = await job(ann, published=False)
    hidden, absent = [(await eve.call("jobs_get", id=each)).error for each in (draft, ABSENT)]
    assert (hidden["code"], hidden["status"]) == ("SB212", 404)
    assert {**hidden, "request_id": ""} == {**absent, "request_id": ""}
    await ann.approve("jobs_publish", id=draft)
    refused = (await eve.call("jobs_update", id=draft, set={"title": 5})).error
    assert (refused["code"], refused["status"], refused.get("errors")) == ("SB211", 403, None)


@told
async def test_every_fault_is_told_with_its_place_in_the_arguments(agent: Agent) -> None:
    wrong = {"where": {"city": {"eq": 5}, "titel": {"eq": "x"}}, "srt": "x", "count": "yes", "include": 5}
    refused = (await agent.call("jobs_search", wrong, page_size=True)).error
    places = {each["pointer"]: each.get("hint", "") for each in refused["errors"]}
    assert set(places) == {"/where/city/eq", "/where/titel/eq", "/srt", "/count", "/include", "/page_size"}
    assert places["/srt"] == "did you mean `sort`?"
    ann = agent.of("ann")
    values = {"company_id": await company(ann), "title": "x" * 141, "colour": "red"}
    faults = (await ann.call("jobs_create", values=values, dry_rn=True)).error["errors"]
    assert {each["pointer"] for each in faults} == {
        "/values/title", "/values/colour", "/values/body", "/values/city", "/dry_rn",
    }  # fmt: skip


@told
async def test_pages_go_on_and_are_counted(agent: Agent) -> None:
    ann = agent.of("ann")
    await company(ann)
    names = ["a", "b", "c"]
    for name in names:
        await ann.call("skills_create", values={"name": name})
    first = (await ann.call("skills_search", page_size=2, count=True)).done
    assert (len(first["items"]), first["count"]) == (2, 3)
    last = (await ann.call("skills_search", page_size=2, page_token=first["next_page_token"])).done
    assert [each["name"] for each in first["items"] + last["items"]] == names and "next_page_token" not in last


@told
async def test_a_guard_says_its_reason(agent: Agent) -> None:
    ann = agent.of("ann")
    refused = (await ann.call("jobs_publish", id=await job(ann))).error
    assert (refused["code"], refused["reason"]) == ("SB230", "not_a_draft")


@told
async def test_a_dry_run_is_answered_as_the_write_and_leaves_nothing(agent: Agent) -> None:
    ann = agent.of("ann")
    acme = await company(ann)
    values = {"company_id": acme, "title": "x", "body": "y", "city": "Oslo"}
    made = (await ann.call("jobs_create", values=values, dry_run=True)).done
    assert made["dry_run"] is True and made["row"]["title"] == "x" and "approval" not in made
    assert (await ann.call("jobs_get", id=made["id"])).error["status"] == 404
    shown = (await ann.call("companies_found", arguments={"name": "More"}, dry_run=True)).done
    assert shown["dry_run"] is True and "approval" not in shown


@told
async def test_the_first_call_shows_what_would_be_done_and_leaves_nothing(agent: Agent) -> None:
    ann = agent.of("ann")
    id_ = await job(ann)
    before = await rows(agent, "job")
    shown = (await ann.call("jobs_update", id=id_, set={"city": "Bergen"})).done
    assert (shown["dry_run"], shown["row"]["city"], shown["expires_in_s"]) == (True, "Bergen", 300)
    assert await rows(agent, "job") == before
    done = (await ann.call("jobs_update", id=id_, set={"city": "Bergen"}, approval=shown["approval"])).done
    assert done["row"]["city"] == "Bergen" and "dry_run" not in done and "approval" not in done


@told
async def test_an_approval_is_good_for_one_caller_one_tool_and_its_arguments_once(
    agent: Agent, clock: SetClock
) -> None:
    ann, bob = agent.of("ann"), agent.of("bob")
    id_ = await job(ann)
    change = {"id": id_, "set": {"city": "Bergen"}}
    approval = (await ann.call("jobs_update", change)).done["approval"]
    others = [
        await ann.call("jobs_update", {**change, "set": {"city": "Rome"}}, approval=approval),
        await ann.call("jobs_update", {**change, "if_match": "2"}, approval=approval),
        await bob.call("jobs_update", change, approval=approval),
        await ann.call("jobs_publish", {"id": id_}, approval=approval),
        await ann.call("jobs_update", change, approval=approval[:-1] + ("A" if approval[-1] != "A" else "B")),
        await ann.call("jobs_update", change, approval="x"),
        await ann.call("jobs_update", change, approval=5),
        await ann.call("jobs_update", change, approval=None),
    ]
    assert [(each.error["code"], each.error["status"]) for each in others] == [("SB274", 403)] * 8
    assert (await agent.call("jobs_get", id=id_)).done["row"]["city"] == "Oslo"
    assert (await ann.call("jobs_update", change, approval=approval)).done["row"]["city"] == "Bergen"
    assert "was used" in (await ann.call("jobs_update", change, approval=approval)).error["detail"]
    late = (await ann.call("jobs_update", change)).done["approval"]
    clock.move(timedelta(seconds=300))
    assert "is over" in (await ann.call("jobs_update", change, approval=late)).error["detail"]


async def test_any_process_with_the_same_keys_takes_an_approval(store_url: str) -> None:
    clock = SetClock(NOW)
    async with (one := with_tools(jobs, store_url, clock=clock)).client:
        shown = (await one.of("ann").call("companies_found", arguments={"name": "Acme"})).done
        async with (other := with_tools(jobs, store_url, clock=clock)).client:
            done = await other.of("ann").call("companies_found", arguments={"name": "Acme"}, approval=shown["approval"])
            assert done.done["row"]["name"] == "Acme"


@told
async def test_somebody_new_sees_what_would_be_done_and_is_not_kept_for_it(agent: Agent) -> None:
    shown = (await agent.of("new").call("companies_found", arguments={"name": "Acme"})).done
    assert shown["row"]["name"] == "Acme" and await rows(agent, "user") == []


@told
async def test_without_a_token_the_challenge_is_that_of_http(agent: Agent) -> None:
    arguments = {"arguments": {"name": "Acme"}}
    unknown = await agent.ask("tools/call", {"name": "companies_found", "arguments": arguments})
    assert (unknown.status, unknown.headers["www-authenticate"]) == (401, 'Bearer realm="jobs"')
    assert unknown.json["error"]["data"]["code"] == "SB210"
    forged = await agent.ask("tools/list", authorization="Bearer forged")
    assert (forged.status, forged.headers["www-authenticate"]) == (401, 'Bearer realm="jobs", error="invalid_token"')


async def test_a_rate_counts_tools_and_requests_together(store_url: str) -> None:
    async with (agent := with_tools(jobs, store_url)).client:
        ann = agent.of("ann")
        for _ in range(59):
            await ann.call("jobs_search")
        (await ann.client.get("/v1/jobs")).expect(200)
        refused = (await ann.call("jobs_search")).error
        assert (refused["code"], refused["status"], refused["retry_after_s"] > 0) == ("SB246", 429, True)
        (await agent.call("jobs_search")).done  # somebody else


async def test_every_call_is_written_down_without_a_value(store_url: str, lines: io.BytesIO) -> None:
    async with (agent := with_tools(jobs, store_url, limiters={})).client:
        await every_call(agent, lines)


async def every_call(agent: Agent, lines: io.BytesIO) -> None:
    ann = agent.of("ann")
    await agent.call("jobs_search", where={"city": {"eq": "Atlantis"}})
    approval = (await ann.call("companies_found", arguments={"name": "Atlantis"})).done["approval"]
    await ann.call("companies_found", arguments={"name": "Atlantis"}, approval=approval)
    await ann.call("companies_found", arguments={"name": "Atlantis"}, approval=approval)
    await agent.of("eve").call("skills_create", values={"name": "Atlantis"}, dry_run=True)
    written = [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "tool called"]
    seen = ("tool", "operation", "actor_kind", "outcome", "code", "dry_run", "approval_state")
    assert [tuple(line[name] for name in seen) for line in written] == [
        ("jobs_search", "Job.search", "anonymous", "ok", "", False, "none"),
        ("companies_found", "Company.found", "user", "ok", "", True, "asked"),
        ("companies_found", "Company.found", "user", "ok", "", False, "given"),
        ("companies_found", "Company.found", "user", "refused", "SB274", False, "refused"),
        ("skills_create", "Skill.create", "user", "refused", "SB211", True, "none"),
    ]
    assert all(len(line["request_id"]) == 36 for line in written)
    assert b"Atlantis" not in lines.getvalue() and approval.encode() not in lines.getvalue()


async def test_only_what_a_service_names_is_a_tool(store_url: str) -> None:
    async with (agent := with_tools(jobs, store_url, [Tool("Job", "list", "search")])).client:
        listed = (await agent.ask("tools/list")).expect(200).json["result"]["tools"]
        assert [tool["name"] for tool in listed] == ["jobs_search"]
        refused = (await agent.ask("tools/call", {"name": "jobs_get", "arguments": {"id": ABSENT}})).json["error"]
        assert (refused["code"], "jobs_get" in refused["message"]) == (-32602, True)
    async with async_client(jobs, store_url) as stranger:
        names = [tool["name"] for tool in (await Agent(stranger).ask("tools/list")).json["result"]["tools"]]
        assert names == ["jobs_search", "jobs_apply"]


async def test_a_service_without_tools_does_not_answer_mcp(store_url: str) -> None:
    async with (agent := with_tools(jobs, store_url, [])).client:
        assert (await agent.ask("tools/list")).status == 404


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8000", None, 200),
        ("localhost:8000", "http://localhost:6274", 200),
        ("[::1]:8000", "http://[::1]:6274", 200),
        ("10.0.0.7", None, 200),
        ("jobs.example.com", "https://jobs.example.com", 200),
        ("localhost", "https://app.example.org", 200),
        ("evil.example", None, 403),
        ("evil.example:8000", "http://evil.example:8000", 403),
        ("localhost.evil.example", None, 403),
        ("localhost", "http://evil.example", 403),
        ("localhost", "http://10.0.0.7", 403),
        ("localhost", "null", 403),
        ("localhost", "http://[", 403),
        ("[", None, 403),
        ("", None, 403),
    ],
)
async def test_a_page_with_a_rebound_name_calls_no_tool(
    tmp_path: Any, host: str, origin: str | None, status: int
) -> None:
    trusted = Trusted.of(["jobs.example.com"], ["https://app.example.org"])
    async with (agent := with_tools(jobs, f"sqlite:///{tmp_path}/jobs.db", trusted=trusted)).client:
        headers = {"host": host, **({} if origin is None else {"origin": origin})}
        assert (await agent.ask("tools/list", **headers)).status == status


async def test_the_official_client_lists_and_calls_over_a_socket(tmp_path: Any) -> None:
    app = App(load(jobs), Team.of(jobs), f"sqlite:///{tmp_path}/jobs.db", keyring(), create_schema=True)
    async with served(app.application()) as client:
        url = f"{client.base_url}/mcp"
        async with streamable_http_client(url) as (read, write, *_), ClientSession(read, write) as session:
            hello = await session.initialize()
            assert (hello.server_info.name, hello.server_info.version) == ("jobs", "1.0.0")
            assert [tool.name for tool in (await session.list_tools()).tools] == ["jobs_search", "jobs_apply"]
            found = await session.call_tool("jobs_search", {"page_size": 5})
            assert found.structured_content == {"did": "read", "items": []} and not found.is_error
            refused = await session.call_tool("jobs_search", {"page_size": "many"})
            assert refused.is_error and refused.structured_content is not None


@told
async def test_a_request_of_the_stateless_era_is_answered_by_itself(agent: Agent) -> None:
    about = "io.modelcontextprotocol"
    meta = {f"{about}/protocolVersion": "2026-07-28", f"{about}/clientInfo": {"name": "x", "version": "1"}}
    params = {"name": "jobs_search", "arguments": {}, "_meta": {**meta, f"{about}/clientCapabilities": {}}}
    headers = {"mcp_protocol_version": "2026-07-28", "mcp_method": "tools/call", "mcp_name": "jobs_search"}
    result = (await agent.ask("tools/call", params, **headers)).expect(200).json["result"]
    assert result["structuredContent"] == {"did": "read", "items": []}


def test_without_the_sdk_the_service_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App(load(jobs), Team.of(jobs), "sqlite://", keyring())
    monkeypatch.setattr("strongback.app.find_spec", lambda name: None if name == "mcp" else find_spec(name))
    with pytest.raises(ConfigurationError, match=r"strongback\[mcp\]"):
        app.application()
