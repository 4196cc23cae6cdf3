"""People with a browser: how they log in, in which role, and what axe says about the page they look at."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import servers, shipped
from tests.journeys.stack import ADMIN_PASSWORD, ROOT, Stack

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "a password of a person"
ROLES = {"vera": "Viewer", "rob": "Responder", "eddy": "Route editor", "ada": "Administrator"}
Enter = Callable[[str], Page]
"""Log in as somebody of that name."""
_SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 10_000  # milliseconds


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a test is skipped where there is none, and fails under CI."""
    found = servers.find("chromium")
    if found is None:
        assert os.environ.get("CI") != "true", "chromium is missing"
        pytest.skip("chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_SWITCHES)
        yield browser
        browser.close()


def log_in(
    browser: Browser,
    stack: Stack,
    name: str = "admin",
    *,
    size: Any = WIDE,
    scheme: Any = "light",
    touch: bool = False,
) -> Page:
    """A page of a person's own, on the first page of the admin. `touch`: as a phone has it, without a mouse."""
    context = browser.new_context(viewport=size, color_scheme=scheme, has_touch=touch, is_mobile=touch)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{stack.url}/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(ADMIN_PASSWORD if name == "admin" else PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{stack.url}/admin/")
    page.wait_for_load_state()  # so that its scripts hear what is typed
    return page


def hire(stack: Stack, roles: Mapping[str, str]) -> None:
    """People who may log in, by name, each in one role."""
    script = (
        "from django.contrib.auth.models import Group, User\n"
        f"for name, role in {dict(roles)!r}.items():\n"
        f"    user = User.objects.create_user(name, password={PASSWORD!r}, is_staff=True)\n"
        "    user.groups.add(Group.objects.get(name=role))\n"
    )
    command = [shipped.python(), "manage.py", "shell", "-v", "0", "-c", script]
    subprocess.run(command, cwd=ROOT, env=stack.environment, check=True)


def findings(page: Page) -> list[str]:
    """Whatever axe-core finds on the page, a line each: minor things too, and what is only good practice."""
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]
