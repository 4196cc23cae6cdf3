"""The list of alerts with a mouse and with a thumb: a group is unfolded, ticked, and acknowledged as a whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.people.hand import Arrive, Light, Person
from tests.journeys.stack import Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


def group_of(person: Person, stack: Stack, name: str) -> Locator:
    """The group of that name in the list of what fires."""
    person.page.goto(f"{stack.url}/admin/deliveries/alert/")
    return person.page.locator("li.ah-group").filter(has_text=name)


def test_a_group_is_folded_until_one_click_shows_each_alert(
    arrive: Arrive, light: Light, stack: Stack, word: str
) -> None:
    light(f"{word}Many", 20)
    vera = arrive("vera")
    group = group_of(vera, stack, f"{word}Many")
    expect(group.get_by_role("link")).to_have_count(0)
    with vera.pressing(1):
        vera.press(group.locator("summary"))
        expect(group.get_by_role("link", name=f"{word}Many happened")).to_have_count(20)


def test_ticking_a_group_and_one_click_acknowledge_all_of_it(
    arrive: Arrive, light: Light, stack: Stack, word: str
) -> None:
    light(f"{word}Many", 20)
    rob = arrive("rob")
    group = group_of(rob, stack, f"{word}Many")
    with rob.pressing(2):
        rob.press(group.locator("label").first)
        expect(rob.page.get_by_text("20 chosen")).to_be_visible()
        rob.press(rob.page.get_by_role("button", name="Acknowledge"))
        expect(group).to_contain_text("rob at it")
    expect(rob.page.get_by_text("20 alerts acknowledged.")).to_be_visible()


def test_an_alert_that_is_ticked_alone_is_acknowledged_alone(
    arrive: Arrive, light: Light, stack: Stack, word: str
) -> None:
    light(f"{word}Many", 20)
    rob = arrive("rob")
    group = group_of(rob, stack, f"{word}Many")
    with rob.pressing(3):
        rob.press(group.locator("summary"))
        rob.press(group.locator("[data-row]").first.locator("label"))
        rob.press(rob.page.get_by_role("button", name="Acknowledge"))
        expect(group).to_contain_text("rob at 1 of 20")


def test_a_viewer_has_nothing_to_acknowledge_with(arrive: Arrive, light: Light, stack: Stack, word: str) -> None:
    light(f"{word}Many", 20)
    vera = arrive("vera")
    vera.press(group_of(vera, stack, f"{word}Many").locator("label").first)
    expect(vera.page.get_by_text("20 chosen")).to_be_visible()
    expect(vera.page.get_by_role("button", name="Acknowledge")).to_have_count(0)
