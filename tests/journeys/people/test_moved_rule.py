"""Somebody puts a rule before the others, with a mouse or a thumb, is told what that changes, and takes it back; and looks before
deleting one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import alert, payload
from tests.journeys.people import Enter
from tests.journeys.people.hand import Arrive
from tests.journeys.stack import Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


@pytest.fixture(autouse=True)
def _something_came(stack: Stack, word: str) -> None:
    """So that there is something to compare."""
    told = stack.receive(payload(alert(f"{word}Came", severity="info"), group=word))
    stack.wait_for_end(told.notification)


def names(stack: Stack) -> list[str]:
    rules = [rule for rule in stack.call("GET", "rules/")["results"] if not rule["is_fallback"]]
    return [rule["name"] for rule in sorted(rules, key=lambda rule: (rule["position"], rule["id"]))]


def test_two_clicks_move_a_rule_and_one_takes_it_back(arrive: Arrive, stack: Stack) -> None:
    before = names(stack)
    eddy = arrive("eddy")
    eddy.page.goto(f"{stack.url}/admin/routing/rule/")
    said = eddy.page.get_by_role("status")
    with eddy.pressing(2):
        eddy.press(eddy.page.get_by_label(f"Move {before[-1]}", exact=True))
        eddy.press(eddy.page.get_by_role("button", name="Move to top"))
        expect(said).to_contain_text(f"‘{before[-1]}’ is now the first rule.")
        expect(said).to_contain_text("of the last 24 h")
    assert names(stack) == [before[-1], *before[:-1]]
    with eddy.pressing(1):
        eddy.press(eddy.page.get_by_role("button", name="Undo"))
        expect(said).to_contain_text("again.")
    assert names(stack) == before


def test_asking_what_deleting_would_change_deletes_nothing(enter: Enter, stack: Stack) -> None:
    [rule] = [rule for rule in stack.call("GET", "rules/")["results"] if rule["name"] == "Warning"]
    page = enter("eddy")
    page.goto(f"{stack.url}/admin/routing/rule/{rule['id']}/delete/")
    expect(page.get_by_role("region", name="What would change")).to_contain_text("of the last 24 h")
    assert "Warning" in names(stack)
