"""Links in messages that lead nowhere from another machine are said, until ALERTHUB_PUBLIC_URL is set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from deliveries.foresight import findings
from routing.models import Target
from tests import factories
from tests.routing.admin.test_source import page

pytestmark = pytest.mark.django_db

REACHED = "https://alerthub.example.com"


@pytest.mark.parametrize("url", ["http://localhost:8093", "http://127.0.0.1:8093/alerthub"])
def test_links_that_lead_to_the_machine_itself_are_named_with_what_to_set(settings: Any, url: str) -> None:
    settings.PUBLIC_URL = url
    sentence = findings.of_settings()["ALERTHUB_PUBLIC_URL"]
    assert sentence.startswith(
        f"Links in messages begin with {url}, which leads nowhere from any other machine: set it"
    )


def test_nothing_is_said_once_it_is_set(settings: Any) -> None:
    settings.PUBLIC_URL = REACHED
    assert findings.of_settings() == {}


def test_it_comes_before_what_is_said_of_rows(settings: Any, target: Target, now: datetime) -> None:
    settings.PUBLIC_URL = "http://localhost:8093"
    told = findings.in_all(now, [target])
    assert (told[0][:2], ("target", target.pk) in [each[:2] for each in told[1:]]) == (("setting", None), True)


def test_the_first_page_says_it_without_a_link(settings: Any, browser: Client) -> None:
    settings.PUBLIC_URL = "http://localhost:8093"
    browser.post("/admin/first-steps/", {"hide": "yes"})  # they say it, too
    shown = browser.get("/admin/").content.decode()
    assert "<li>Setting ALERTHUB_PUBLIC_URL: Links in messages begin with http://localhost:8093" in shown


def test_the_first_page_says_nothing_once_it_is_set(settings: Any, browser: Client) -> None:
    settings.PUBLIC_URL = REACHED
    assert "ALERTHUB_PUBLIC_URL" not in browser.get("/admin/").content.decode()


@pytest.mark.parametrize(("url", "is_said"), [("http://localhost:8093", True), (REACHED, False)])
def test_a_new_token_says_that_its_address_works_on_this_machine_only(
    settings: Any, browser: Client, url: str, is_said: bool
) -> None:
    settings.PUBLIC_URL = url
    shown = browser.post(page(factories.make_source(), "new_token"), {"name": "am-1"}).content.decode()
    assert ("works on AlertHub's own machine only" in shown) is is_said
