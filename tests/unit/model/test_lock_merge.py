"""Two branches that took one number: told with both names, and resolved on request."""

from __future__ import annotations

import json

import pytest

from strongback.errors import DeclarationError
from strongback.model.lock_file import lock_from_json, lock_to_json
from strongback.model.lock_merge import resolve

TWICE = {"entities": {"Job": {"number": 1, "members": {"live": {"title": 6, "city": 9, "salary": 9}}}}}
CONFLICT = b"""{
  "lock_version": 1,
  "entities": {
    "Job": {
      "number": 1,
      "members": {
        "live": {
          "title": 6,
<<<<<<< HEAD
          "city": 7
=======
          "salary": 7,
          "bonus": 8
>>>>>>> other
        }
      }
    }
  }
}
"""


def members(data: bytes) -> dict[str, int]:
    return resolve(data)[0].entities["Job"].members.live


def test_a_number_given_twice_is_refused_with_both_names() -> None:
    with pytest.raises(DeclarationError) as caught:
        lock_from_json(json.dumps(TWICE).encode())
    assert "gives the number 9 twice among the members of Job: to `city` and `salary`" in str(caught.value)
    assert "strongback lock --resolve" in str(caught.value)


def test_the_first_keeps_the_number_and_the_other_gets_the_next_free_one() -> None:
    lock, moved = resolve(json.dumps(TWICE).encode())
    assert lock.entities["Job"].members.live == {"title": 6, "city": 9, "salary": 10}
    assert [str(each) for each in moved] == ["members of Job: `salary` gets 10; 9 is `city`"]
    assert lock_from_json(lock_to_json(lock)) == lock


def test_a_retired_number_is_nobodys() -> None:
    held = {"live": {"city": 9}, "retired": {"9": "old"}}
    lock, _ = resolve(json.dumps({"entities": {"Job": {"number": 1, "members": held}}}).encode())
    assert lock.entities["Job"].members.live == {"city": 10}


def test_entities_and_parts_are_parted_as_well() -> None:
    parts = {"status": {"live": {"open": 2, "held": 2}}}
    data = {"entities": {"Job": {"number": 1, "parts": parts}, "Team": {"number": 1}}}
    with pytest.raises(DeclarationError) as caught:
        lock_from_json(json.dumps(data).encode())
    assert "the number 1 twice among the entities: to `Job` and `Team`" in str(caught.value)
    assert "the number 2 twice among the status of Job: to `open` and `held`" in str(caught.value)
    lock, _ = resolve(json.dumps(data).encode())
    assert {name: entry.number for name, entry in lock.entities.items()} == {"Job": 1, "Team": 2}
    assert lock.entities["Job"].parts["status"].live == {"open": 2, "held": 3}


def test_both_sides_of_a_conflict_are_kept() -> None:
    with pytest.raises(DeclarationError, match="--resolve"):
        lock_from_json(CONFLICT)
    assert members(CONFLICT) == {"title": 6, "city": 7, "salary": 9, "bonus": 8}


def test_what_stood_before_the_conflict_is_no_side() -> None:
    shown = CONFLICT.replace(b"=======", b'||||||| base\n          "gone": 5\n=======')
    assert members(shown) == members(CONFLICT)


def test_what_is_no_lock_even_so_is_refused() -> None:
    with pytest.raises(DeclarationError, match="take one side"):
        resolve(b"{")
