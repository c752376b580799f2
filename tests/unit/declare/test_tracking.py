"""Between rows and stores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import pytest

import strongback as sb
from strongback.declare.tracking import (
    attach,
    current_work,
    detach,
    hollow,
    is_loaded,
    is_stored,
    mutated,
    reference_id,
    restore,
    values_of,
)
from strongback.errors import NotLoaded
from strongback.model.uuid7 import uuid7

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


class State(StrEnum):
    OPEN = "open"
    DONE = "done"


class Place(sb.Value):
    city: str
    state: State = State.OPEN


class Board(sb.Entity):
    title: str
    cards: list[Card] = sb.inverse("board")


class Card(sb.Entity):
    board: Board = sb.to_one(immutable=True)
    blocks: Card | None
    state: State
    past: list[State]
    place: Place | None
    labels: list[str]
    extra: sb.JSON


class Told:
    """What a unit of work hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, str]] = []

    def made(self, row: sb.Entity) -> None:
        self.heard.append((row, "made"))

    def changed(self, row: sb.Entity, name: str) -> None:
        self.heard.append((row, name))


@pytest.fixture
def told() -> Iterator[Told]:
    work = Told()
    token = current_work.set(work)
    yield work
    current_work.reset(token)


def stored_card(board: UUID, **more: object) -> Card:
    values = {
        "id": uuid7(),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "board_id": board,
        "blocks_id": None,
        "state": "done",
        "past": ["open"],
        "place": {"city": "Oslo", "state": "done"},
        "labels": ["a"],
        "extra": {"n": [1]},
    }
    return restore(Card, {**values, **more})


def test_a_restored_row_has_the_values_its_annotations_say(told: Told) -> None:
    card = stored_card(uuid7())
    assert card.state is State.DONE
    assert card.past == [State.OPEN] and card.past[0] is State.OPEN
    assert card.place == Place(city="Oslo", state=State.DONE)
    assert (card.labels, card.extra, card.created_at) == (["a"], {"n": [1]}, MOMENT)
    assert card.blocks is None
    assert stored_card(uuid7(), place=None).place is None
    assert told.heard == []


def test_a_store_gets_back_what_it_gave() -> None:
    board = uuid7()
    card = stored_card(board)
    assert values_of(card) == {
        "id": card.id,
        "board_id": board,
        "blocks_id": None,
        "state": "done",
        "past": ["open"],
        "place": {"city": "Oslo", "state": "done"},
        "labels": ["a"],
        "extra": {"n": [1]},
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }


def test_a_row_known_by_its_id_can_be_compared_and_referred_to_but_not_read(told: Told) -> None:
    board = hollow(Board, uuid7())
    card = stored_card(board.id)
    assert card.board == board
    assert reference_id(card, "board") == board.id
    with pytest.raises(NotLoaded) as caught:
        card.board.title
    assert caught.value.code == "SB140"
    assert "`Board.title` was not loaded" in str(caught.value)
    with pytest.raises(NotLoaded):
        board.cards
    with pytest.raises(NotLoaded):
        board.title = "lost"
    assert told.heard == []


def test_loaded_rows_are_attached_on_both_sides(told: Told) -> None:
    board = restore(Board, {"id": uuid7(), "title": "b"})
    assert not is_loaded(board, "cards")
    cards = [stored_card(board.id), stored_card(board.id)]
    attach(board, "cards", cards)
    assert board.cards == cards
    assert all(card.board is board for card in cards)
    made = restore(Card, {"id": uuid7(), "board_id": board.id}, {"board": board})
    assert made.board is board and board.cards == cards
    detach(cards[0])
    assert board.cards == cards[1:]
    assert told.heard == []


def test_a_new_row_joins_the_loaded_rows_of_its_other_side(told: Told) -> None:
    board = restore(Board, {"id": uuid7(), "title": "b"}, {"cards": []})
    card = Card(board=board, blocks=None, state=State.OPEN, past=[], place=None, labels=[], extra=1)
    assert board.cards == [card]
    assert told.heard == [(card, "made")]
    assert (is_stored(board), is_stored(card)) == (True, False)


def test_work_is_told_of_every_assignment(told: Told) -> None:
    card = stored_card(uuid7())
    card.state, card.blocks = State.OPEN, None
    assert told.heard == [(card, "state"), (card, "blocks")]


def test_what_is_immutable_is_not_assigned_to_a_stored_row() -> None:
    card = stored_card(uuid7())
    with pytest.raises(AttributeError, match="immutable"):
        card.board = hollow(Board, uuid7())


def test_a_list_or_json_value_changed_in_place_is_seen() -> None:
    card = stored_card(uuid7())
    assert mutated(card) == frozenset()
    assert card.labels == ["a"]
    assert mutated(card) == frozenset()
    card.labels.append("b")
    assert isinstance(card.extra, dict)
    card.extra["n"] = [2]
    assert mutated(card) == {"labels", "extra"}


def test_nobody_is_told_outside_of_work() -> None:
    board = Board(title="b")
    board.title = "c"
    assert current_work.get() is None
    assert board.title == "c"
