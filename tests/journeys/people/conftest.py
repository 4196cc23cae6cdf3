"""What the stories of people share: one browser, and one stack with somebody in every role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.factories import alert, payload
from tests.journeys import people
from tests.journeys import stack as stacks
from tests.journeys.people import Enter
from tests.journeys.people.hand import SIZES, Arrive, Fire, Light, Person
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


@pytest.fixture(params=SIZES)
def arrive(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """Somebody comes to the first page, at a desk and on a phone; no script may fail on any page."""
    came: list[Person] = []
    errors: list[str] = []

    def arrive(name: str) -> Person:
        person = Person(browser, stack, name, request.param)
        person.page.on("pageerror", lambda error: errors.append(str(error)))
        came.append(person)
        return person

    yield arrive
    for person in came:
        person.page.context.close()
    assert errors == []


@pytest.fixture
def light(stack: Stack) -> Iterator[Light]:
    """Alerts that burn until the story is over. They are more than what other stories left, so home shows them first."""
    lit: list[tuple[str, list[dict[str, str]]]] = []

    def light(name: str, count: int = 20, **labels: str) -> Fire:
        each = [{**labels, "instance": f"db-{number:02}"} for number in range(1, count + 1)]
        told = stack.receive(payload(*(alert(name, **one) for one in each), group=name))
        stack.wait_for_end(told.notification)
        lit.append((name, each))
        return Fire(name, count, told.notification)

    yield light
    for name, each in lit:
        stack.receive(payload(*(alert(name, status="resolved", **one) for one in each), group=name))
