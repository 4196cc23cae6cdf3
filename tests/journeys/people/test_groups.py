"""The groups of alerts in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.factories import alert, payload
from tests.journeys.people import Enter
from tests.journeys.stack import Stack

# What a browser does with it does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


def test_the_group_without_a_label_unfolds_as_every_other(enter: Enter, stack: Stack) -> None:
    stack.receive(payload(*(alert("Unlabelled", instance=name) for name in "ab"), group="Unlabelled"))
    page = enter("vera")
    page.goto(f"{stack.url}/admin/deliveries/alert/?group=label:no_such_label")
    page.locator(".ah-groups summary").first.click()
    expect(page.locator(".ah-groups .ah-members li").nth(1)).to_be_visible()
