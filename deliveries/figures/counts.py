"""What the first page counts besides deliveries: few statements, all by an index, whatever the tables hold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from deliveries.figures import day
from deliveries.models import Alert, DeadLetter, Delivery, Notification, Occurrence, RejectedRequest
from routing.rules.severity import ORDER

_OTHER = "other"


def still_open() -> Counter[str]:
    """What waits and what is held, whatever its age, and the dead letters: "waiting", "held", "dead". One statement."""
    by_state = Delivery.objects.filter(state__in=(Delivery.State.WAITING, Delivery.State.HELD)).order_by()
    dead = DeadLetter.objects.order_by().annotate(what=Value("dead")).values_list("what").annotate(Count("id"))
    return Counter(dict(by_state.values_list("state").annotate(Count("id")).union(dead, all=True)))


def of_alerts(now: datetime) -> list[tuple[datetime, Counter[str]]]:
    """Alerts by severity that began in each clock hour of the last day, the newest first; one that flaps counts once."""
    hours: dict[datetime, Counter[str]] = {start: Counter() for start in day.clock_hours(now)}
    begins = sorted(hours)
    rows = (
        Alert.objects.filter(starts_at__gt=now - day.DAY, starts_at__lte=now)
        .order_by()
        .annotate(place=day.hour_of("starts_at", begins))
        .values_list("place", "severity")
        .annotate(Count("id"))
    )
    for place, severity, count in rows:
        hours[begins[place - 1]][severity if severity in ORDER else _OTHER] += count
    return list(hours.items())


def accepted(now: datetime) -> tuple[int, int]:
    """Notifications of the last hour and of the last day."""
    hour = Count("id", filter=Q(received_at__gt=now - day.HOUR))
    lately = Notification.objects.filter(received_at__gt=now - day.DAY)
    found = lately.order_by().aggregate(hour=hour, day=Count("id"))
    return found["hour"], found["day"]


def last_accepted() -> datetime | None:
    """When the newest notification came; None: none ever did."""
    return Notification.objects.order_by("-id").values_list("received_at", flat=True).first()


def rejected(now: datetime) -> int:
    """Requests that were refused in the last day."""
    since = now - day.DAY
    rows = RejectedRequest.objects.filter(last_at__gt=since).order_by()
    return int(rows.aggregate(times=Coalesce(Sum("times"), 0))["times"])


def unrouted(now: datetime) -> QuerySet[Occurrence]:
    """Of the last day, the oldest first: alerts that reached a rule without a target that does not say it only records."""
    lately = Notification.objects.filter(received_at__gt=now - day.DAY).order_by("received_at")
    found = Occurrence.objects.filter(outcome=Occurrence.Outcome.UNROUTED)
    return found.filter(notification_id__gte=Subquery(lately.values("id")[:1])).order_by("notification_id", "id")
