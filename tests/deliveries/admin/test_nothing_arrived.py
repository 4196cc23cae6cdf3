"""An installation in which nothing ever arrived does not say that everything works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from deliveries.models import Delivery, RejectedRequest
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def accept(at: datetime) -> None:
    factories.tell_fallback(factories.make_target())
    factories.owed(factories.make_source(), at)
    Delivery.objects.update(state="delivered", ended_at=at)


def page(browser: Client) -> Any:
    return browser.get("/admin/").context


def test_it_says_that_nothing_arrived_yet(browser: Client) -> None:
    sentence = "Nothing has arrived yet: nothing can be told before an Alertmanager posts here."
    assert page(browser)["verdict"] == ("blue", sentence)


def test_what_came_and_was_refused_is_said(browser: Client, now: datetime) -> None:
    RejectedRequest.objects.create(first_at=now, last_at=now, status_code=401, reason="x", message="x", times=3)
    assert page(browser)["verdict"][1].startswith("What came was refused, so nothing has been accepted yet:")


def test_a_quiet_installation_says_since_when(browser: Client, now: datetime) -> None:
    accept(now - timedelta(days=2))
    tone, sentence = page(browser)["verdict"]
    day = timezone.localtime(now - timedelta(days=2))
    assert (tone, sentence) == ("green", f"Everything works. Nothing has arrived since {day.day} {day:%b %H:%M:%S %Z}.")


def test_a_test_message_that_was_rejected_is_no_sign_that_everything_works(browser: Client, now: datetime) -> None:
    Delivery.objects.create(
        kind="test", target=factories.make_target(), target_name="ops", state="rejected", created_at=now, ended_at=now,
        next_attempt_at=now, expires_at=now,
    )  # fmt: skip
    assert page(browser)["verdict"][0] == "blue"
