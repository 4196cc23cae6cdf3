"""The page of a delivery asks the database a fixed number of questions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from deliveries.admin import attempt
from deliveries.models import Attempt, Delivery, Lane
from routing.models import Source, Target
from tests import factories
from tests.deliveries.statements import Counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(source: Source, now: datetime) -> Delivery:
    factories.tell_fallback(factories.make_target())
    alerts = [factories.alert("A", instance=str(number)) for number in range(3)]
    return factories.owed(source, now, *alerts)[0]


def statements(browser: Client, delivery: Delivery) -> int:
    address = f"/admin/deliveries/delivery/{delivery.pk}/change/"
    browser.get(address)
    with Counted() as counted:
        browser.get(address)
    return counted.statements


def tried(delivery: Delivery, number: int, now: datetime, **fields: Any) -> None:
    Attempt.objects.create(delivery=delivery, number=number, worker="w1", started_at=now, **fields)


def test_one_that_was_delivered_asks_fifteen_however_often_it_was_tried(
    browser: Client, delivery: Delivery, now: datetime
) -> None:
    tried(delivery, 1, now, outcome="delivered", sent='{"text": "A"}')
    Delivery.objects.update(state="delivered", ended_at=now)
    once = statements(browser, delivery)
    for number in range(2, 9):
        tried(delivery, number, now, outcome="delivered", sent='{"text": "A"}')
    assert (statements(browser, delivery), once <= 15) == (once, True)


def test_one_that_waits_for_a_target_in_trouble_asks_for_its_lane_once(
    browser: Client, delivery: Delivery, now: datetime
) -> None:
    Lane.objects.create(
        target=Target.objects.get(),
        failures=2,
        last_error="away",
        probe_at=now + timedelta(hours=1),
    )
    assert statements(browser, delivery) <= 19


def test_what_was_sent_last_is_found_behind_many_attempts_that_sent_nothing(delivery: Delivery, now: datetime) -> None:
    tried(delivery, 1, now, outcome="unknown", sent='{"text": "A"}')
    Attempt.objects.bulk_create(
        Attempt(delivery=delivery, number=number, worker="w1", started_at=now) for number in range(2, 203)
    )
    found = attempt.last_sent(delivery, attempt.newest(delivery))
    assert found is not None
    assert found.number == 1
