"""`make screenshots`: AlertHub as real processes with an evening's alerts, photographed for the README and for the eye."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from playwright.sync_api import Browser, Page, sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests import evening, servers  # noqa: E402
from tests.journeys import stack as stacks  # noqa: E402
from tests.journeys.stack import ADMIN_PASSWORD, Stack  # noqa: E402

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PAGES = {
    "home": "/admin/",
    "rules": "/admin/routing/rule/",
    "rule": "/admin/routing/rule/2/change/",
    "tester": "/admin/tester/?notification=N-1",
    "targets": "/admin/routing/target/",
    "target": "/admin/routing/target/1/change/",
    "servers": "/admin/routing/rocketchatserver/",
    "server": "/admin/routing/rocketchatserver/add/",
    "source": "/admin/routing/source/1/change/",
    "history": "/admin/routing/rule/4/history/",
    "restore": "/admin/routing/rule/4/history/4/restore/",
    "deleted": "/admin/routing/source/deleted/",
    "changes": "/admin/changes/",
    "silences": "/admin/routing/silence/",
    "silence": "/admin/routing/silence/1/change/",
    "silence_new": "/admin/routing/silence/add/?matchers=team%3D%22db%22",
    "templates": "/admin/routing/template/",
    "template": "/admin/routing/template/1/change/",
    "impact": "/admin/routing/rule/5/delete/",
    "windows": "/admin/routing/timewindow/",
    "window": "/admin/routing/timewindow/1/change/",
    "deliveries": "/admin/deliveries/delivery/",
    "delivery": "/admin/deliveries/delivery/1/change/",
    "dead": "/admin/deliveries/deadletter/",
    "dead_open": "/admin/deliveries/deadletter/",
    "dead_one_by_one": "/admin/deliveries/deadletter/?as=list",
    "dead_settle": "/admin/deliveries/deadletter/",
    "retried": "/admin/deliveries/delivery/4/change/",
    "notification": "/admin/deliveries/notification/1/change/",
    "notifications": "/admin/deliveries/notification/",
    "alerts": "/admin/deliveries/alert/",
    "alerts_open": "/admin/deliveries/alert/",
    "alerts_chosen": "/admin/deliveries/alert/",
    "alerts_by_alertmanager": "/admin/deliveries/alert/?group=group",
    "alerts_by_label": "/admin/deliveries/alert/?group=label:team",
    "alerts_flat": "/admin/deliveries/alert/?group=none",
    "alerts_resolved": "/admin/deliveries/alert/?status=resolved",
    "alert": "/admin/deliveries/alert/1/change/",
    "rejected": "/admin/deliveries/rejectedrequest/",
    "users": "/admin/auth/user/",
    "user": "/admin/auth/user/1/change/",
    "user_new": "/admin/auth/user/add/",
    "tokens": "/admin/routing/apitoken/",
    "words": "/admin/routing/severityalias/",
    "troubles": "/admin/deliveries/trouble/",
    "sources": "/admin/routing/source/",
    "rule_new": "/admin/routing/rule/add/",
    "rule_move": "/admin/routing/rule/2/move/",
    "target_new": "/admin/routing/target/add/",
    "template_new": "/admin/routing/template/add/",
    "window_new": "/admin/routing/timewindow/add/",
    "silence_extend": "/admin/routing/silence/1/extend/",
    "test_message": "/admin/routing/target/1/test/",
    "send-again": "/admin/deliveries/delivery/1/send-again/",
    "why": "/admin/why/?q=KubePodCrashLooping",
    "why_nothing": "/admin/why/?q=NothingOfTheKind",
    "search": "/admin/",
    "search_nothing": "/admin/",
    "report": "/admin/report/",
    "walls": "/admin/routing/walllink/",
    "wall_new": "/admin/routing/walllink/add/",
    "rule_wrong": "/admin/routing/rule/add/",
    "target_unfolded": "/admin/routing/target/1/change/",
    "target_wrong": "/admin/routing/target/add/",
    "window_wrong": "/admin/routing/timewindow/1/change/",
    "rule_menu": "/admin/routing/rule/",
    "delivery_beside": "/admin/deliveries/delivery/",
    "server_one": "/admin/routing/rocketchatserver/1/change/",
    "token_new": "/admin/routing/apitoken/add/",
    "password": "/admin/password_change/",
}
# What is done on a page before it is looked at.
DEEDS: dict[str, Callable[[Page], None]] = {
    "alerts_open": lambda page: page.locator("summary.ah-group-head").first.click(),
    "alerts_chosen": lambda page: page.locator(".ah-group > .ah-tick input").first.check(),
    "dead_open": lambda page: page.locator(".ah-cause summary").first.click(),
    "dead_settle": lambda page: page.get_by_role("link", name="Give up").first.click(),
    "search": lambda page: _look_for(page, "disk"),
    "search_nothing": lambda page: _look_for(page, "NothingOfTheKind"),
    "rule_wrong": lambda page: _save(page, "matchers", 'team="db'),
    "target_wrong": lambda page: _save(page, "name", "ops"),
    "window_wrong": lambda page: _save(page, "intervals-0-location", "Europe/Nowhere"),
    "target_unfolded": lambda page: page.evaluate(
        "document.querySelectorAll('details').forEach((e) => (e.open = true))"
    ),
    "rule_menu": lambda page: page.locator(".ah-move > summary").first.click(),
    "delivery_beside": lambda page: page.locator("[data-panel]").first.click(),
}
# While nothing ever arrived.
EMPTY = {
    "empty_home": "/admin/",
    "empty_alerts": "/admin/deliveries/alert/",
    "empty_dead": "/admin/deliveries/deadletter/",
    "empty_silences": "/admin/routing/silence/",
    "empty_search": "/admin/why/?q=DiskFull",
}
README = ("home", "alerts", "delivery", "rules", "tester", "window", "report")


def main(everything_to: str = "") -> None:
    """The README's pictures; given a folder, every page in both widths, light and dark, goes there."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stacks.running(Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=servers.find("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        if everything_to:
            _everything(browser, stack, Path(everything_to), EMPTY)
        evening.tell(stack)
        page = _page(browser, stack, WIDE, "light")
        IMAGES.mkdir(exist_ok=True)
        _wall(page, stack, IMAGES / "wall.png")
        show(page, stack, "home")
        page.get_by_role("button", name="Hide first steps").click()
        for name in README:
            _shoot(page, stack, name, IMAGES / f"{name}.png")
        _rooms(page, stack, IMAGES / "rooms.png")
        if everything_to:
            evening.post_what_is_none(stack)
            _everything(browser, stack, Path(everything_to), PAGES)
        browser.close()


