"""Every page can be used with a screen reader and a keyboard, wide or narrow, light or dark: axe-core finds nothing, minor
things included. And what a browser really does with it: bytes, icons, times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests import evening, icons, screenshots
from tests.journeys import people
from tests.journeys import stack as stacks
from tests.journeys.stack import ADMIN_PASSWORD, ONE_OF_EACH, Stack

# What is on a page does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]
FIRST_VISIT = 350_000  # bytes
# Pages whose colours and layout are their own: these are looked at dark on a desk and light on a phone as well.
TELLING = (
    "home",
    "rules",
    "rule",
    "tester",
    "target",
    "alerts",
    "alert",
    "deliveries",
    "delivery",
    "dead",
    "silence_new",
    "changes",
)


@dataclass
class Reader:
    """Somebody with a browser, and what went wrong in it."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def open(self, address: str) -> None:
        self.wrong.clear()
        self.page.goto(address)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its own, with an evening's alerts, so that every page has something to show."""
    with stacks.running(tmp_path_factory.mktemp("accessibility"), only=ONE_OF_EACH) as stack:
        evening.tell(stack)
        evening.post_what_is_none(stack)
        yield stack


def reader(browser: Browser, stack: Stack, size: Any, scheme: Any) -> Reader:
    found = Reader(people.log_in(browser, stack, size=size, scheme=scheme))
    found.page.on("pageerror", lambda error: found.wrong.append(str(error)))
    found.page.on("response", lambda answer: found.wrong.extend(refused(answer)))
    return found


def refused(answer: Response) -> list[str]:
    return [f"{answer.status} {answer.url}"] if answer.status >= 400 else []


@pytest.fixture(scope="module")
def desk(browser: Browser, stack: Stack) -> Reader:
    return reader(browser, stack, people.WIDE, "light")


@pytest.fixture(scope="module")
def desk_at_night(browser: Browser, stack: Stack) -> Reader:
    return reader(browser, stack, people.WIDE, "dark")


@pytest.fixture(scope="module")
def phone(browser: Browser, stack: Stack) -> Reader:
    return reader(browser, stack, people.NARROW, "light")


@pytest.fixture(scope="module")
def phone_at_night(browser: Browser, stack: Stack) -> Reader:
    return reader(browser, stack, people.NARROW, "dark")


