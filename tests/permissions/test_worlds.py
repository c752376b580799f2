"""Worlds: what they hold, and that the plain objects made of them are what a store would give back."""

from __future__ import annotations

from random import Random
from uuid import UUID

import pytest
import re2

from strongback.model.load import load
from strongback.plan.typed import check_typed
from strongback.predicate.types import Type
from strongback.testing.batches import draw_write
from strongback.testing.oracle import Oracle
from strongback.testing.patterns import matching
from strongback.testing.permissions import matrix_of, opened
from strongback.testing.report import Report
from strongback.testing.samples import Samples
from strongback.testing.stored import differences, store_world, stored_rows
from strongback.testing.worlds import World, make_world, uniques_of
from tests.services.clinic import clinic
from tests.services.guild import guild
from tests.services.legacy import legacy

GUILD, CLINIC, LEGACY = load(guild), load(clinic), load(legacy)
SEEDS = [f"world/{n}" for n in range(12)]


def _held(world: World) -> list[object]:
    return [(row.entity, row.id, row.values, row.deleted, row.tenant, row.created_at) for row in world.all()]


def test_a_seed_makes_one_world() -> None:
    """Equal seeds, equal worlds, to the last value and id."""
    assert _held(make_world(GUILD, "a")) == _held(make_world(GUILD, "a"))
    assert _held(make_world(GUILD, "a")) != _held(make_world(GUILD, "b"))


def test_worlds_hold_what_permissions_stumble_over() -> None:
    """Deleted rows that others refer to, null references, own kind, ties in time, several tenants."""
    rows = [row for seed in SEEDS for row in make_world(GUILD, seed).all()]
    deleted = {row.id for row in rows if row.deleted}
    assert deleted
    assert any(value in deleted for row in rows for value in row.values.values() if isinstance(value, UUID))
    pieces = [row for row in rows if row.entity == "Piece"]
    assert {row.values["maker_id"] is None for row in pieces} == {True, False}
    assert any(row.values["part_of_id"] is not None for row in pieces)
    assert len({row.created_at for row in pieces}) < len(pieces)
    assert {row.values["salary"] is None for row in rows if row.entity == "Person"} == {True, False}


def test_references_stay_in_their_tenant() -> None:
    """A row's tenant is the one at the end of its path, and no reference between rows of tenants leaves it."""
    for seed in SEEDS:
        world = make_world(CLINIC, seed)
        wards = {row.id: row for row in world.rows["Ward"]}
        visits = {row.id: row for row in world.rows["Visit"]}
        assert all(row.tenant == row.values["clinic_id"] for row in wards.values())
        assert all(row.tenant == wards[row.values["ward_id"]].tenant for row in visits.values())
        followed = [row for row in visits.values() if row.values["follows_id"] is not None]
        assert all(visits[row.values["follows_id"]].tenant == row.tenant for row in followed)
        assert all(row.tenant == visits[row.values["visit_id"]].tenant for row in world.rows["Note"])


def test_constraints_hold() -> None:
    """No two rows share what must be unique."""
    for seed in SEEDS:
        world = make_world(GUILD, seed)
        for entity in GUILD.entities:
            for unique in uniques_of(entity):
                keys = [unique.key(row.values) for row in world.rows[entity.name]]
                whole = [key for key in keys if key is not None]
                assert len(whole) == len(set(whole))


def test_lists_leave_out_deleted_rows_and_paths_do_not() -> None:
    """As stores do (docs/decisions, soft-deleted paths)."""
    world = next(w for w in (make_world(GUILD, s) for s in SEEDS) if any(r.deleted for r in w.rows["Piece"]))
    objects = Oracle(guild, GUILD, world).objects
    for row in world.rows["Piece"]:
        piece = objects[row.id]
        assert piece.craft is objects[row.values["craft_id"]]
        assert (piece in piece.craft.pieces) is not row.deleted
        if piece.part_of is not None:
            assert (piece in piece.part_of.parts) is not row.deleted


