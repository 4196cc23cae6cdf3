"""A link to the wall from its making to its end: a screen that nobody is logged in at shows what burns, or how old it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.journeys import people
from tests.journeys.people.hand import SIZES, Light, Person
from tests.journeys.stack import Stack, wait_until

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]
ROUND = 16_000  # milliseconds, within which a screen looks again
Hang = Callable[[str], Page]
"""A screen that shows an address, and hears of time from the story alone."""


@pytest.fixture(params=SIZES)
def hang(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Hang]:
    context = browser.new_context(viewport=SIZES[request.param]["size"])

    def hang(address: str) -> Page:
        screen = context.new_page()
        screen.set_default_timeout(people.PATIENCE)
        screen.clock.install()
        screen.goto(address)
        return screen

    yield hang
    context.close()


@pytest.fixture
def ada(browser: Browser, stack: Stack) -> Iterator[Person]:
    person = Person(browser, stack, "ada", "desk")
    yield person
    person.page.context.close()


def made_link(ada: Person, name: str) -> str:
    """A new link, as somebody makes it: it is shown once."""
    ada.page.goto(ada.home)
    ada.page.locator("#nav-sidebar-inner a").get_by_text("Wall", exact=True).click()
    ada.page.locator("a.addlink").first.click()
    ada.page.get_by_label("Name").fill(name)
    ada.page.get_by_role("button", name="Save", exact=True).click()
    return ada.page.get_by_label("Link to the wall").inner_text()


def test_a_link_shows_what_burns_to_a_screen_that_nobody_is_logged_in_at(
    ada: Person, hang: Hang, light: Light, word: str
) -> None:
    light(f"{word}Burns", 20)
    address = made_link(ada, word)
    wait_until(lambda: word in requests.get(address, timeout=5).text, what="a wall that knows of it")
    screen = hang(address)
    row = screen.get_by_role("row").filter(has_text=f"{word}Burns")
    expect(row).to_contain_text("critical")
    expect(row).to_contain_text("20")
    expect(screen.get_by_role("link").or_(screen.get_by_role("button"))).to_have_count(0)
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_begins_to_burn_appears_by_itself(ada: Person, hang: Hang, light: Light, word: str) -> None:
    address = made_link(ada, word)
    screen = hang(address)
    light(f"{word}Later", 20)
    wait_until(lambda: word in requests.get(address, timeout=5).text, what="a wall that knows of it")
    screen.clock.fast_forward(ROUND)
    expect(screen.get_by_role("row").filter(has_text=f"{word}Later")).to_be_visible()


def test_a_screen_says_that_nothing_answers_and_is_true_again_afterwards(
    ada: Person, hang: Hang, stack: Stack, word: str
) -> None:
    screen = hang(made_link(ada, word))
    stale = screen.get_by_role("alert")
    expect(stale).to_be_hidden()
    stack.stop_one("web")
    try:
        screen.clock.fast_forward(ROUND)
        expect(stale).to_contain_text("No answer since")
        expect(screen.get_by_role("heading", name="What burns")).to_be_attached()
    finally:
        stack.start_all(names=["web"])
    screen.clock.fast_forward(ROUND)
    expect(stale).to_be_hidden()


def test_a_revoked_link_shows_nothing_at_once(ada: Person, hang: Hang, light: Light, word: str) -> None:
    light(f"{word}Burns", 20)
    address = made_link(ada, word)
    screen = hang(address)
    ada.page.get_by_role("link", name="I have copied it").click()
    ada.page.locator("#result_list").get_by_role("link", name=word).click()
    ada.page.get_by_role("link", name="Revoke").click()
    ada.page.get_by_role("button", name="Revoke").click()
    assert requests.get(address, timeout=5).status_code == 404
    screen.clock.fast_forward(ROUND)
    expect(screen.get_by_role("heading")).to_have_text("This link shows nothing.")
    expect(screen.locator("body")).not_to_contain_text(word)
