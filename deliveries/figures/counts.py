"""What the first page counts besides deliveries: few statements, all by an index, whatever the tables hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, DateTimeField, Max, Min, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from deliveries.figures import day
from deliveries.models import Alert, DeadLetter, Delivery, Notification, Occurrence, RejectedRequest
from routing.rules.severity import ORDER

_OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not in its room: "waiting", "held" and "dead" as a whole, what waits and what is held by target, whatever
    its age. `oldest`: id and time of what waits longest; None: nothing waits."""

    states: Counter[str]
    targets: Mapping[int, Counter[str]]
    oldest: tuple[int, datetime] | None


@dataclass(frozen=True, slots=True)
class Came:
    """Notifications of the last hour and of the last day, and requests that were refused in the last day. `last`: when the
    newest notification came; None: none ever did. `by_alertmanager`: of the newest, how many an Alertmanager sent itself."""

    in_hour: int
    in_day: int
    refused: int
    last: datetime | None
    by_alertmanager: int


def first_page(now: datetime) -> tuple[Pending, Came]:
    """One statement, a row for each target and state and a few more."""
    parts = [_dead(), _accepted(now), _refused(now), _newest()]
    states: Counter[str] = Counter()
    targets: defaultdict[int, Counter[str]] = defaultdict(Counter)
    waiting: list[tuple[int, datetime]] = []
    others: dict[str, tuple[Any, int, int]] = {}
    for what, target_id, at, count, further in _owed().union(*parts, all=True):
        if what in _OPEN:
            targets[target_id or 0][what] += count
        if what == Delivery.State.WAITING:
            waiting.append((further, at))
        states[what] += count
        others[what] = at, count, further
    nothing = (None, 0, 0)
    (_, in_day, in_hour), (_, refused, _) = others.get("accepted", nothing), others.get("refused", nothing)
    last, _, by_alertmanager = others.get("newest", nothing)
    pending = Pending(Counter({what: states[what] for what in (*_OPEN, "dead")}), targets, min(waiting, default=None))
    return pending, Came(in_hour, in_day, refused, last, by_alertmanager)


_OPEN = (Delivery.State.WAITING, Delivery.State.HELD)
_NEWEST = 50
_ALERTMANAGER = "Alertmanager/"  # how its user agent begins


def _owed() -> QuerySet[Any, Any]:
    """What, of which target, since when the oldest, how many, and which is the first of them: the columns of all parts."""
    rows = Delivery.objects.filter(state__in=_OPEN).order_by().values_list("state", "target_id")
    return rows.annotate(Min("created_at"), Count("id"), Min("id"))


def _part(what: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    # A null without a type would be a text for PostgreSQL, since it groups by it.
    never = Cast(Value(None), DateTimeField())
    named = rows.order_by().annotate(what=Value(what), whose=Value(0, BigIntegerField()), at=never)
    return named.values_list("what", "whose", "at")


def _dead() -> QuerySet[Any, Any]:
    return _part("dead", DeadLetter.objects.all()).annotate(count=Count("id"), further=Min("id"))


def _accepted(now: datetime) -> QuerySet[Any, Any]:
    hour = Count("id", filter=Q(received_at__gt=now - day.HOUR))
    lately = Notification.objects.filter(received_at__gt=now - day.DAY)
    return _part("accepted", lately).annotate(count=Count("id"), further=hour)


def _refused(now: datetime) -> QuerySet[Any, Any]:
    return _part("refused", _rejected(now)).annotate(count=_times(), further=Min("id"))


def _newest() -> QuerySet[Any, Any]:
    newest = Notification.objects.order_by("-id").values("id")[:_NEWEST]
    rows = Notification.objects.filter(id__in=newest).order_by()
    named = rows.annotate(what=Value("newest"), whose=Value(0, BigIntegerField())).values_list("what", "whose")
    by_alertmanager = Count("id", filter=Q(sender__contains=_ALERTMANAGER))
    return named.annotate(at=Max("received_at"), count=Count("id"), further=by_alertmanager)


def rejected(now: datetime) -> int:
    """Requests that were refused in the last day."""
    return int(_rejected(now).aggregate(times=_times())["times"])


def _rejected(now: datetime) -> QuerySet[RejectedRequest]:
    return RejectedRequest.objects.filter(last_at__gt=now - day.DAY).order_by()


def _times() -> Coalesce:
    return Coalesce(Sum("times"), 0)


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


def unrouted(now: datetime) -> QuerySet[Occurrence]:
    """Of the last day, the oldest first: alerts that reached a rule without a target that does not say it only records."""
    lately = Notification.objects.filter(received_at__gt=now - day.DAY).order_by("received_at")
    found = Occurrence.objects.filter(outcome=Occurrence.Outcome.UNROUTED)
    return found.filter(notification_id__gte=Subquery(lately.values("id")[:1])).order_by("notification_id", "id")
