"""A person with a browser: log in, try a target, edit a rule, and watch an alert arrive in the room and in the trail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests import servers
from tests.factories import alert, payload
from tests.journeys import stack as stacks
from tests.journeys.stack import ADMIN_PASSWORD, Stack

pytestmark = [pytest.mark.journey, pytest.mark.browser]

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its own, because its rules are edited."""
    with stacks.running(tmp_path_factory.mktemp("browser")) as stack:
        yield stack


@pytest.fixture(scope="module")
def page(stack: Stack) -> Iterator[Page]:
    """Logged in as the admin."""
    chromium = servers.find("chromium")
    if chromium is None:
        assert os.environ.get("CI") != "true", "chromium is missing"
        pytest.skip("chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{stack.url}/admin/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(ADMIN_PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{stack.url}/admin/")
        yield page
        browser.close()


@pytest.fixture
def _no_script_fails(page: Page) -> Iterator[None]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    assert errors == []


def open_row(page: Page, stack: Stack, kind: str, name: str) -> None:
    page.goto(f"{stack.url}/admin/routing/{kind}/")
    page.locator("#result_list").get_by_role("link", name=name, exact=True).click()


@pytest.mark.usefixtures("_no_script_fails")
def test_a_test_message_arrives_and_the_page_says_so(stack: Stack, page: Page) -> None:
    open_row(page, stack, "target", "critical")
    page.get_by_role("link", name="Send test message").click()
    page.get_by_role("button", name="Send test message").click()
    expect(page.get_by_role("status")).to_contain_text("delivered")
    assert ["TEST" in message.text for message in stack.room("#alerts-critical")] == [True]


@pytest.mark.usefixtures("_no_script_fails")
def test_an_edited_rule_decides_the_next_alert_which_room_and_trail_show(stack: Stack, page: Page, word: str) -> None:
    open_row(page, stack, "rule", "Warning")
    page.get_by_label("Matchers").fill(f'team="{word}"')
    page.get_by_label("Why").fill("the team asked for it")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text(f'team="{word}"')

    room = page.context.new_page()
    room.goto(f"{stack.sandbox.url}/#alerts-warning")
    told = stack.receive(
        payload(
            alert(f"{word}Mine", severity="warning", team=word),
            alert(f"{word}Others", severity="warning", team="web"),
            group=word,
        )
    )
    expect(room.locator("#scroll")).to_contain_text(f"{word}Mine")
    expect(room.locator("#scroll")).not_to_contain_text(f"{word}Others")
    room.close()

    mine, others = stack.wait_for_end(told.notification)
    assert (mine.target, others.target) == ("warning", "info")
    page.goto(f"{stack.url}/admin/deliveries/delivery/{mine.id}/change/")
    trail = page.locator(".ah-card")
    expect(trail.first).to_contain_text(f"{word}Mine")
    expect(trail.first).to_contain_text("delivered")
    expect(trail.filter(has_text="Which rule")).to_contain_text(f'team="{word}"')
