"""Lines: one message, one line, whatever is in it."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from strongback.observe.line import Clock, console_line, json_line

EVIL = st.text('\r\n\x00\x1b\x9b\x85\x0b\x0c\x1c\u2028\u2029\u202e\x7f"\\a=', max_size=20)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | EVIL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | EVIL, inner, max_size=3),
    max_leaves=10,
)
MESSAGES = st.dictionaries(st.sampled_from(["event", "level", "at", "code", "x\ny"]), TREES, max_size=5)


@given(values=MESSAGES)
def test_a_message_is_one_line_of_json(values: dict[str, object]) -> None:
    line = json_line(values).decode()
    assert line.endswith("}\n") and len(line.splitlines()) == 1
    assert isinstance(json.loads(line), dict)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", line)


@given(text=st.text(st.characters(codec="utf-8")) | EVIL)
def test_json_gives_back_the_text(text: str) -> None:
    assert json.loads(json_line({"event": text})) == {"event": text}


@given(values=MESSAGES)
def test_words_are_one_line_and_hold_no_terminal_command(values: dict[str, object]) -> None:
    line = console_line({name: value for name, value in values.items() if name != "level"}, colour=False).decode()
    assert len(line.splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", line)


def test_a_value_cannot_pass_for_another_pair() -> None:
    line = console_line({"event": "x", "code": "a outcome=ok", "setting": ""}, colour=False)
    assert line.endswith(b'x  code="a outcome=ok" setting=""\n')


def test_what_json_does_not_know_is_named_by_type_only() -> None:
    class Secret:
        def __repr__(self) -> str:
            return "s3cret"

    assert json.loads(json_line({"event": "x", "code": Secret()})) == {"event": "x", "code": "[Secret]"}


def test_what_cannot_be_written_leaves_a_line_that_says_so() -> None:
    endless: list[object] = []
    endless.append(endless)
    for value in ("\ud800", endless):
        assert json.loads(json_line({"event": "x", "code": value}))["event"] == "a message that cannot be written"


def test_large_numbers_and_decimals_are_written() -> None:
    assert json.loads(json_line({"event": "x", "a": 2**60, "b": Decimal("1.50")})) == {
        "event": "x",
        "a": 2**60,
        "b": "1.50",
    }


def test_frames_stand_below_the_words() -> None:
    line = console_line({"event": "broke", "frames": ["a.py:1 f", "b.py:2 g\nh"]}, colour=False)
    assert line.endswith(b"broke\n    a.py:1 f\n    b.py:2 g\\u000ah\n")


def test_the_time_is_utc_to_the_microsecond_and_does_not_go_back() -> None:
    clock = Clock()
    seen = [clock.now() for _ in range(1_000)]
    assert seen == sorted(seen)
    parsed = dt.datetime.fromisoformat(seen[-1])
    assert parsed.utcoffset() == dt.timedelta(0)
    assert abs(dt.datetime.now(dt.UTC) - parsed) < dt.timedelta(minutes=1)
