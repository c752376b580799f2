"""The page of duties promises nothing: a command that it names runs, and a duty without a test says "not yet"."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.blocks import PROJECT, Block, Session

PAGE = (PROJECT / "docs" / "the-role.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
DUTIES = [row for row in ROWS if row[0] not in ("duty", "---")]


def test_every_duty_has_a_command_or_says_not_yet() -> None:
    assert len(DUTIES) > 30
    assert [row[0] for row in DUTIES if not row[1] and "not yet" not in row[0]] == []


def test_what_can_be_tried_has_a_test() -> None:
    assert [
        row[0] for row in DUTIES if not row[1].startswith("not yet") and not row[2] and "not yet" not in row[0]
    ] == []
    for named in re.findall(r"`scripts/test (\S+)`", PAGE):
        assert (PROJECT / named).exists()


def test_its_commands_run(tmp_path: Path) -> None:
    session = Session(tmp_path / "clone", "")
    commands = re.findall(r"`(strongback (?!run\b|new\b)[^`]+)`", "\n".join(row[1] for row in DUTIES))
    assert len(commands) > 6
    text = "\n".join(dict.fromkeys(commands)).replace("SERVICE", "examples/jobs/service.py:jobs")
    session.take(Block("sh", {}, text, 1))
