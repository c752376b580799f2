"""The page at `/graphql`: lists what there is, asks, shows the answer; by keyboard, in both colour schemes, from no foreign origin."""

from __future__ import annotations

import pytest

LACKING = "lacks playwright: pip install -r requirements/dev.txt"
pytest.importorskip("playwright.sync_api", reason=LACKING)
pytest.importorskip("axe_playwright_python.sync_playwright", reason=LACKING)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - after it is known to be there
from playwright.sync_api import Browser, expect  # noqa: E402


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_document_is_chosen_sent_and_answered(browser: Browser, example: str, scheme: str) -> None:
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light", base_url=example)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto("/graphql")
    page.get_by_label("Filter operations").fill("jobs")
    shown = page.locator("#index a:visible")
    expect(shown.first).to_be_visible()
    assert "jobs" in (names := shown.all_inner_texts()) and all("jobs" in name.lower() for name in names)
    page.get_by_role("link", name="jobs", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Document")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text('"totalCount"')
    expect(page.locator("#answer")).not_to_contain_text('"errors"')
    page.get_by_label("Document").fill("{ nothing }")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#answer")).to_contain_text("SB260")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    assert [e for e in errors if "400" not in e] == [] and all(url.startswith(example) for url in asked)
    page.close()
