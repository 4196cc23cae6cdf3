"""From an installation that knows no room to one that tells a real one: each first step is ticked once it is done."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.factories import alert, payload
from tests.journeys import people
from tests.journeys import stack as stacks
from tests.journeys.stack import ONE_OF_EACH, SOURCE_TOKEN, Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]
REACHED = "http://alerthub.example"
A_LITTLE_LATER = 6_000  # milliseconds, within which the first page looks again


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its own, just installed, with no room given to it."""
    with stacks.running(
        tmp_path_factory.mktemp("first-steps"), only=ONE_OF_EACH,
        ROCKETCHAT_CRITICAL_URL="", ROCKETCHAT_WARNING_URL="", ROCKETCHAT_INFO_URL="",
    ) as stack:  # fmt: skip
        yield stack


def real_hook(stack: Stack) -> str:
    """The sandbox as a Rocket.Chat of another machine: its address is written so that it is none of this one's."""
    return stack.sandbox.hook("#real").url.replace("//127.0.0.1:", "//127.1:")


def ticked(page: Page, step: str) -> None:
    first_steps = page.get_by_role("region", name="First steps")
    expect(first_steps.locator(".ah-step-done").filter(has_text=step)).to_be_visible()


def unfolded(page: Page, step: str) -> None:
    """The next step stands open, the others are folded."""
    expect(page.get_by_role("region", name="First steps").locator("details[open] summary")).to_have_text(step)


def post_the_printed_line(page: Page) -> None:
    line = page.get_by_label("curl line").inner_text().replace("TOKEN", SOURCE_TOKEN)
    subprocess.run(["sh", "-c", line], capture_output=True, timeout=30, check=True)


def post_as_the_printed_lines_have_alertmanager_post(page: Page) -> None:
    lines = page.get_by_label("lines for alertmanager.yml").inner_text().replace("TOKEN", SOURCE_TOKEN)
    told = dict(re.findall(r"(url|credentials): *[\"']?([^\s\"']+)", lines))
    headers = {"Authorization": f"Bearer {told['credentials']}", "User-Agent": "Alertmanager/0.28.1"}
    requests.post(told["url"], json=payload(alert("DiskFull")), headers=headers, timeout=30).raise_for_status()


def home(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/admin/")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#result_list")).to_be_visible()


def test_each_first_step_leads_on_to_the_next_until_a_real_room_is_told(browser: Browser, stack: Stack) -> None:
    page = people.log_in(browser, stack)
    page.clock.install()
    page.reload()

    unfolded(page, "Send a first alert")
    post_the_printed_line(page)
    page.clock.fast_forward(A_LITTLE_LATER)
    ticked(page, "Send a first alert")

    unfolded(page, "Let Alertmanager post here")
    post_as_the_printed_lines_have_alertmanager_post(page)
    home(page, stack)
    ticked(page, "Let Alertmanager post here")

    unfolded(page, "Tell a real room")
    first_steps = page.get_by_role("region", name="First steps")
    first_steps.get_by_role("link", name="Target critical").click()
    page.get_by_label("Webhook address").fill(real_hook(stack))
    page.get_by_label("Enabled").check()
    save(page)
    page.get_by_role("main").get_by_role("link", name="Send test message").click()
    page.get_by_role("button", name="Send test message").click()
    expect(page.get_by_role("status")).to_contain_text("delivered")
    assert len(stack.room("#real", "TEST")) == 1
    # What came before there was a room was kept for it.
    stack.wait_for_room("#real", "DiskFull")
    home(page, stack)
    ticked(page, "Tell a real room")
    ticked(page, "Send it a test message")

    stack.environment["ALERTHUB_PUBLIC_URL"] = REACHED
    stack.stop_one("web")
    stack.start_all(names=["web"])
    page = people.log_in(browser, stack)
    ticked(page, "Say how people reach AlertHub")

    first_steps = page.get_by_role("region", name="First steps")
    first_steps.locator("summary").filter(has_text="Let a room hear").click()
    first_steps.get_by_role("link", name="Targets").click()
    page.locator("#result_list").get_by_role("link", name="critical", exact=True).click()
    page.locator("summary").filter(has_text="AlertHub's own troubles").click()
    page.get_by_label("Hears AlertHub's own troubles").check()
    save(page)
    home(page, stack)
    expect(first_steps).to_have_count(0)