Seen = dict[str, dict[str, Any]]
# The words that icons are written as, and those that are wider than one icon: their font does not hold them.
_ICONS = """() => [...document.querySelectorAll(".material-symbols-outlined")]
    .filter((icon) => icon.offsetWidth)
    .map((icon) => [icon.textContent.trim(), icon.offsetWidth / parseFloat(getComputedStyle(icon).fontSize)])"""


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What was found on the pages of a desk and of a phone. Each page is opened once."""
    return {}


def on(who: Reader, stack: Stack, name: str, seen: Seen, where: str) -> dict[str, Any]:
    if f"{where} {name}" not in seen:
        who.wrong.clear()
        screenshots.show(who.page, stack, name)
        who.page.evaluate("document.fonts.ready")
        seen[f"{where} {name}"] = {
            "findings": people.findings(who.page),
            "wrong": list(who.wrong),
            "width": who.page.evaluate("document.documentElement.scrollWidth"),
            "icons": who.page.evaluate(_ICONS),
        }
    return seen[f"{where} {name}"]


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_a_page_is_usable_on_a_desk(seen: Seen, stack: Stack, desk: Reader, name: str) -> None:
    assert on(desk, stack, name, seen, "desk")["findings"] == []


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_a_page_is_usable_on_a_phone_at_night(seen: Seen, stack: Stack, phone_at_night: Reader, name: str) -> None:
    assert on(phone_at_night, stack, name, seen, "phone")["findings"] == []


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_nothing_is_wider_than_a_phone(seen: Seen, stack: Stack, phone_at_night: Reader, name: str) -> None:
    assert on(phone_at_night, stack, name, seen, "phone")["width"] <= people.NARROW["width"]


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_no_script_fails_and_no_file_is_missing(seen: Seen, stack: Stack, desk: Reader, name: str) -> None:
    assert on(desk, stack, name, seen, "desk")["wrong"] == []


@pytest.mark.parametrize("name", screenshots.PAGES)
def test_every_icon_is_drawn(seen: Seen, stack: Stack, desk: Reader, name: str) -> None:
    shown = on(desk, stack, name, seen, "desk")["icons"]
    held = set(icons.LIST.read_text().split())
    assert [(word, wide) for word, wide in shown if word not in held or wide > 1.5] == []


@pytest.mark.parametrize("name", TELLING)
def test_a_page_is_usable_on_a_desk_at_night(stack: Stack, desk_at_night: Reader, name: str) -> None:
    assert on(desk_at_night, stack, name, {}, "desk at night")["findings"] == []


@pytest.mark.parametrize("name", TELLING)
def test_a_page_is_usable_on_a_phone(stack: Stack, phone: Reader, name: str) -> None:
    assert on(phone, stack, name, {}, "phone by day")["findings"] == []


@pytest.mark.parametrize(("size", "scheme"), [(people.WIDE, "light"), (people.NARROW, "dark")])
def test_the_login_is_usable(browser: Browser, stack: Stack, size: Any, scheme: Any) -> None:
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    page.goto(f"{stack.url}/admin/")
    assert people.findings(page) == []
    page.context.close()


def test_the_first_key_leads_past_the_menu(stack: Stack, desk: Reader) -> None:
    desk.open(f"{stack.url}/admin/deliveries/delivery/")
    desk.page.keyboard.press("Tab")
    expect(desk.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.closest('main') !== null")


def test_the_menu_of_a_person_opens_with_the_keyboard(stack: Stack, desk: Reader) -> None:
    desk.open(f"{stack.url}/admin/")
    who = desk.page.get_by_role("button", name="admin")
    who.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("button", name="Log out")).to_be_visible()


def test_a_first_visit_is_light(browser: Browser, stack: Stack) -> None:
    """What goes over the wire until somebody who was never here sees the first page."""
    size: Any = people.NARROW
    page = browser.new_context(viewport=size).new_page()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    sizes: list[int] = []
    devtools.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.goto(f"{stack.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state("networkidle")
    expect(page).to_have_url(f"{stack.url}/admin/")
    page.context.close()
    assert 0 < sum(sizes) < FIRST_VISIT, f"{len(sizes)} answers"


def delivered(browser: Browser, stack: Stack, **context: Any) -> Page:
    cookies = people.log_in(browser, stack).context.cookies()
    page = browser.new_context(**context).new_page()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(f"{stack.url}/admin/deliveries/delivery/1/change/")
    return page


def test_times_stand_in_the_readers_zone(browser: Browser, stack: Stack) -> None:
    page = delivered(browser, stack, timezone_id="Asia/Kathmandu")
    shown = page.locator("time:not([data-form])").first
    at = datetime.fromisoformat(shown.get_attribute("datetime") or "")
    there = at.astimezone(ZoneInfo("Asia/Kathmandu"))
    expect(shown).to_have_text(f"{there.day} {there:%b %H:%M:%S}")
    expect(shown).to_have_attribute(
        "title",
        f"{there:%A}, {there.day} {there:%B %Y} at {there:%H:%M:%S} GMT+5:45 ({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)",
    )
    page.context.close()


def test_a_time_that_comes_later_stands_in_the_readers_zone_too(browser: Browser, stack: Stack) -> None:
    page = delivered(browser, stack, timezone_id="Asia/Kathmandu")
    page.evaluate("""document.querySelector("main").insertAdjacentHTML(
        "beforeend", '<p id="late">since <time datetime="2020-01-02T03:04:05Z" data-form="brief">then</time></p>')""")
    expect(page.locator("#late")).to_have_text("since 2 Jan 2020 08:49")
    page.context.close()


def test_without_scripts_times_stand_in_the_servers_zone(browser: Browser, stack: Stack) -> None:
    page = delivered(browser, stack, timezone_id="Asia/Kathmandu", java_script_enabled=False)
    shown = page.locator("time:not([data-form])").first
    at = datetime.fromisoformat(shown.get_attribute("datetime") or "").astimezone(UTC)
    expect(shown).to_have_text(f"{at.day} {at:%b %H:%M:%S}")
    page.context.close()
