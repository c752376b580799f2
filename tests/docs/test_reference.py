"""The generated pages say what the source says."""

from __future__ import annotations

import pytest

from tests.docs import reference

PAGES = ("declaration.md", "command-line.md", "settings.md", "errors.md")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_source_says(name: str) -> None:
    written = (reference.FOLDER / name).read_text("utf-8")
    assert written == reference.pages()[name], "out of date: run scripts/docs"


def test_every_public_name_is_on_the_page_of_the_declaration() -> None:
    assert reference.undocumented() == set()


def test_no_other_page_is_generated() -> None:
    assert set(reference.pages()) == set(PAGES)
