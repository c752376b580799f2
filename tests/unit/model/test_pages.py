"""Every code that the model's checks raise has a page."""

from __future__ import annotations

import re
from pathlib import Path

MODEL = Path(__file__).parents[3] / "src" / "strongback" / "model"
PAGES = MODEL.parent / "pages"


def test_every_code_has_a_page_with_the_three_sections() -> None:
    codes = {code for file in MODEL.rglob("*.py") for code in re.findall(r'"(SB1\d\d)"', file.read_text())}
    assert len(codes) > 30
    for code in sorted(codes):
        page = (PAGES / f"{code}.md").read_text()
        assert page.startswith(f"# {code} ")
        assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["What it means", "Example", "What to do"]
