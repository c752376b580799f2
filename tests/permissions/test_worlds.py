"""Worlds: what they hold, and that the plain objects made of them are what a store would give back."""

from __future__ import annotations

from random import Random
from uuid import UUID

import pytest
import re2

from strongback.model.load import load
from strongback.testing.oracle import Oracle
from strongback.testing.patterns import matching
from strongback.testing.worlds import World, make_world, uniques_of
from tests.services.clinic import clinic
from tests.services.guild import guild

GUILD, CLINIC = load(guild), load(clinic)
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
