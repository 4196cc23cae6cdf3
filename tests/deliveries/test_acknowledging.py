"""Acknowledging: somebody is at it, until the alert is resolved or begins anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deliveries import acknowledging
from deliveries.models import Acknowledgement, Alert
from routing.models import Source
from tests import factories
from tests.callers import caller, superuser

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def source() -> Source:
    return factories.make_source()


@pytest.fixture
def alert(source: Source, now: datetime) -> Alert:
    factories.owed(source, now)
    return Alert.objects.get()


def names() -> list[str]:
    return list(Acknowledgement.objects.standing().values_list("by", flat=True))


def test_it_stands_while_the_alert_fires(alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    assert names() == ["ann"]


def test_of_two_people_the_first_counts(alert: Alert, now: datetime) -> None:
    for who in ("ann", "bob"):
        acknowledging.acknowledge([alert.pk], by=who, now=now)
    assert names() == ["ann"]


def test_it_ends_with_the_alert(alert: Alert, source: Source, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now, factories.alert(status="resolved"))
    assert names() == []


def test_an_alert_that_begins_anew_wants_a_new_one(alert: Alert, source: Source, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now + timedelta(hours=1), factories.alert(starts_at="2026-11-24T10:00:00Z"))
    assert names() == []


def test_a_repeated_telling_leaves_it(alert: Alert, source: Source, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now + timedelta(hours=1), factories.alert())
    assert names() == ["ann"]


def test_it_can_be_withdrawn(alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    acknowledging.withdraw([alert.pk], by="bob", now=now)
    assert (names(), Acknowledgement.objects.get().withdrawn_by) == ([], "bob")


def test_after_that_another_person_may(alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    acknowledging.withdraw([alert.pk], by="ann", now=now)
    acknowledging.acknowledge([alert.pk], by="bob", now=now)
    assert names() == ["bob"]


def test_one_without_a_start_can_be_acknowledged_once(alert: Alert, now: datetime) -> None:
    Alert.objects.update(starts_at=None)
    for who in ("ann", "bob"):
        acknowledging.acknowledge([alert.pk], by=who, now=now)
    assert names() == ["ann"]


def test_the_api_acknowledges(alert: Alert) -> None:
    answer = superuser().post(f"/api/v1/alerts/{alert.pk}/acknowledge/", {"comment": "I look"}).json()
    assert (answer["acknowledged"]["by"], answer["acknowledged"]["comment"]) == ("root", "I look")


def test_the_api_withdraws(alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    assert superuser().post(f"/api/v1/alerts/{alert.pk}/withdraw/").json()["acknowledged"] is None


def test_what_does_not_fire_cannot_be_acknowledged(alert: Alert) -> None:
    Alert.objects.update(status="resolved")
    assert superuser().post(f"/api/v1/alerts/{alert.pk}/acknowledge/").status_code == 409


def test_it_needs_its_own_permission(alert: Alert) -> None:
    assert caller("deliveries.view_alert").post(f"/api/v1/alerts/{alert.pk}/acknowledge/").status_code == 403


@pytest.mark.parametrize(("wanted", "found"), [("true", 1), ("false", 0)])
def test_alerts_are_listed_by_acknowledgement(alert: Alert, now: datetime, wanted: str, found: int) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    answer = superuser().get("/api/v1/alerts/", {"acknowledged": wanted}).json()
    assert len(answer["results"]) == found
