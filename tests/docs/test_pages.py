"""Every code has a page, and every page a code that is raised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "strongback"
PAGES = {file.stem: file for file in sorted((PACKAGE / "pages").glob("SB*.md"))}
USED = {code for file in PACKAGE.rglob("*.py") for code in re.findall(r"\bSB\d{3}\b", file.read_text())}


def test_every_code_has_a_page() -> None:
    assert sorted(USED - PAGES.keys()) == []


def test_every_page_is_about_a_code_that_exists() -> None:
    assert sorted(PAGES.keys() - USED) == []


@pytest.mark.parametrize("code", PAGES)
def test_a_page_says_what_it_means_and_what_to_do(code: str) -> None:
    text = PAGES[code].read_text()
    assert re.match(rf"# {code} \S.+\n\n", text)
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == ["What it means", "Example", "What to do"]
    assert all(part.strip() for part in re.split(r"^##? .+$", text, flags=re.MULTILINE)[2:])
