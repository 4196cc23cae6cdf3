"""Every page can be used with a screen reader and a keyboard: axe-core finds nothing serious, wide or narrow, light or dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import screenshots
from tests.journeys import people
from tests.journeys import stack as stacks
from tests.journeys.stack import ONE_OF_EACH, Stack

# What is on a page does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its own, with an evening's alerts, so that every page has something to show."""
    with stacks.running(tmp_path_factory.mktemp("accessibility"), only=ONE_OF_EACH) as stack:
        screenshots.tell_an_evening(stack)
        yield stack


@pytest.fixture(scope="module")
def wide(browser: Browser, stack: Stack) -> Page:
    return people.log_in(browser, stack)


@pytest.fixture(scope="module")
def narrow(browser: Browser, stack: Stack) -> Page:
    return people.log_in(browser, stack, size=people.NARROW, scheme="dark")


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_a_page_is_usable_on_a_desk(stack: Stack, wide: Page, name: str) -> None:
    wide.goto(stack.url + screenshots.PAGES[name])
    assert people.grave(wide) == []


Seen = dict[str, tuple[list[str], int]]


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What a phone found on the pages it was on: axe's findings and the width. Each page is opened once."""
    return {}


def on_the_phone(seen: Seen, narrow: Page, stack: Stack, name: str) -> tuple[list[str], int]:
    if name not in seen:
        narrow.goto(stack.url + screenshots.PAGES[name])
        seen[name] = people.grave(narrow), narrow.evaluate("document.documentElement.scrollWidth")
    return seen[name]


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_a_page_is_usable_on_a_phone_at_night(seen: Seen, stack: Stack, narrow: Page, name: str) -> None:
    assert on_the_phone(seen, narrow, stack, name)[0] == []


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_nothing_is_wider_than_a_phone(seen: Seen, stack: Stack, narrow: Page, name: str) -> None:
    assert on_the_phone(seen, narrow, stack, name)[1] <= people.NARROW["width"]
