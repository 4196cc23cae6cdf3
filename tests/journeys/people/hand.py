"""Somebody on the first page, with a mouse at a desk or a thumb on a phone. What they press is counted by the page itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Locator

from tests.journeys import people
from tests.journeys.stack import Stack

DESK, PHONE = "desk", "phone"
SIZES: dict[str, dict[str, Any]] = {
    DESK: {"size": people.WIDE},
    PHONE: {"size": people.NARROW, "touch": True},
}
# A touch is a pointer too. Only what a person does is trusted, so that scripts of the pages count for nothing. It is kept by the
# tab, from page to page.
_COUNT = """
const pressed = () => sessionStorage.setItem("pressed", 1 + Number(sessionStorage.getItem("pressed")));
addEventListener("pointerdown", (event) => event.isTrusted && pressed(), true);
addEventListener("keydown", (event) => event.isTrusted && event.key === "Enter" && pressed(), true);
"""


class Person:
    """Somebody on the first page. `page` is theirs alone."""

    def __init__(self, browser: Browser, stack: Stack, name: str, where: str) -> None:
        self.where = where
        self.page = people.log_in(browser, stack, name, **SIZES[where])
        self.home = self.page.url
        self.page.add_init_script(f"(() => {{{_COUNT}}})()")
        self.page.reload()

    def press(self, what: Locator) -> None:
        what.tap() if self.where == PHONE else what.click()

    @contextmanager
    def pressing(self, times: int) -> Iterator[None]:
        """Fails if what is done inside takes more clicks, taps and Enters than that, or fewer: then say so."""
        before = self._pressed()
        yield
        pressed = self._pressed() - before
        assert pressed == times, f"it took {pressed} clicks, taps or Enters instead of {times}"

    def _pressed(self) -> int:
        return int(self.page.evaluate("Number(sessionStorage.getItem('pressed'))"))


@dataclass(frozen=True, slots=True)
class Fire:
    """Alerts of one name that burn."""

    name: str
    count: int
    notification: int


Arrive = Callable[[str], Person]
"""Somebody of that name comes to the first page."""
Light = Callable[..., Fire]
"""Alerts of that name burn until the story is over."""
