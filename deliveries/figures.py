"""What happened in the last 24 hours, counted: few statements, all by an index, whatever the tables hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from deliveries.models import Alert, Delivery, Notification, RejectedRequest
from deliveries.percentiles import BOUNDS
from routing.severity import ORDER

HOURS = 24
_OTHER = "other"


@dataclass(slots=True)
class Span:
    """Deliveries of one span of time: by state, by how long they took (a histogram), those of the fallback rule."""

    states: Counter[str] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)
    by_fallback: int = 0

    def add(self, state: str, took: int | None, is_fallback: bool, count: int) -> None:
        self.states[state] += count
        if took is not None:
            self.took[took] += count
        if is_fallback:
            self.by_fallback += count

    @property
    def success(self) -> float | None:
        """The share of what ended that is in its room; None: nothing ended."""
        good = self.states["delivered"] + self.states["merged"]
        ended = good + self.states["rejected"] + self.states["expired"]
        return good / ended if ended else None


@dataclass(slots=True)
class Day:
    """`hours[0]` are the last 60 minutes, `hours[1]` the 60 before, and so on."""

    hours: list[Span]
    whole: Span
    targets: dict[int, Span]


def of_deliveries(now: datetime) -> Day:
    """What was owed in the last 24 hours and where it is now; test messages do not count. One statement."""
    day = Day([Span() for _ in range(HOURS)], Span(), {})
    rows = (
        Delivery.objects.filter(created_at__gt=now - timedelta(hours=HOURS))
        .exclude(kind=Delivery.Kind.TEST)
        .order_by()
        .annotate(ago=_hours_ago("created_at", now), took=_bucket())
        .values_list("ago", "target_id", "state", "took", "rule__is_fallback")
        .annotate(Count("id"))
    )
    for ago, target_id, state, bucket, is_fallback, count in rows:
        for span in (day.hours[ago], day.whole, day.targets.setdefault(target_id or 0, Span())):
            span.add(state, bucket, bool(is_fallback), count)
    return day


def of_alerts(now: datetime) -> list[Counter[str]]:
    """Alerts by severity that began in each of the last 24 hours, the newest first; one that flaps counts once."""
    hours: list[Counter[str]] = [Counter() for _ in range(HOURS)]
    rows = (
        Alert.objects.filter(starts_at__gt=now - timedelta(hours=HOURS), starts_at__lte=now)
        .order_by()
        .annotate(ago=_hours_ago("starts_at", now))
        .values_list("ago", "severity")
        .annotate(Count("id"))
    )
    for ago, severity, count in rows:
        hours[ago][severity if severity in ORDER else _OTHER] += count
    return hours


def accepted(now: datetime) -> tuple[int, int]:
    """Notifications of the last hour and of the last day."""
    hour = Count("id", filter=Q(received_at__gt=now - timedelta(hours=1)))
    day = Notification.objects.filter(received_at__gt=now - timedelta(hours=HOURS))
    found = day.order_by().aggregate(hour=hour, day=Count("id"))
    return found["hour"], found["day"]


def rejected(now: datetime) -> int:
    """Requests that were refused in the last day."""
    since = now - timedelta(hours=HOURS)
    rows = RejectedRequest.objects.filter(last_at__gt=since).order_by()
    return int(rows.aggregate(times=Coalesce(Sum("times"), 0))["times"])


def _hours_ago(column: str, now: datetime) -> Any:
    since = (When(**{f"{column}__gt": now - timedelta(hours=each + 1)}, then=Value(each)) for each in range(HOURS - 1))
    return Case(*since, default=Value(HOURS - 1), output_field=IntegerField())


def _bucket() -> Any:
    """Of what was delivered: in which bucket its time lies; else None."""
    is_in_room = Q(state=Delivery.State.DELIVERED, ended_at__isnull=False)
    within = (
        When(is_in_room & Q(ended_at__lte=F("created_at") + timedelta(seconds=bound)), then=Value(number))
        for number, bound in enumerate(BOUNDS)
    )
    return Case(*within, When(is_in_room, then=Value(len(BOUNDS))), default=None, output_field=IntegerField())
