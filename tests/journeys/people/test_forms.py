"""Forms with a mouse and with a thumb: what an edit changes is said where it is made, and what is wrong is seen at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.factories import alert, payload
from tests.journeys.people.hand import Arrive
from tests.journeys.stack import Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


@pytest.fixture
def rule(stack: Stack) -> str:
    """The address of the rule for warnings."""
    [found] = [rule for rule in stack.call("GET", "rules/")["results"] if rule["name"] == "Warning"]
    return f"{stack.url}/admin/routing/rule/{found['id']}/change/"


@pytest.fixture
def target(stack: Stack) -> Iterator[str]:
    """The address of a target of the story's own."""
    hook = stack.sandbox.hook("#forms").url
    made = stack.call("POST", "targets/", {"name": "of forms", "webhook_url": hook})
    yield f"{stack.url}/admin/routing/target/{made['id']}/change/"
    stack.call("DELETE", f"targets/{made['id']}/")


def test_one_click_says_what_an_edit_would_change_beside_what_is_typed(
    arrive: Arrive, stack: Stack, rule: str, word: str
) -> None:
    told = stack.receive(payload(alert(f"{word}Moves", severity="warning", team=word), group=word))
    stack.wait_for_end(told.notification)
    eddy = arrive("eddy")
    eddy.page.goto(rule)
    eddy.page.get_by_label("Matchers").fill(f'team!="{word}"')
    with eddy.pressing(1):
        eddy.press(eddy.page.get_by_role("button", name="What would change?"))
        told_there = eddy.page.get_by_role("region", name="What would change")
        expect(told_there).to_contain_text(f"{word}Moves to info instead of warning")
        expect(told_there.get_by_text(f"{word}Moves", exact=True)).to_be_in_viewport(ratio=1)
    assert eddy.page.url == rule
    expect(eddy.page.get_by_label("Matchers")).to_have_value(f'team!="{word}"')


def test_a_wrong_field_that_is_folded_is_unfolded_and_focused_after_saving(arrive: Arrive, target: str) -> None:
    ada = arrive("ada")
    ada.page.goto(target)
    limit = ada.page.get_by_label("Text limit")
    fold = ada.page.locator("summary").filter(has_text="Sending")
    ada.press(fold)
    limit.fill("3")
    ada.press(fold)
    expect(limit).to_be_hidden()
    with ada.pressing(1):
        ada.press(ada.page.get_by_role("button", name="Save", exact=True))
        expect(limit).to_be_focused()
    expect(limit).to_be_in_viewport(ratio=1)
    expect(limit).to_have_value("3")
    expect(ada.page.get_by_role("alert").first).to_contain_text("Nothing was saved.")


def test_days_are_chosen_by_pressing_them_and_the_week_is_drawn(arrive: Arrive, stack: Stack, word: str) -> None:
    eddy = arrive("eddy")
    eddy.page.goto(f"{stack.url}/admin/routing/timewindow/add/")
    eddy.page.get_by_label("Name").fill(word)
    days = eddy.page.get_by_role("group", name="Days of the week").first
    week = eddy.page.get_by_role("region", name="This week")
    expect(week).to_contain_text("Choose days or hours")
    with eddy.pressing(3):
        for day in ("Sat", "Sun"):
            eddy.press(days.get_by_role("checkbox", name=day))
        expect(week).not_to_contain_text("Choose days or hours")
        eddy.press(eddy.page.get_by_role("button", name="Save", exact=True))
        expect(eddy.page.locator("#result_list")).to_contain_text(word)
    [window] = [one for one in stack.call("GET", "windows/")["results"] if one["name"] == word]
    assert [one["weekdays"] for one in window["intervals"]] == ["saturday, sunday"]


def test_pressing_a_word_puts_it_where_the_cursor_is_in_a_template(arrive: Arrive, stack: Stack, word: str) -> None:
    told = stack.receive(payload(alert(f"{word}Shown"), group=word))
    stack.wait_for_end(told.notification)
    eddy = arrive("eddy")
    eddy.page.goto(f"{stack.url}/admin/routing/template/add/")
    headline = eddy.page.get_by_label("Headline")
    headline.fill("It is : look")
    for _ in range(len(": look")):
        headline.press("ArrowLeft")
    with eddy.pressing(1):
        words = eddy.page.get_by_role("region", name="What can be used")
        eddy.press(words.get_by_role("button", name="severity", exact=True))
        expect(headline).to_have_value("It is {{ severity }}: look")
    expect(headline).to_be_focused()
    expect(eddy.page.locator("[data-preview]")).to_contain_text("It is critical: look")
