"""Ghosts: alerts that fire and are heard of no more, for they left their group without a resolved.

Somebody silenced or relabelled them at the sender, or another group took them over. Alertmanager repeats whatever it
tells, so what is not heard of for longer than that is marked, and after a longer time it is closed. No room is told:
nobody knows that it is over, and in a room "over" would be read so. If it is heard of again it fires again, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from deliveries.models import Alert, Closing
from routing.models import Source
from routing.models.source import REPEAT_MARGIN

# What AlertHub could not hear while it was down itself is sent again within Alertmanager's group_interval.
_LISTENS_FIRST = timedelta(hours=1)
_AT_ONCE = 500


class Closer:
    """Closes in rounds what was not heard of for long, once this process has listened for a while."""

    def __init__(self) -> None:
        self._since: datetime | None = None

    def look(self, now: datetime) -> int:
        """How many were closed: at most some hundred a round."""
        # A clock that was set back begins anew.
        self._since = min(self._since or now, now)
        return close(now) if now - self._since >= _LISTENS_FIRST else 0


def is_unheard(alert: Alert, now: datetime) -> bool:
    """Whether it fires and was not heard of for longer than its source repeats."""
    source = alert.source or Source()
    return alert.status == "firing" and now - alert.last_seen_at > _repeats_within(source.repeat_interval)


def unheard(now: datetime) -> Q:
    """The same as a filter of alerts. One query."""
    found = Q(pk__in=[])
    for seconds in _distinct("repeat_interval"):
        found |= _of("repeat_interval", seconds) & Q(last_seen_at__lt=now - _repeats_within(seconds))
    return Q(status="firing") & found


def close(now: datetime) -> int:
    """Close what was not heard of for as long as its source says; what is kept back will be told, and stays."""
    overdue = Q(pk__in=[])
    for seconds in _distinct("close_after"):
        if seconds:
            overdue |= _of("close_after", seconds) & Q(last_seen_at__lt=now - timedelta(seconds=seconds))
    with transaction.atomic():
        firing = Alert.objects.filter(overdue, status="firing", silent_until=None)
        some = list(firing.order_by("last_seen_at").values_list("pk", flat=True)[:_AT_ONCE])
        if not some:
            return 0
        # Heard of at this moment, or closed by another worker: then it is none of them any more.
        ghosts = list(firing.select_for_update(of=("self",)).filter(pk__in=some).order_by("fingerprint", "pk"))
        Closing.objects.bulk_create(Closing(alert=ghost, at=now, why=_why(ghost)) for ghost in ghosts)
        Alert.objects.filter(pk__in=[ghost.pk for ghost in ghosts]).update(status="closed")
    return len(ghosts)


def _why(ghost: Alert) -> str:
    return (
        f"Not heard of since {ghost.last_seen_at:%Y-%m-%d %H:%M} UTC, and it was never told as resolved: silenced or "
        "relabelled at its sender, or its group is no more. No room was told of this."
    )


def _distinct(field: str) -> Iterable[int]:
    """The values that sources have, and the one that stands for sources that were deleted."""
    return {*Source.objects.values_list(field, flat=True).distinct(), getattr(Source(), field)}


def _of(field: str, seconds: int) -> Q:
    found = Q(**{f"source__{field}": seconds})
    return found | Q(source=None) if seconds == getattr(Source(), field) else found


def _repeats_within(seconds: int) -> timedelta:
    return timedelta(seconds=seconds + REPEAT_MARGIN)
