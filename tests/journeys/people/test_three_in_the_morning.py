"""Woken at three, at a desk or with a phone: what burns, why it was told or not, and what is done about it, in so many clicks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.factories import alert, payload
from tests.journeys.people.hand import DESK, Arrive, Light
from tests.journeys.stack import WARNING, Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


def burning(page: Page, name: str) -> Locator:
    """The line of what burns under that name."""
    return page.get_by_role("region", name="What burns now").get_by_role("listitem").filter(has_text=name)


def test_the_first_page_says_what_burns_since_when_and_who_is_at_it(arrive: Arrive, light: Light, word: str) -> None:
    light(f"{word}Burns", 20)
    vera = arrive("vera")
    with vera.pressing(0):
        line = burning(vera.page, f"{word}Burns")
        expect(line).to_be_in_viewport(ratio=1)
        expect(line).to_contain_text("20")
        expect(line).to_contain_text("critical")
        expect(line).to_contain_text(re.compile(r"for \d+ (d|day)"))
        expect(line).to_contain_text("told to critical · nobody at it")


def test_where_an_alert_went_and_why_is_two_clicks_away(arrive: Arrive, light: Light, word: str) -> None:
    light(f"{word}Went", 20)
    vera = arrive("vera")
    with vera.pressing(2):
        vera.press(burning(vera.page, f"{word}Went").get_by_role("link", name=f"{word}Went"))
        vera.press(vera.page.get_by_role("link", name=f"{word}Went happened").first)
        expect(vera.page.get_by_role("heading", name="Timeline")).to_be_visible()
    told = vera.page.locator(".ah-timeline li").filter(has_text="to critical")
    expect(told).to_contain_text("delivered")
    expect(told).to_contain_text("Critical")


def test_why_an_alert_did_not_arrive_is_typed_and_entered(
    arrive: Arrive, stack: Stack, word: str, request: pytest.FixtureRequest
) -> None:
    quiet = {"matchers": f'team="{word}"', "ends_at": "2099-01-01T00:00:00Z", "comment": "New disks go in"}
    stack.call("POST", "silences/", quiet)
    stack.receive(payload(alert(f"{word}Quiet", team=word), group=word))
    vera = arrive("vera")
    # On a phone the keyboard would cover what burns: it comes when the field is touched.
    with vera.pressing(1 if vera.where == DESK else 2):
        field = vera.page.get_by_label("Why did it arrive, or why not?")
        if vera.where == DESK:
            expect(field).to_be_focused()
        else:
            vera.press(field)
        vera.page.keyboard.type(f"{word}Quiet")
        vera.page.keyboard.press("Enter")
        answer = vera.page.locator(".ah-card").filter(has_text=f"{word}Quiet").last
        expect(answer).to_contain_text("It is kept back. Silence S-")
    expect(answer).to_contain_text("New disks go in")


def test_one_click_acknowledges_all_of_a_group(arrive: Arrive, light: Light, word: str) -> None:
    light(f"{word}Mine", 20)
    rob = arrive("rob")
    with rob.pressing(1):
        rob.press(burning(rob.page, f"{word}Mine").get_by_role("button", name="Acknowledge"))
        expect(rob.page.get_by_text("20 alerts acknowledged.")).to_be_visible()
    assert rob.page.url == rob.home


def test_two_clicks_silence_all_of_a_group(arrive: Arrive, light: Light, stack: Stack, word: str) -> None:
    light(f"{word}Loud", 20, team=word)
    rob = arrive("rob")
    with rob.pressing(2):
        rob.press(burning(rob.page, f"{word}Loud").get_by_role("link", name="Silence"))
        expect(rob.page.get_by_label("Comment")).to_be_focused()
        rob.page.keyboard.type("New disks go in")
        rob.press(rob.page.get_by_role("button", name="Save", exact=True))
        expect(rob.page.locator("#result_list")).to_contain_text(f'alertname="{word}Loud"')
    again = stack.receive(payload(alert(f"{word}Loud", team=word, instance="db-99"), group=f"{word} again"))
    assert stack.wait_for_end(again.notification) == []


def test_three_clicks_send_again_what_is_undelivered(arrive: Arrive, stack: Stack, word: str) -> None:
    hook = stack.sandbox.default_hook("warning")
    hook.fail("success_false", error=f"Match error: Expected {word}", about=f"{word}Lost")
    lost = stack.receive(payload(alert(f"{word}Lost", severity="warning"), group=word))
    stack.wait_for_end(lost.notification, timeout=30)
    hook.clear()
    rob = arrive("rob")
    with rob.pressing(3):
        rob.press(rob.page.get_by_role("link", name=re.compile(r"^\d+ undelivered$")))
        group = rob.page.locator("section").filter(has_text=f"{word}Lost")
        rob.press(group.get_by_role("link", name=re.compile("^Send again")))
        rob.press(rob.page.get_by_role("button", name="Send again"))
        expect(rob.page.get_by_text("Sent again:")).to_be_visible()
    stack.wait_for_room(WARNING, f"{word}Lost", timeout=30)
