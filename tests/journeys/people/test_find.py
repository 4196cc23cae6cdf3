"""The search over all of AlertHub in a browser: by keyboard, on a phone, and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories import alert, payload
from tests.journeys import people
from tests.journeys.people import Enter
from tests.journeys.stack import Stack

# What a browser does with it does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


def box(page: Page) -> None:
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()


def test_keys_open_it_choose_and_close_it_and_the_focus_returns(enter: Enter) -> None:
    page = enter("vera")
    opener = page.locator("[data-find-open]")
    opener.focus()
    page.keyboard.press("Control+k")
    box(page)
    chosen = page.locator(".ah-find [aria-selected=true]")
    expect(chosen).to_have_text("Today")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text("Alerts")
    page.keyboard.press("Escape")
    expect(page.locator(".ah-find")).to_be_hidden()
    expect(opener).to_be_focused()


def test_what_is_typed_faster_than_it_is_found_opens_all_the_same(enter: Enter, stack: Stack) -> None:
    page = enter("vera")
    page.keyboard.press("Control+k")
    box(page)
    page.keyboard.type("rule tes")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{stack.url}/admin/tester/")


def test_several_alerts_lead_to_the_question_why(enter: Enter, stack: Stack) -> None:
    word = "FoundTwice"
    stack.receive(payload(*(alert(word, instance=name) for name in "ab"), group=word))
    page = enter("vera")
    page.keyboard.press("Control+k")
    page.keyboard.type(word)
    expect(page.locator(".ah-find [aria-selected=true]")).to_have_text(f"Why did “{word}” arrive, or not?")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Why did it arrive, or why not? · AlertHub")


def test_a_screen_reader_hears_that_nothing_was_found(enter: Enter) -> None:
    page = enter("vera")
    page.keyboard.press("Control+k")
    page.keyboard.type("zzzz")
    expect(page.locator("[data-find-told]")).to_have_text("Nothing found")
    assert people.findings(page) == []


def test_on_a_phone_a_button_of_a_thumbs_size_opens_it(browser: Browser, stack: Stack) -> None:
    page = people.log_in(browser, stack, size=people.NARROW, scheme="dark")
    opener = page.locator("[data-find-open]")
    place = opener.bounding_box()
    assert place is not None
    assert min(place["width"], place["height"]) >= 40
    opener.click()
    box(page)


def test_without_a_script_the_button_leads_to_the_answer_page(browser: Browser, stack: Stack) -> None:
    cookies = people.log_in(browser, stack).context.cookies()
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{stack.url}/admin/routing/rule/")
    page.locator("[data-find-open]").click()
    expect(page).to_have_url(f"{stack.url}/admin/why/")
