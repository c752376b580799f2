"""The request inspector as a developer uses it: live, by keyboard, in both colour schemes, without a fault that axe-core knows."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

LACKING = "lacks playwright: pip install -r requirements/dev.txt"
pytest.importorskip("playwright.sync_api", reason=LACKING)
pytest.importorskip("axe_playwright_python.sync_playwright", reason=LACKING)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402 - after it is known to be there
from playwright.sync_api import Browser, expect  # noqa: E402


def ask(base: str, path: str, request_id: str) -> None:
    try:
        urlopen(Request(base + path, headers={"x-request-id": request_id}), timeout=20).close()
    except HTTPError as refused:
        refused.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_requests_as_they_come_and_has_no_fault(browser: Browser, example: str, scheme: str) -> None:
    ask(example, "/v1/jobs?page_size=2", f"seen-{scheme}")
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light", base_url=example)
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"/_dev/seen-{scheme}")
    expect(page.locator("#told pre").first).to_contain_text("Job.search")
    expect(page.locator("#told")).to_contain_text("the job's status is 'open'")
    ask(example, "/v1/nothing-there", f"later-{scheme}")
    expect(page.locator(f'a[data-request="later-{scheme}"]')).to_be_visible()
    page.locator(f'a[data-request="later-{scheme}"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_contain_text("Job.search")
    page.get_by_label("Operation").fill("Job.sea")
    expect(page.locator(f'a[data-request="later-{scheme}"]')).to_have_count(0)
    page.get_by_label("Status").select_option("4")
    expect(page.locator("#said")).to_contain_text("0 of")
    page.get_by_label("Status").select_option("")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
    assert errors == [] and all(url.startswith(example) for url in asked)
    page.close()
