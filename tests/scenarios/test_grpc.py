"""The example and other services through gRPC: rows, lists, writes, actions, refusals, over a real connection."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import pytest

from strongback.store.store import Statement
from tests.grpc_calls import Caller, Refused, Remote, remote
from tests.scenarios.test_resilience import BUSY
from tests.stores import postgres_database

Code = grpc.StatusCode


async def hired(on: Remote) -> tuple[Caller, str]:
    """Ada, who recruits, and the id of her company."""
    ada = on.user("ada")
    return ada, (await ada("FoundCompany", name="Acme")).id


def job(company: str, **more: Any) -> dict[str, Any]:
    return {"company_id": company, "title": "Engineer", "body": "Build", "city": "Oslo", **more}


async def test_a_row_is_made_read_changed_and_published() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        assert (made.title, made.etag, made.Status.Name(made.status)) == ("Engineer", "1", "STATUS_DRAFT")
        assert made.created_at.endswith("Z") and len(made.created_at) == len("2026-01-02T03:04:05.000006Z")
        assert (await ada("GetJob", id=made.id)).job == made
        changed = (await ada("UpdateJob", job={"id": made.id, "title": "Lead", "etag": made.etag})).job
        assert (changed.title, changed.city, changed.etag) == ("Lead", "Oslo", "2")
        await ada("PublishJob", id=made.id)
        with pytest.raises(Refused) as caught:
            await ada("PublishJob", id=made.id)
        assert (caught.value.code, caught.value.reason) == (Code.FAILED_PRECONDITION, "not_a_draft")
        assert (caught.value.info.reason, caught.value.info.domain) == ("SB230", "jobs.v1")
        assert caught.value.trailers["x-request-id"] == caught.value.info.metadata["request_id"]


async def test_an_update_writes_what_its_mask_names() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        # A row as it was read, changed and sent back whole: the mask says what is meant.
        made.title, made.city = "Lead", "Bergen"
        changed = (await ada("UpdateJob", job=made, update_mask={"paths": ["title"]})).job
        assert (changed.title, changed.city) == ("Lead", "Oslo")
        with pytest.raises(Refused) as caught:
            await ada("UpdateJob", job={"id": made.id}, update_mask={"paths": ["title", "status", "nothing"]})
        assert caught.value.violations == {
            "job.title": "expected text, got null",
            "job.status": "is read-only",
            "job.nothing": "is not known here",
        }


async def test_a_version_that_is_past_is_refused() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        await ada("UpdateJob", job={"id": made.id, "title": "Lead", "etag": made.etag})
        with pytest.raises(Refused) as caught:
            await ada("UpdateJob", job={"id": made.id, "title": "Other", "etag": made.etag})
        assert (caught.value.code, caught.value.info.reason) == (Code.ABORTED, "SB220")


async def test_everything_that_is_wrong_is_told_at_once() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        with pytest.raises(Refused) as caught:
            await ada("CreateJob", job={"company_id": company, "title": "x" * 200, "created_at": "now", "etag": "1"})
        assert caught.value.code is Code.INVALID_ARGUMENT
        assert caught.value.violations == {
            "job.title": "must have at most 140 characters, got 200",
            "job.created_at": "is read-only",
            "job.etag": "is read-only",
            "job.body": "is required",
            "job.city": "is required",
        }


async def test_who_may_not_is_told_no_more_than_that() -> None:
    """401, 404 and 403 come before faults of values, through this door too."""
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        for caller, code in ((on.stranger, Code.NOT_FOUND), (on.user("eve"), Code.NOT_FOUND)):
            for method, fields in (
                ("GetJob", {"id": made.id}),
                ("UpdateJob", {"job": {"id": made.id, "title": "x" * 200}}),
                ("PublishJob", {"id": made.id}),
            ):
                with pytest.raises(Refused) as caught:
                    await caller(method, **fields)
                assert caught.value.code is (Code.UNAUTHENTICATED if not caller.token and method != "GetJob" else code)
                assert caught.value.violations == {}
        with pytest.raises(Refused) as caught:
            await on.user("eve")("CreateJob", job=job(company, title="x" * 200))
        assert caught.value.code is Code.PERMISSION_DENIED
        with pytest.raises(Refused) as caught:
            await Caller(on, "not-issued-here")("GetJob", id=made.id)
        assert caught.value.code is Code.UNAUTHENTICATED


async def test_a_hidden_field_is_not_set() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        await ada("PublishJob", id=made.id)
        bob = on.user("bob")
        applied = (await bob("ApplyJob", id=made.id, letter="Hello")).application
        assert not applied.HasField("note")
        seen = (await ada("ListApplications")).applications
        assert [(each.HasField("note"), each.note) for each in seen] == [(True, "")]
        (own,) = (await bob("ListApplications")).applications
        assert not own.HasField("note")


async def test_a_read_mask_chooses_members_and_relations() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        for city in ("Oslo", "Bergen"):
            await ada("CreateJob", job=job(company, city=city))
        found = (await ada("GetCompany", id=company, read_mask={"paths": ["name", "jobs.city", "staff"]})).company
        assert (found.name, found.HasField("id"), found.HasField("etag")) == ("Acme", False, False)
        assert sorted(each.city for each in found.jobs) == ["Bergen", "Oslo"]
        assert [(each.role, each.HasField("id")) for each in found.staff] == [(found.staff[0].ROLE_RECRUITER, True)]
        newest = {"path": "jobs", "order_by": "created_at desc", "page_size": 1}
        found = (await ada("GetCompany", id=company, read_mask={"paths": ["*"]}, included=[newest])).company
        assert (found.name, [each.city for each in found.jobs]) == ("Acme", ["Bergen"])
        with pytest.raises(Refused) as caught:
            await ada("GetCompany", id=company, read_mask={"paths": ["nothing", "a.b.c.d.e.f.g.h.i"]})
        assert set(caught.value.violations) == {"read_mask"}


async def test_pages_go_on_where_the_one_before_ended() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        for at in range(5):
            await ada("CreateJob", job=job(company, title=f"Job {at}", city="Oslo" if at % 2 else "Bergen"))
        seen, token = [], ""
        while True:
            page = await ada("ListJobs", page_size=2, page_token=token, with_total_size=True)
            assert page.total_size == 5
            seen += [each.title for each in page.jobs]
            token = page.next_page_token
            if not token:
                break
        assert seen == [f"Job {at}" for at in (4, 3, 2, 1, 0)]
        some = await ada("ListJobs", filter='city = "Oslo" AND (status = "draft" OR status = "open")', query="job")
        assert [each.title for each in some.jobs] == ["Job 3", "Job 1"]
        with pytest.raises(Refused) as caught:
            await ada("ListJobs", page_size=-1, page_token="x", filter="body = x", order_by="title desc")
        assert set(caught.value.violations) == {"page_size", "page_token", "filter", "order_by"}


async def test_a_dry_run_leaves_nothing() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = await ada("CreateJob", job=job(company), validate_only=True)
        assert made.job.title == "Engineer"
        assert list((await ada("ListJobs")).jobs) == []
        with pytest.raises(Refused) as caught:
            await ada("CreateJob", job=job(company), max_affected=0)
        assert caught.value.code is Code.FAILED_PRECONDITION


async def test_a_batch_does_all_or_none() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        operations = [
            {"create": {"job": job(company, title="Second")}},
            {"update": {"job": {"id": made.id, "title": "First"}}},
            {"publish": {"id": made.id}},
        ]
        results = (await ada("BatchJobs", operations=operations)).results
        assert [each.WhichOneof("result") for each in results] == ["create", "update", "publish"]
        assert (results[0].create.job.title, results[1].update.job.title) == ("Second", "First")
        with pytest.raises(Refused) as caught:
            await ada("BatchJobs", operations=operations)
        assert (caught.value.code, caught.value.reason) == (Code.FAILED_PRECONDITION, "not_a_draft")
        assert caught.value.violations == {"operations[2]": "refused: not_a_draft"}
        with pytest.raises(Refused) as caught:
            await ada("BatchJobs", operations=[{}])
        assert caught.value.violations["operations[0]"].startswith("says no operation (one of `create`, `update`")
        with pytest.raises(Refused) as caught:
            wrong = [
                {"create": {"job": job(company, title="x" * 200)}},
                {"publish": {"id": made.id, "validate_only": True}},
            ]
            await ada("BatchJobs", operations=wrong)
        assert set(caught.value.violations) == {"operations[0].create.job.title", "operations[1].publish.validate_only"}
        assert len((await ada("ListJobs")).jobs) == 2


async def test_what_was_is_read_from_history() -> None:
    async with remote("jobs") as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        await ada("PublishJob", id=made.id)
        applied = (await on.user("bob")("ApplyJob", id=made.id, letter="Hello")).application
        outcome = on.door("DecideApplication").request.DESCRIPTOR.fields_by_name["outcome"].enum_type
        await ada("DecideApplication", id=applied.id, outcome=outcome.values_by_name["OUTCOME_REJECTED"].number)
        revisions = (await ada("ListApplicationRevisions", id=applied.id)).revisions
        assert [(each.version, each.Change.Name(each.change)) for each in revisions] == [
            (2, "CHANGE_UPDATE"),
            (1, "CHANGE_CREATE"),
        ]
        then = (await ada("GetApplication", id=applied.id, as_of=revisions[1].time)).application
        assert then.Status.Name(then.status) == "STATUS_SUBMITTED"


async def test_each_type_of_value_is_what_it_is_in_json(store_url: str) -> None:
    async with remote("conformance", store_url) as on:
        ann = on.user("ann")
        of = on.door("CreateThing").request().thing
        given = {
            "name": "one",
            "flag": False,
            "whole": 2**63 - 1,
            "ratio": 0.1,
            "price": "1.50",
            "text": "å\u2028",
            "word": of.WORD_C,
            "color": of.COLOR_IT_S_100,
            "moment": "2026-01-02T03:04:05+01:00",
            "day": "2026-01-02",
            "span": "PT90S",
            "code": "0191D3C0-7A3E-7C1B-9F5E-3F6F0A6B2C11",
            "blob": b"\x00\xff",
            "data": '{"a": [1, 9007199254740993, null]}',
            "words": {"values": ["b", "a"]},
            "numbers": {},
            "prices": {"values": ["2.5"]},
            "place": {"street": "High", "number": 0, "open": False},
            "secret": "s",
        }
        made = (await ann("CreateThing", thing=given)).thing
        assert made == (await ann("GetThing", id=made.id)).thing
        assert (made.HasField("flag"), made.flag, made.whole, made.ratio) == (True, False, 2**63 - 1, 0.1)
        assert (made.price, made.text, made.blob, made.secret) == ("1.50", "å\u2028", b"\x00\xff", "s")
        assert (made.word, made.color) == (made.WORD_C, made.COLOR_IT_S_100)
        assert (made.moment, made.day, made.span) == ("2026-01-02T02:04:05.000000Z", "2026-01-02", "PT90S")
        assert made.code == "0191d3c0-7a3e-7c1b-9f5e-3f6f0a6b2c11"
        assert made.data == '{"a":[1,9007199254740993,null]}'
        assert (list(made.words.values), list(made.prices.values)) == (["b", "a"], ["2.50"])
        # An empty list is there, and null is not.
        assert (made.HasField("numbers"), list(made.numbers.values), made.HasField("ratios")) == (True, [], False)
        assert (made.place.street, made.place.number, made.place.open, made.place.area) == ("High", 0, False, "0.00")
        assert not made.place.HasField("since")
        found = await ann("ListThings", filter=f"moment = {made.moment} AND word = c AND flag = false AND ratio:*")
        assert [each.id for each in found.things] == [made.id]
        empty = await ann(
            "UpdateThing", thing={"id": made.id}, update_mask={"paths": ["words", "word", "place", "data"]}
        )
        assert [empty.thing.HasField(name) for name in ("words", "word", "place", "data", "blob")] == [False] * 4 + [
            True
        ]


async def test_a_value_that_is_none_is_told_with_its_place() -> None:
    async with remote("conformance") as on:
        of = on.door("CreateThing").request().thing
        given = {
            "name": "one\0",
            "ratio": float("nan"),
            "word": of.WORD_UNSPECIFIED,
            "color": 99,
            "data": "{]",
            "prices": {"values": ["1", "x"]},
            "place": {"street": "High", "area": "1.234"},
        }
        with pytest.raises(Refused) as caught:
            await on.user("ann")("CreateThing", thing=given)
        assert caught.value.code is Code.INVALID_ARGUMENT
        assert set(caught.value.violations) == {
            "thing.name",
            "thing.ratio",
            "thing.word",
            "thing.color",
            "thing.data",
            "thing.prices[1]",
            "thing.place.area",
        }


async def test_rows_are_written_with_those_inside_them() -> None:
    async with remote("bazaar") as on:
        ann, eve = on.user("ann"), on.user("eve")
        ids = {}
        for name, caller in (("ann", ann), ("eve", eve)):
            with pytest.raises(Refused):
                await caller("GetUser", id=name)
            ids[name] = str(await user_id(on, name))
        good = (await eve("CreateGood", good={"owner_id": ids["eve"], "name": "tea", "shown": True})).good.id
        # Who has closed one may mark lines.
        await ann("CreateOrder", order={"buyer_id": ids["ann"], "closed": True})
        lines = [{"good_id": good, "place": 1, "marks": [{"word": "a"}]}, {"good_id": good, "place": 2}]
        made = (await ann("CreateOrder", order={"buyer_id": ids["ann"], "lines": lines})).order
        assert [(line.place, [mark.word for mark in line.marks]) for line in made.lines] == [(1, ["a"]), (2, [])]
        kept = {"id": made.id, "lines": [{"id": made.lines[0].id, "qty": 3}]}
        changed = (await ann("UpdateOrder", order=kept)).order
        assert [(line.id, line.qty) for line in changed.lines] == [(made.lines[0].id, 3)]
        none = (await ann("UpdateOrder", order={"id": made.id}, update_mask={"paths": ["lines"]})).order
        assert list(none.lines) == []
        with pytest.raises(Refused) as caught:
            wrong = [{"good_id": good, "place": 1, "etag": "1"}, {"place": 2}]
            await ann("UpdateOrder", order={"id": made.id, "lines": wrong})
        assert set(caught.value.violations) == {"order.lines[0].etag", "order.lines[1].good_id"}


async def user_id(on: Remote, name: str) -> Any:
    return (await on.app.store.fetch(Statement(f"SELECT id FROM \"user\" WHERE subject = '{name}'")))[0][0]


async def test_groups_are_counted_and_measured(store_url: str) -> None:
    async with remote("conformance", store_url) as on:
        ann = on.user("ann")
        for kind, price in (("a", "1.00"), ("a", "2.01"), ("b", None)):
            await ann("CreateSale", sale={"kind": kind, **({"price": price} if price else {})})
        found = await ann(
            "AggregateSales", group_by=["kind"], measures=["count", "sum.price", "avg.price", "max.price"]
        )
        told = [(each.kind, each.count, each.sum.price, each.avg.price, each.max.price) for each in found.groups]
        assert told == [("a", 2, "3.01", "1.50500000", "2.01"), ("b", 1, "", "", "")]
        assert [each.sum.HasField("price") for each in found.groups] == [True, False]
        with pytest.raises(Refused) as caught:
            await ann("AggregateSales", group_by=["nothing"], measures=["sum.kind"], page_size=-1)
        assert set(caught.value.violations) == {"group_by", "measures", "page_size"}


async def test_when_the_time_of_a_call_is_over_the_store_stops_too(postgres_server: str) -> None:
    """A deadline cancels the statement that waits: no connection stays busy, and none comes back dirty."""
    async with postgres_database(postgres_server) as url, remote("jobs", url) as on:
        ada, company = await hired(on)
        made = (await ada("CreateJob", job=job(company))).job
        other = await asyncpg.connect(url)
        watch = await asyncpg.connect(postgres_server)
        try:
            async with other.transaction():
                await other.execute("SELECT * FROM job FOR UPDATE")
                with pytest.raises(Refused) as caught:
                    await ada("UpdateJob", job={"id": made.id, "title": "Late"}, within_s=0.3)
                assert caught.value.code is Code.DEADLINE_EXCEEDED
                for _ in range(100):  # only the one that holds the row is left
                    if await watch.fetchval(BUSY, url.rpartition("/")[2]) == 1:
                        break
                    await asyncio.sleep(0.05)
                assert await watch.fetchval(BUSY, url.rpartition("/")[2]) == 1
        finally:
            await other.close()
            await watch.close()
        assert (await ada("GetJob", id=made.id)).job.title == "Engineer"


async def test_many_calls_at_once_are_answered(tmp_path: Path) -> None:
    async with remote("jobs", f"sqlite:///{tmp_path}/jobs.db") as on:
        ada, company = await hired(on)
        made = await asyncio.gather(*(ada("CreateJob", job=job(company, title=str(at))) for at in range(50)))
        assert {each.job.title for each in made} == {str(at) for at in range(50)}