def _page(browser: Browser, stack: Stack, size: Any, scheme: Any) -> Page:
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    page.goto(f"{stack.url}/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{stack.url}/admin/")
    return page


def show(page: Page, stack: Stack, name: str) -> None:
    """Open one of PAGES or of EMPTY, and do there what belongs to it."""
    page.goto(stack.url + (PAGES | EMPTY)[name])
    if deed := DEEDS.get(name):
        deed(page)
    page.wait_for_timeout(400)  # fonts and transitions


def _look_for(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill(words)
    page.wait_for_timeout(600)


def _save(page: Page, name: str, value: str) -> None:
    """With a mistake in it."""
    page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Save", exact=True).click()


def _shoot(page: Page, stack: Stack, name: str, to: Path, *, whole: bool = False) -> None:
    show(page, stack, name)
    page.screenshot(path=to, full_page=whole)


def _wall(page: Page, stack: Stack, to: Path) -> None:
    """Behind a link that is made for it."""
    page.goto(f"{stack.url}/admin/routing/walllink/add/")
    page.get_by_label("Name").fill(f"A screen for {to.stem}")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(stack.url + urlsplit(page.locator("#wall").inner_text().strip()).path)
    page.wait_for_timeout(400)
    page.screenshot(path=to)


def _rooms(page: Page, stack: Stack, to: Path, *, whole: bool = False) -> None:
    page.goto(f"{stack.sandbox.url}/#alerts-critical")
    page.wait_for_timeout(400)
    page.screenshot(path=to, full_page=whole)


def _everything(browser: Browser, stack: Stack, folder: Path, names: Iterable[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for size in (WIDE, NARROW):
        for scheme in ("light", "dark"):
            page = _page(browser, stack, size, scheme)
            kind = f"{size['width']}-{scheme}"
            for name in names:
                _shoot(page, stack, name, folder / f"{name}-{kind}.png", whole=True)
            if names is PAGES:
                _wall(page, stack, folder / f"wall-{kind}.png")
                _rooms(page, stack, folder / f"rooms-{kind}.png", whole=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
