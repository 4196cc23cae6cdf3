"""Somebody on a phone puts a rule before the others, is told what that changes, and takes it back; and looks before deleting one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import Enter
from tests.journeys.stack import Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


def names(stack: Stack) -> list[str]:
    rules = [rule for rule in stack.call("GET", "rules/")["results"] if not rule["is_fallback"]]
    return [rule["name"] for rule in sorted(rules, key=lambda rule: (rule["position"], rule["id"]))]


def on_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)


def test_a_rule_is_moved_on_a_phone_and_back(enter: Enter, stack: Stack) -> None:
    before = names(stack)
    page = enter("eddy")
    on_a_phone(page, f"{stack.url}/admin/routing/rule/")
    page.get_by_label(f"Move {before[-1]}", exact=True).click()
    page.get_by_role("button", name="Move to top").click()
    said = page.get_by_role("status")
    expect(said).to_contain_text(f"‘{before[-1]}’ is now the first rule.")
    expect(said).to_contain_text("of the last 24 h")
    assert names(stack) == [before[-1], *before[:-1]]
    page.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("again.")
    assert names(stack) == before


def test_asking_what_deleting_would_change_deletes_nothing(enter: Enter, stack: Stack) -> None:
    [rule] = [rule for rule in stack.call("GET", "rules/")["results"] if rule["name"] == "Warning"]
    page = enter("eddy")
    page.goto(f"{stack.url}/admin/routing/rule/{rule['id']}/delete/")
    expect(page.get_by_role("region", name="What would change")).to_contain_text("of the last 24 h")
    assert "Warning" in names(stack)
