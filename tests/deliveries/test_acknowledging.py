"""Acknowledging: somebody is at it, until the alert is resolved or begins anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

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


HOUR = timedelta(hours=1)


def begun(clock: str, status: str = "firing", ends: str = "10:05") -> dict[str, Any]:
    ended = f"2026-11-23T{ends}:00Z" if status == "resolved" else None
    return factories.alert(status=status, starts_at=f"2026-11-23T{clock}:00Z", ends_at=ended)


def test_an_alert_that_begins_anew_wants_a_new_one(alert: Alert, source: Source, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now + HOUR, begun("10:00", "resolved"))
    factories.owed(source, now + 2 * HOUR, begun("12:00"))
    assert names() == []


def test_so_does_one_that_burns_on_with_its_old_start_after_it_was_resolved(
    alert: Alert, source: Source, now: datetime
) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now + HOUR, begun("10:00", "resolved"))
    factories.owed(source, now + 2 * HOUR, begun("10:00"))
    assert names() == []
    assert acknowledging.acknowledge([alert.pk], by="bob", now=now + 2 * HOUR) == 1
    assert names() == ["bob"]


@pytest.mark.parametrize("clock", ["09:59", "10:01", "14:00"])
def test_another_start_alone_leaves_it(alert: Alert, source: Source, now: datetime, clock: str) -> None:
    """Replicas differ, and Alertmanager keeps the earliest start it hears."""
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now + HOUR, begun(clock))
    assert names() == ["ann"]


def test_a_start_that_moved_back_leaves_that_of_a_second_time(source: Source, now: datetime) -> None:
    for hours, told in enumerate((begun("10:00"), begun("10:00", "resolved"), begun("12:00"))):
        factories.owed(source, now + hours * HOUR, told)
    acknowledging.acknowledge([Alert.objects.get().pk], by="ann", now=now + 2 * HOUR + timedelta(seconds=1))
    factories.owed(source, now + 3 * HOUR, begun("11:59"))
    assert names() == ["ann"]


def test_a_start_after_an_end_that_came_late_ends_it(alert: Alert, source: Source, now: datetime) -> None:
    """The resolved is left out as older than what burns, and yet tells that two times are meant."""
    acknowledging.acknowledge([alert.pk], by="ann", now=now)
    factories.owed(source, now + HOUR, begun("12:00"))
    assert names() == ["ann"]
    factories.owed(source, now + HOUR, begun("10:00", "resolved"))
    assert (names(), Alert.objects.get().status) == ([], "firing")


def test_a_firing_that_is_kept_back_can_be_acknowledged(alert: Alert, source: Source, now: datetime) -> None:
    factories.owed(source, now, begun("10:00", "resolved"))
    factories.owed(source, now + timedelta(seconds=10), begun("10:00"))
    acknowledging.acknowledge([alert.pk], by="ann", now=now + timedelta(seconds=20))
    assert names() == ["ann"]


def test_what_one_alert_does_leaves_that_of_another(source: Source, now: datetime) -> None:
    both = factories.alert("A"), factories.alert("B")
    factories.owed(source, now, *both)
    acknowledging.acknowledge(list(Alert.objects.values_list("pk", flat=True)), by="ann", now=now)
    factories.owed(source, now + HOUR, factories.alert("A", status="resolved"), factories.alert("B"))
    assert list(Acknowledgement.objects.standing().values_list("alert__name", flat=True)) == ["B"]


def test_only_what_is_fresh_is_counted(alert: Alert, now: datetime) -> None:
    assert [acknowledging.acknowledge([alert.pk], by=who, now=now) for who in ("ann", "bob")] == [1, 0]


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


def test_of_a_long_comment_the_beginning_is_kept(alert: Alert, now: datetime) -> None:
    acknowledging.acknowledge([alert.pk], by="ann", comment="x" * 501, now=now)
    assert Acknowledgement.objects.get().comment == "x" * 500
