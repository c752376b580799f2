"""What a document shows works: its code blocks are run, and what they print is what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.blocks import DATABASE, PROJECT, Session, blocks_of, sessions_under

DOCUMENTS = [document for document in sessions_under(PROJECT) if blocks_of(document)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_its_blocks_run(document: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    needs_database = DATABASE in document.read_text("utf-8")
    database = str(request.getfixturevalue("postgres_url")) if needs_database else ""
    session = Session(tmp_path / "clone", database)
    try:
        for block in blocks_of(document):
            try:
                session.take(block)
            except Exception as broken:
                pytest.fail(f"{document.name}:{block.line}: {broken}", pytrace=False)
    finally:
        session.close()


@pytest.mark.parametrize("text", ["```\nx\n```\n", "```python oops\nx\n```\n"])
def test_a_block_says_what_it_is(text: str, tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text(text)
    with pytest.raises(AssertionError, match="says what it is"):
        blocks_of(document)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("```sh\nfalse\n```", "exit code 1"),
        ("```sh\necho one\n```\n```text output\ntwo\n```", "shown"),
        ('```sh\necho \'{"a": 1}\'\n```\n```json output\n{"a": 2}\n```', "shown"),
        ('```python\nassert 1 == 2, "sums"\n```', "sums"),
        ("```python in=examples/jobs/service.py\nclass Nothing(sb.Entity):\n```", "not in service.py"),
        ('```sh skip="why"\nfalse\n```', "says why"),
    ],
)
def test_a_block_that_does_not_work_is_found(block: str, message: str, tmp_path: Path) -> None:
    document = tmp_path / "wrong.md"
    document.write_text(f"{block}\n")
    session = Session(tmp_path / "clone", "")
    *before, last = blocks_of(document)
    for each in before:
        session.take(each)
    with pytest.raises(AssertionError, match=message):
        session.take(last)


def test_a_document_imports_its_own_modules_and_leaves_those_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = ModuleType("service")
    monkeypatch.setitem(sys.modules, "service", foreign)
    document = tmp_path / "page.md"
    document.write_text("```python file=service.py\nmine = 1\n```\n```python\nfrom service import mine\n```\n")
    session = Session(tmp_path / "clone", "")
    for block in blocks_of(document):
        session.take(block)
    assert session.names["mine"] == 1 and sys.modules["service"] is foreign
