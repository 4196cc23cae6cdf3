"""An installation in which nothing ever arrived does not say that everything works: it says how to let something arrive."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.models import Delivery, Lane, RejectedRequest
from tests import factories
from tests.callers import person

pytestmark = pytest.mark.django_db

CURL = "curl -i https://alerthub.example/webhook -H &#x27;Authorization: Bearer TOKEN&#x27;"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def accept(at: datetime) -> None:
    factories.tell_fallback(factories.make_target())
    factories.owed(factories.make_source(), at)
    Delivery.objects.update(state="delivered", ended_at=at)


def page(browser: Client) -> Any:
    return browser.get("/admin/").context


def shown(browser: Client) -> str:
    return browser.get("/admin/").content.decode()


def test_it_says_that_nothing_arrived_yet(browser: Client) -> None:
    sentence = "Nothing has arrived yet: nothing can be told before an Alertmanager posts here."
    assert page(browser)["verdict"] == ("blue", sentence)


def test_what_came_and_was_refused_is_said(browser: Client, now: datetime) -> None:
    RejectedRequest.objects.create(first_at=now, last_at=now, status_code=401, reason="x", message="x", times=3)
    assert page(browser)["verdict"][1].startswith("What came was refused, so nothing has been accepted yet:")


def test_it_has_the_line_that_sends_a_first_alert(browser: Client, settings: Any) -> None:
    settings.PUBLIC_URL = "https://alerthub.example"
    assert CURL in shown(browser)


def test_it_leads_to_the_sources(browser: Client) -> None:
    assert 'under <a href="/admin/routing/source/">Sources</a>' in shown(browser)


def test_the_line_can_be_copied(browser: Client) -> None:
    assert "routing/copy.js" in shown(browser)


def test_who_may_see_no_sources_is_told_without_the_line(client: Client) -> None:
    client.force_login(person("bob", "deliveries.view_delivery", is_staff=True))
    assert (page(client)["verdict"][0], page(client)["first_steps"]) == ("blue", {})


def test_the_line_goes_once_something_arrived(browser: Client, now: datetime) -> None:
    accept(now)
    assert ("Bearer TOKEN" in shown(browser), page(browser)["verdict"]) == (False, ("green", "Everything works."))


def test_a_quiet_installation_says_since_when(browser: Client, now: datetime) -> None:
    accept(now - timedelta(days=2))
    tone, sentence = page(browser)["verdict"]
    day = timezone.localtime(now - timedelta(days=2))
    assert (tone, sentence) == ("green", f"Everything works. Nothing has arrived since {day.day} {day:%b %H:%M:%S %Z}.")


def test_what_is_broken_is_said_first(browser: Client, now: datetime) -> None:
    Lane.objects.create(target=factories.make_target(), opened_at=now, failures=5)
    assert page(browser)["verdict"][0] == "red"


def test_a_test_message_that_was_rejected_is_no_sign_that_everything_works(browser: Client, now: datetime) -> None:
    Delivery.objects.create(
        kind="test", target=factories.make_target(), target_name="ops", state="rejected", created_at=now, ended_at=now,
        next_attempt_at=now, expires_at=now,
    )  # fmt: skip
    assert page(browser)["verdict"][0] == "blue"


def test_the_line_stands_below_what_is_broken_as_well(browser: Client, now: datetime) -> None:
    Lane.objects.create(target=factories.make_target(), opened_at=now, failures=5)
    assert "Bearer TOKEN" in shown(browser)
