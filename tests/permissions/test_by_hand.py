"""
One world whose answers are written by hand: what each caller sees and may do, without asking any code for it.

Acme employs Ann as a recruiter and Vic as a viewer; Beta employs Rob as a recruiter. Bob and Cat apply. Eve has an account and nothing
else; Ghost has a token and no account. Acme's `forge` is open, its `mint` a draft, its `mine` was open and is deleted; Beta has the draft
`loom` alone, so that no stranger knows of Beta.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from examples.jobs.service import jobs
from strongback.engine.pipeline import perform
from strongback.engine.runtime import Runtime
from strongback.errors import InvalidInput, StrongbackError
from strongback.plan.actor import ANONYMOUS, Actor
from strongback.plan.asked import Asked, FilterAsk, Kind, SelectAsk, Target
from strongback.testing.permissions import opened
from strongback.testing.samples import NOW
from strongback.testing.stored import ForgetfulStore, store_world
from strongback.testing.worlds import RawRow, World

USERS = ("ann", "vic", "rob", "bob", "cat", "eve")
CALLERS: Mapping[str, Actor] = {"nobody": ANONYMOUS, "ghost": Actor("ghost"), **{name: Actor(name) for name in USERS}}

# Every row by a name; what follows speaks of these.
NAMES = (
    *USERS, "acme", "beta", "ann@acme", "vic@acme", "rob@beta", "forge", "mint", "mine", "loom", "bob-forge", "cat-forge", "bob-mine",
)  # fmt: skip
IDS = {name: UUID(f"019ca945-0000-7000-8000-{n:012x}") for n, name in enumerate(NAMES, 1)}
ABSENT = UUID("019ca945-0000-7000-8000-ffffffffffff")

VISIBLE: Mapping[str, Mapping[str, set[str]]] = {
    "User": {
        "nobody": set(),
        "ghost": set(),
        "ann": {"ann", "bob", "cat"},  # herself, and those who applied at Acme
        "vic": {"vic"},
        "rob": {"rob"},
        "bob": {"bob"},
        "cat": {"cat"},
        "eve": {"eve"},
    },
    "Company": {
        "nobody": {"acme"},  # it has an open job
        "ghost": {"acme"},
        "ann": {"acme"},
        "vic": {"acme"},
        "rob": {"acme", "beta"},
        "bob": {"acme"},
        "cat": {"acme"},
        "eve": {"acme"},
    },
    "Membership": {
        "nobody": set(),
        "ghost": set(),
        "ann": {"ann@acme", "vic@acme"},
        "vic": {"ann@acme", "vic@acme"},
        "rob": {"rob@beta"},
        "bob": set(),
        "cat": set(),
        "eve": set(),
    },
    "Job": {
        "nobody": {"forge"},
        "ghost": {"forge"},
        "ann": {"forge", "mint"},
        "vic": {"forge"},  # a viewer is no recruiter
        "rob": {"forge", "loom"},
        "bob": {"forge"},
        "cat": {"forge"},
        "eve": {"forge"},
    },
    "Application": {
        "nobody": set(),
        "ghost": set(),
        "ann": {"bob-forge", "cat-forge", "bob-mine"},  # the job is gone, the application is not
        "vic": set(),
        "rob": set(),
        "bob": {"bob-forge", "bob-mine"},
        "cat": {"cat-forge"},
        "eve": set(),
    },
}

# (caller, operation, row, body): what comes of it.
WRITES: tuple[tuple[str, str, str, dict[str, Any] | None, str], ...] = (
    ("nobody", "Company.update", "acme", {"name": "New"}, "SB210"),
    ("eve", "Company.update", "acme", {"name": "New"}, "SB211"),
    ("vic", "Company.update", "acme", {"name": "New"}, "SB211"),
    ("rob", "Company.update", "acme", {"name": "New"}, "SB211"),
    ("ann", "Company.update", "acme", {"name": "New"}, "updated"),
    ("ann", "Company.update", "beta", {"name": "New"}, "SB212"),
    ("ann", "Company.update", "acme", {"name": "Beta"}, "SB231"),
    ("nobody", "Job.create", "", {"company_id": "acme", "title": "T", "body": "B", "city": "C"}, "SB210"),
    ("ghost", "Job.create", "", {"company_id": "acme", "title": "T", "body": "B", "city": "C"}, "SB211"),
    ("vic", "Job.create", "", {"company_id": "acme", "title": "T", "body": "B", "city": "C"}, "SB211"),
    ("ann", "Job.create", "", {"company_id": "acme", "title": "T", "body": "B", "city": "C"}, "created"),
    ("ann", "Job.create", "", {"company_id": "beta", "title": "T", "body": "B", "city": "C"}, "SB211"),
    ("ann", "Job.create", "", {"company_id": "absent", "title": "T", "body": "B", "city": "C"}, "SB211"),
    ("ann", "Job.update", "mint", {"city": "Oslo"}, "updated"),
    ("ann", "Job.update", "mine", {"city": "Oslo"}, "SB212"),
    ("ann", "Job.update", "loom", {"city": "Oslo"}, "SB212"),
    ("vic", "Job.update", "mint", {"city": "Oslo"}, "SB212"),
    ("vic", "Job.update", "forge", {"city": "Oslo"}, "SB211"),
    ("eve", "Job.update", "forge", {"title": "x" * 200}, "SB211"),  # the fault is not told to her
    ("ann", "Job.update", "forge", {"title": "x" * 200}, "SB201"),
    ("ann", "Job.delete", "forge", None, "SB211"),  # nobody may
    ("eve", "Job.delete", "mint", None, "SB212"),
    ("ann", "Membership.create", "", {"company_id": "acme", "user_id": "bob", "role": "viewer"}, "created"),
    (
        "ann",
        "Membership.create",
        "",
        {"company_id": "acme", "user_id": "eve", "role": "viewer"},
        "SB201",
    ),  # Ann cannot see Eve
    ("ann", "Membership.create", "", {"company_id": "acme", "user_id": "absent", "role": "viewer"}, "SB201"),
    ("eve", "Membership.create", "", {"company_id": "acme", "user_id": "eve", "role": "recruiter"}, "SB211"),
    ("vic", "Membership.update", "vic@acme", {"role": "recruiter"}, "SB211"),  # nor promote oneself
    ("ann", "Membership.update", "ann@acme", {"role": "viewer"}, "SB211"),  # the new row is judged too
    ("ann", "Membership.update", "vic@acme", {"role": "recruiter"}, "updated"),
    ("ann", "Membership.delete", "vic@acme", None, "deleted"),
    ("vic", "Membership.delete", "ann@acme", None, "SB211"),
    ("rob", "Membership.delete", "ann@acme", None, "SB212"),
    ("bob", "Application.delete", "bob-forge", None, "deleted"),
    ("ann", "Application.delete", "bob-forge", None, "SB211"),
    ("cat", "Application.delete", "bob-forge", None, "SB212"),
    ("eve", "User.update", "eve", {"name": "E"}, "updated"),
    ("ann", "User.update", "bob", {"name": "E"}, "SB211"),
    ("cat", "User.update", "bob", {"name": "E"}, "SB212"),
    ("ann", "Job.publish", "mint", {}, "reached"),
    ("vic", "Job.publish", "forge", {}, "SB211"),
    ("vic", "Job.publish", "mint", {}, "SB212"),
    ("nobody", "Job.publish", "forge", {}, "SB210"),
    ("eve", "Job.apply", "forge", {"letter": "L"}, "reached"),
    ("ghost", "Job.apply", "forge", {"letter": "L"}, "SB211"),
    ("nobody", "Job.apply", "forge", {"letter": "L"}, "SB210"),
    ("ann", "Job.apply", "mint", {"letter": "L"}, "SB211"),  # she reads it, but it is not open
    ("eve", "Job.apply", "mint", {"letter": "L"}, "SB212"),
    ("eve", "Company.found", "", {"name": "Eve & Co"}, "reached"),
    ("ghost", "Company.found", "", {"name": "Ghost & Co"}, "SB211"),
    ("nobody", "Company.found", "", {"name": "N"}, "SB210"),
    ("ann", "Application.decide", "bob-mine", {"outcome": "rejected"}, "reached"),
    ("bob", "Application.decide", "bob-forge", {"outcome": "shortlisted"}, "SB211"),
    ("rob", "Application.decide", "bob-forge", {"outcome": "shortlisted"}, "SB212"),
)


def _row(entity: str, row: str, hours: int = 0, tenant: str = "", deleted: bool = False, /, **values: Any) -> RawRow:
    made = NOW - timedelta(hours=hours)
    ids = {key: IDS[value] if key.endswith("_id") else value for key, value in values.items()}
    return RawRow(entity, IDS[row], ids, made, made, IDS[tenant] if tenant else None, deleted=deleted)


def _rows() -> list[RawRow]:
    people = [_row("User", n, subject=n, name=n.title(), email=f"{n}@example.org") for n in USERS]
    companies = [_row("Company", "acme", name="Acme"), _row("Company", "beta", name="Beta")]
    staff = [("ann", "acme", "recruiter"), ("vic", "acme", "viewer"), ("rob", "beta", "recruiter")]
    members = [_row("Membership", f"{u}@{c}", 0, c, company_id=c, user_id=u, role=r) for u, c, r in staff]
    posts = [("forge", "acme", "open", False, 1), ("mint", "acme", "draft", False, 2), ("mine", "acme", "open", True, 3),
             ("loom", "beta", "draft", False, 4)]  # fmt: skip
    works = [
        _row("Job", n, h, c, gone, company_id=c, title=n, body=f"About {n}", city="Oslo", status=s)
        for n, c, s, gone, h in posts
    ]
    sent = [
        _row(
            "Application",
            f"{u}-{j}",
            0,
            "acme",
            job_id=j,
            candidate_id=u,
            letter=f"I am {u}",
            note="secret",
            status="submitted",
        )
        for u, j in (("bob", "forge"), ("cat", "forge"), ("bob", "mine"))
    ]
    return [*people, *companies, *members, *works, *sent]


@asynccontextmanager
async def by_hand(url: str) -> AsyncIterator[Runtime]:
    async with opened(jobs, url) as app:
        world = World(app.model, "by hand")
        for row in _rows():
            world.add(row)
        await store_world(app, world)
        app.runtime.programs.store = ForgetfulStore(app.store)
        yield app.runtime


async def _did(runtime: Runtime, caller: str, asked: Asked) -> tuple[str, Any]:
    """How it ended (the code, or what was done), and the outcome or error."""
    try:
        outcome = await perform(asked, CALLERS[caller], runtime)
    except StrongbackError as error:
        return error.code, error
    except Exception as reached:
        return type(reached).__name__.lower(), reached
    return outcome.did, outcome


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _get(entity: str, name: str, select: SelectAsk | None = None) -> Asked:
    return Asked(Target(entity, "get", "get"), str(IDS[name]), select or SelectAsk())


async def test_who_reads_which_row(store_url: str) -> None:
    """Each row, for each caller."""
    async with by_hand(store_url) as runtime:
        for entity, table in VISIBLE.items():
            rows = [row for row in _rows() if row.entity == entity]
            names = {row.id: name for name, id_ in IDS.items() for row in rows if row.id == id_}
            for caller, visible in table.items():
                ends = {name: (await _did(runtime, caller, _get(entity, name)))[0] for name in names.values()}
                never = caller == "nobody" and entity in ("User", "Membership", "Application")
                hidden = "SB210" if never else "SB212"
                assert ends == {n: "read" if n in visible else hidden for n in names.values()}, (entity, caller)


async def test_lists_counts_and_relations(store_url: str) -> None:
    """A list, its count and what comes with it hold what the caller reads, newest first."""
    expected = {
        "nobody": ["forge"], "ghost": ["forge"], "ann": ["forge", "mint"], "vic": ["forge"], "rob": ["forge", "loom"],
        "bob": ["forge"], "eve": ["forge"],
    }  # fmt: skip
    applied = {"ann": {"bob", "cat"}, "bob": {"bob"}, "cat": {"cat"}, "eve": set(), "nobody": set(), "vic": set()}
    select = SelectAsk(include={"company": SelectAsk(("name",)), "applications": SelectAsk(("candidate_id",))})
    async with by_hand(store_url) as runtime:
        for caller, titles in expected.items():
            asked = Asked(Target("Job", "list", "search"), select=select, count=True)
            _, page = await _did(runtime, caller, asked)
            items = _plain(list(page.items))
            assert ([item["title"] for item in items], page.count) == (titles, len(titles)), caller
            assert items[0]["company"] == {"name": "Acme"}
        for caller, candidates in applied.items():
            _, found = await _did(runtime, caller, _get("Job", "forge", select))
            seen = {each["candidate_id"] for each in _plain(found.item)["applications"]}
            assert seen == {str(IDS[name]) for name in candidates}, caller


async def test_filters_find_nothing_hidden(store_url: str) -> None:
    """Neither a draft nor a company that the caller does not read shows through a filter."""
    async with by_hand(store_url) as runtime:
        for caller, member, value, titles in (
            ("nobody", "status", "draft", []),
            ("ann", "status", "draft", ["mint"]),
            ("rob", "status", "draft", ["loom"]),
            ("ann", "company_id", str(IDS["beta"]), []),
            ("rob", "company_id", str(IDS["beta"]), ["loom"]),
        ):
            asked = Asked(
                Target("Job", "list", "search"), filters=(FilterAsk(member, "eq", (value,), member, text=False),)
            )
            _, page = await _did(runtime, caller, asked)
            assert [item["title"] for item in _plain(list(page.items))] == titles, (caller, member, value)


async def test_the_note_is_for_reviewers(store_url: str) -> None:
    """A candidate's view has no `note`, asked for by name or not; nor has it the reviewer's tag."""
    async with by_hand(store_url) as runtime:
        tags = []
        for caller, sees in (("ann", True), ("bob", False)):
            for select in (SelectAsk(), SelectAsk(("id", "note"))):
                _, found = await _did(runtime, caller, _get("Application", "bob-forge", select))
                assert ("note" in _plain(found.item)) is sees
            tags.append(found.etag)
        assert tags[0] != tags[1]


async def test_who_changes_what(store_url: str) -> None:
    """Each write and action ends as written down."""
    async with by_hand(store_url) as runtime:
        for case in WRITES:
            await _check_write(runtime, *case)


async def _check_write(
    runtime: Runtime, caller: str, operation: str, row: str, body: dict[str, Any] | None, end: str
) -> None:
    entity, name = operation.split(".")
    kinds: Mapping[str, Kind] = {"create": "create", "update": "update", "delete": "delete"}
    given = body and {k: str(IDS.get(v, ABSENT)) if k.endswith("_id") else v for k, v in body.items()}
    asked = Asked(Target(entity, kinds.get(name, "action"), name), str(IDS[row]) if row else None, body=given)
    assert (await _did(runtime, caller, asked))[0] == end, (caller, operation, row)


async def test_a_row_unread_is_as_one_that_is_not_there(store_url: str) -> None:
    """Referring to either is refused in the same words."""
    async with by_hand(store_url) as runtime:
        told = []
        for user in (IDS["eve"], ABSENT):
            body = {"company_id": str(IDS["acme"]), "user_id": str(user), "role": "viewer"}
            _, error = await _did(runtime, "ann", Asked(Target("Membership", "create", "create"), body=body))
            assert isinstance(error, InvalidInput)
            told.append((error.message, error.faults))
        assert told[0] == told[1]
        assert told[0][1][0].where == "/user_id"
