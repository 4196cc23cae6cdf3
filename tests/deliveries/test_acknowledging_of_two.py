"""Acknowledging where two things meet: two alerts, two times of one, two people."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deliveries import acknowledging
from deliveries.models import Acknowledgement, Alert
from routing.models import Source
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def alerts(source: Source, now: datetime) -> tuple[Alert, Alert]:
    factories.owed(source, now, factories.alert("A"), factories.alert("B"))
    return Alert.objects.get(name="A"), Alert.objects.get(name="B")


def begins_anew(source: Source, now: datetime) -> None:
    """Both are resolved and fire again."""
    both = [factories.alert(name, status="resolved") for name in ("A", "B")]
    factories.owed(source, now, *both)
    later = [factories.alert(name, starts_at="2026-11-23T12:00:00Z") for name in ("A", "B")]
    factories.owed(source, now + HOUR, *later)


def ended(alert: Alert) -> list[datetime | None]:
    return list(Acknowledgement.objects.filter(alert=alert).order_by("id").values_list("ended_at", flat=True))


def test_what_is_withdrawn_from_one_alert_stands_at_another(alerts: tuple[Alert, Alert], now: datetime) -> None:
    for alert in alerts:
        acknowledging.acknowledge([alert.pk], by="ann", now=now)
    assert acknowledging.withdraw([alerts[0].pk], by="bob", now=now) == 1
    assert list(Acknowledgement.objects.standing().values_list("alert__name", flat=True)) == ["B"]
    assert acknowledging.withdraw([one.pk for one in alerts], by="bob", now=now) == 1


def test_an_earlier_time_ends_when_another_is_acknowledged_and_that_of_another_alert_does_not(
    alerts: tuple[Alert, Alert], source: Source, now: datetime
) -> None:
    acknowledging.acknowledge([one.pk for one in alerts], by="ann", now=now)
    begins_anew(source, now + HOUR)
    later = now + 3 * HOUR
    assert acknowledging.acknowledge([alerts[0].pk], by="bob", now=later) == 1
    assert [ended(one) for one in alerts] == [[later, None], [None]]


def test_what_ended_or_was_withdrawn_before_keeps_its_times(
    alerts: tuple[Alert, Alert], source: Source, now: datetime
) -> None:
    first, second = alerts
    acknowledging.acknowledge([one.pk for one in alerts], by="ann", now=now)
    acknowledging.withdraw([second.pk], by="ann", now=now)
    begins_anew(source, now + HOUR)
    acknowledging.acknowledge([one.pk for one in alerts], by="bob", now=now + 3 * HOUR)
    acknowledging.withdraw([one.pk for one in alerts], by="bob", now=now + 4 * HOUR)
    acknowledging.acknowledge([one.pk for one in alerts], by="cid", now=now + 5 * HOUR)
    assert (ended(first), ended(second)) == ([now + 3 * HOUR, None, None], [None, None, None])


def test_of_two_alerts_only_the_one_that_fires_is_acknowledged(
    alerts: tuple[Alert, Alert], source: Source, now: datetime
) -> None:
    factories.owed(source, now, factories.alert("A", status="resolved"), factories.alert("B"))
    assert acknowledging.acknowledge([one.pk for one in alerts], by="ann", now=now) == 1
    assert list(Acknowledgement.objects.values_list("alert__name", flat=True)) == ["B"]


def test_of_two_alerts_the_one_that_nobody_is_at_is_acknowledged(alerts: tuple[Alert, Alert], now: datetime) -> None:
    acknowledging.acknowledge([alerts[0].pk], by="ann", now=now)
    assert acknowledging.acknowledge([one.pk for one in alerts], by="bob", now=now + HOUR) == 1
    assert dict(Acknowledgement.objects.standing().values_list("alert__name", "by")) == {"A": "ann", "B": "bob"}
    assert [ended(one) for one in alerts] == [[None], [None]]
