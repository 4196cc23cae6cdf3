"""Somebody edits a rule and watches the next alert arrive: in the room's page, and in the trail of its delivery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.factories import alert, payload
from tests.journeys.people import Enter
from tests.journeys.stack import Stack

# Pages do not depend on the database; that they are there on PostgreSQL too shows tests/journeys/test_under_a_path.py.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


@pytest.fixture(autouse=True)
def _as_before(stack: Stack) -> Iterator[None]:
    """The other stories find the rule as it was."""
    (rule,) = [rule for rule in stack.call("GET", "rules/")["results"] if rule["name"] == "Warning"]
    yield
    stack.call("PATCH", f"rules/{rule['id']}/", {"matchers": rule["matchers"], "reason": "the story is over"})


def test_an_edited_rule_decides_the_next_alert_which_room_and_trail_show(enter: Enter, stack: Stack, word: str) -> None:
    page = enter("admin")
    page.goto(f"{stack.url}/admin/routing/rule/")
    page.locator("#result_list").get_by_role("link", name="Warning", exact=True).click()
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