def test_what_would_be_leaves_no_trace() -> None:
    """After judging a row with other values, every object is as it was."""
    world = make_world(GUILD, "trace")
    oracle = Oracle(guild, GUILD, world)
    row = next(each for each in world.rows["Piece"] if not each.deleted)
    piece, other = oracle.objects[row.id], next(c for c in world.rows["Craft"] if c.id != row.values["craft_id"])
    before = {
        id_: {k: list(v) if isinstance(v, list) else v for k, v in o.__dict__.items()}
        for id_, o in oracle.objects.items()
    }
    with oracle.with_changes(piece, {"craft_id": other.id, "title": "new"}):
        assert piece.title == "new"
        assert piece in oracle.objects[other.id].pieces
        assert piece not in oracle.objects[row.values["craft_id"]].pieces
    after = {
        id_: {k: list(v) if isinstance(v, list) else v for k, v in o.__dict__.items()}
        for id_, o in oracle.objects.items()
    }
    assert after == before


def test_the_oracle_reads_who_may_be_anonymous() -> None:
    """`me: Person | None` lets anonymous callers in, `me: Person` does not."""
    grants = Oracle(guild, GUILD, make_world(GUILD, "a")).grants
    roles = grants.roles("Piece")
    assert {name for name, role in roles.items() if grants.lets_anonymous_in(role)} == {"shown", "whole"}
    assert grants.anonymous_might(grants.access("Piece", "read"))
    assert not grants.anonymous_might(grants.access("Piece", "create"))
    assert not grants.anonymous_might(grants.access("Craft", "delete")), "what is not granted, nobody may"


@pytest.mark.parametrize(
    "pattern",
    [
        "[A-Z]{2}-[0-9]{4}",
        "[a-z]+(-[a-z0-9]+)*",
        r"\d{3,5}",
        "(red|green)!?",
        "[^a-y ]{2}",
        r"v\d+\.\d+",
        "#[0-9a-f]{6}",
    ],
)
def test_texts_match_their_pattern(pattern: str) -> None:
    """What is drawn for a pattern mostly fits it."""
    drawn = [matching(pattern, Random(n)) for n in range(20)]
    assert sum(text is not None and re2.fullmatch(pattern, text) is not None for text in drawn) >= 15


async def test_a_change_of_a_row_without_a_version_is_seen() -> None:
    """Its values alone tell of it."""
    async with opened(legacy, "sqlite://") as app:
        await store_world(app, make_world(LEGACY, "a"))
        before = await stored_rows(app)
        assert differences(before, await stored_rows(app)) == []
        async with app.store.session() as session:
            await session.run("UPDATE tbl_customers SET cust_nm = 'changed'")
        changed = differences(before, await stored_rows(app))
        assert {line.split()[:2] == ["new:", "tbl_customers"] for line in changed if "changed" in line} == {True}


async def test_a_row_to_be_has_the_id_of_no_row_of_any_kind() -> None:
    """The oracle finds rows by their id; numbers of several tables, and of the database itself, could be the same."""
    world = make_world(LEGACY, "a")
    numbers = {id_ for id_ in world.by_id if isinstance(id_, int)}
    assert numbers and len(world.by_id) == sum(1 for _ in world.all())
    assert not {number + 1 for number in numbers} & numbers, "which SQLite gives next"
    async with opened(legacy, "sqlite://") as app:
        matrix = matrix_of(app, legacy, world, Report("legacy", "sqlite", 1))
        caller = matrix.oracle.callers()[0]
        drawn = [draw_write(matrix, LEGACY.entity("Visit"), "create", caller).id for _ in range(200)]
    assert not set(drawn) & set(world.by_id)


@pytest.mark.parametrize("bounds", [{}, {"min": 1, "max": 9_999}, {"min": 2**31}, {"max": 99}])
def test_a_key_that_is_made_up_is_within_its_bounds(bounds: dict[str, int]) -> None:
    samples, type_ = Samples(LEGACY, Random(1)), Type("int", **bounds)
    keys = [samples.id(type_) for _ in range(90)]
    assert len(set(keys)) == 90 and all(check_typed(type_, key) == key for key in keys)
