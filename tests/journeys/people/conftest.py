"""What the stories of people share: one browser, and one stack with somebody in every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import people
from tests.journeys import stack as stacks
from tests.journeys.people import Enter
from tests.journeys.stack import ONE_OF_EACH, Stack


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with people.chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Not the other journeys', because its rules are edited."""
    with stacks.running(tmp_path_factory.mktemp("people"), only=ONE_OF_EACH) as stack:
        people.hire(stack, people.ROLES)
        yield stack


@pytest.fixture
def enter(browser: Browser, stack: Stack) -> Iterator[Enter]:
    """Log in as somebody; no script may fail on any page."""
    pages: list[Page] = []
    errors: list[str] = []

    def log_in(name: str) -> Page:
        page = people.log_in(browser, stack, name)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    yield log_in
    for page in pages:
        page.context.close()
    assert errors == []
