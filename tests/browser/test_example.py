"""The example's page, as somebody who looks for work and somebody who decides use it; and as those who do not see it read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

TITLE = "Senior Backend Engineer – Tech Lead"


class Visit:
    """A page, and what it asked for and complained of."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console", lambda message: self.errors.append(message.text) if "Content Security" in message.text else None
        )

    def go(self, address: str) -> None:
        self.page.goto(f"{self.base}/{address}")
        self.ready()

    def ready(self) -> None:
        expect(self.page.locator("main")).to_have_attribute("aria-busy", "false")

    def become(self, name: str) -> None:
        self.page.get_by_label("You are").select_option(label=name)
        expect(self.page.get_by_text(f"You are {name} now.")).to_be_visible()
        self.ready()

    def judged(self) -> list[Any]:
        """What axe-core finds wrong, by rule and place."""
        found = Axe().run(self.page).response["violations"]
        return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]

    def strangers(self) -> set[str]:
        """Where the page asked, other than the service it came from."""
        own = urlsplit(self.base).netloc
        return {
            url
            for url in self.asked
            if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != own
        }


@pytest.fixture(params=["light", "dark"])
def visit(request: pytest.FixtureRequest, browser: Browser, example: str) -> Iterator[Visit]:
    context = browser.new_context(color_scheme=request.param)
    made = Visit(context.new_page(), example)
    yield made
    assert made.errors == [] and made.strangers() == set() and made.asked
    context.close()


def test_a_stranger_finds_a_job_by_words_city_and_skill_and_reads_it(visit: Visit) -> None:
    visit.go("")
    page = visit.page
    assert visit.judged() == []
    page.get_by_label("Words").fill("tech lead")
    page.get_by_label("City").fill("London")
    page.get_by_label("Skill", exact=True).select_option(label="GraphQL")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status").first).to_contain_text("open job")
    first = page.locator("ul.rows > li").first
    expect(first.get_by_role("link", name=TITLE)).to_be_visible()
    expect(first).to_contain_text("London")
    first.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.get_by_text("Say who you are, or register, to apply.")).to_be_visible()
    expect(page.get_by_role("list", name="Skills").get_by_role("link", name="Kubernetes")).to_be_visible()
    assert visit.judged() == []


def test_who_registers_applies_and_is_decided_about_by_a_recruiter_alone(visit: Visit) -> None:
    page, scheme = visit.page, visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    name, sub = ("Grete Dark", "gretedark") if scheme else ("Grete Light", "gretelight")
    note = f"Ask {name} about Kafka."
    visit.go("#/?q=tech+lead&city=London")
    page.get_by_role("button", name="Register").first.click()
    assert visit.judged() == []
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_label("User name").fill(sub)
    dialog.get_by_label("E-mail").fill(f"{sub}@example.org")
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_text(f"Welcome, {name}.")).to_be_visible()
    page.locator("ul.rows > li").first.get_by_role("link", name=TITLE).click()
    page.get_by_label("Your letter").fill("I have led teams, and deleted more code than I wrote.")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("You applied on")).to_be_visible()

    visit.become("Ada Lovelace")  # she recruits for this company
    page.get_by_role("button", name=f"Shortlist {name}").locator("xpath=ancestor::li").get_by_label("Note").fill(note)
    page.get_by_role("button", name=f"Shortlist {name}").click()
    expect(page.get_by_text(f"{name} is shortlisted.")).to_be_visible()
    expect(page.get_by_text(f"Note: {note}")).to_be_visible()
    assert visit.judged() == []

    visit.become("Bob Martin")
    expect(page.locator("main").get_by_text(name)).to_have_count(0)
    expect(page.get_by_text(note)).to_have_count(0)

    visit.become(name)
    visit.go("#/applications")
    expect(page.locator("ul.rows > li").first).to_contain_text("shortlisted")
    expect(page.get_by_text(note)).to_have_count(0)
    assert visit.judged() == []


def test_a_recruiter_posts_and_publishes_a_job(visit: Visit) -> None:
    page = visit.page
    visit.go("#/recruiting")
    visit.become("Ingrid Daubechies")
    expect(page.get_by_role("heading", name="Nordlys Robotics")).to_be_visible()
    assert visit.judged() == []
    page.get_by_label("Company").select_option(label="Nordlys Robotics")
    page.get_by_label("Title").fill("Wavelet Engineer")
    page.get_by_label("City").fill("Tromsø")
    page.get_by_label("What it is about").fill("<b>Ten</b> of them, orthogonal.")
    page.get_by_label("Skill it asks for").select_option(label="Python")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_role("heading", name="Wavelet Engineer")).to_be_visible()
    expect(page.get_by_text("<b>Ten</b> of them, orthogonal.")).to_be_visible()  # text stays text
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main .state")).to_have_text("open")
    assert visit.judged() == []


def test_what_is_refused_is_said_where_it_was_asked(visit: Visit) -> None:
    page = visit.page
    visit.go("#/recruiting")
    visit.become("Bob Martin")
    page.locator("main").get_by_label("Name").fill("Nordlys Robotics")  # taken
    page.get_by_role("button", name="Found").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert visit.judged() == []


def test_it_is_used_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.go("")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Words")).to_be_focused()
    page.keyboard.type("tech lead")
    page.keyboard.press("Enter")
    expect(page.locator("ul.rows > li").first).to_contain_text(TITLE)
