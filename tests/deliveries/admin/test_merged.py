"""Wherever a merged delivery is shown or counted, it stands where the one stands that carries it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.models import Alert, Delivery, Lane
from routing.models import Source, Target
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/deliveries/delivery/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


@pytest.fixture
def resolved(source: Source, target: Target, now: datetime) -> Delivery:
    """It waits, and will tell of a late firing too."""
    return factories.owed(source, now, factories.alert("Later"), group="later")[0]


@pytest.fixture
def firing(source: Source, resolved: Delivery, now: datetime) -> Delivery:
    [firing] = factories.owed(source, now, factories.alert("DiskFull"))
    Delivery.objects.filter(pk=firing.pk).update(
        state="merged", reason="with_resolved", ended_at=now, carried_by=resolved
    )
    return firing


def end(delivery: Delivery, state: str, now: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, ended_at=now)


def figures(browser: Client) -> dict[str, int]:
    return {tile.label: tile.hour for tile in browser.get("/admin/").context["tiles"]}


def rows(browser: Client, told: str) -> list[Any]:
    return list(browser.get(LIST, {"told": told, "last": "1"}).context["cl"].queryset.order_by("pk"))


def test_the_first_page_does_not_call_it_delivered(browser: Client, firing: Delivery, target: Target) -> None:
    Lane.objects.create(target=target)
    [room] = browser.get("/admin/").context["rooms"]
    assert (room["success"], room["count"], room["open"]) == ("–", 2, 2)
    assert figures(browser)["deliveries in the room"] == 0


@pytest.mark.parametrize(
    ("state", "label", "told"),
    [("delivered", "deliveries in the room", "yes"), ("rejected", "deliveries failed", "failed")],
)
def test_its_figure_leads_to_both(
    browser: Client, resolved: Delivery, firing: Delivery, now: datetime, state: str, label: str, told: str
) -> None:
    end(resolved, state, now)
    assert (figures(browser)[label], rows(browser, told)) == (2, [resolved, firing])


def test_the_list_has_what_is_still_open(browser: Client, resolved: Delivery, firing: Delivery, now: datetime) -> None:
    assert rows(browser, "open") == [resolved, firing]
    end(resolved, "cancelled", now)
    assert rows(browser, "open") == []


@pytest.mark.parametrize(("state", "shown"), [("waiting", "merged, pending"), ("rejected", "merged, rejected")])
def test_the_list_says_how_far_it_is(
    browser: Client, resolved: Delivery, firing: Delivery, now: datetime, state: str, shown: str
) -> None:
    Delivery.objects.filter(pk=resolved.pk).update(state=state)
    assert shown in browser.get(LIST).content.decode()


def test_in_the_room_it_is_just_merged(browser: Client, resolved: Delivery, firing: Delivery, now: datetime) -> None:
    end(resolved, "delivered", now)
    assert "merged, " not in browser.get(LIST).content.decode()


def test_the_page_of_its_alert_says_how_far_it_is(browser: Client, firing: Delivery) -> None:
    alert = Alert.objects.get(name="DiskFull")
    shown = browser.get(f"/admin/deliveries/alert/{alert.pk}/change/").content.decode()
    assert f"ops ({firing}, merged, pending)" in shown


def test_many_merged_ones_need_no_more_statements(
    browser: Client, source: Source, resolved: Delivery, firing: Delivery, now: datetime
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(LIST)
        return len(queries)

    statements()
    few = statements()
    for name in "abc":
        [other] = factories.owed(source, now, factories.alert(name), group=name)
        Delivery.objects.filter(pk=other.pk).update(state="merged", carried_by=resolved)
    assert statements() == few
