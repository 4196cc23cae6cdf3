"""Expiring: what is worth nothing any more ends, with that reason, and its room is told how many there were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from deliveries.models import Delivery, Lane
from deliveries.outbox import carrying, notices
from deliveries.reasons import Reason
from routing.models import Target

_KNOWN_AFTER = timedelta(minutes=5)


def expire_overdue(now: datetime, limit: int = 1000) -> int:
    """End what waited past its age without a try that could say so: its target was in trouble or busy. Returns how many."""
    overdue = Delivery.objects.filter(state=Delivery.State.WAITING, expires_at__lte=now).exclude(target=None)
    # What is owed to a suspect target goes out, or is held, within a minute or two.
    suspect = Lane.objects.filter(refusals__gt=0, suspect_since__gt=now - _KNOWN_AFTER)
    overdue = overdue.exclude(target_id__in=suspect.values("pk"))
    with transaction.atomic():
        rows = list(overdue.free().order_by("id").values_list("pk", "target_id", "kind")[:limit])
        ended = Delivery.objects.filter(pk__in=[pk for pk, _, _ in rows])
        ended.filter(reason="").update(
            reason=Reason.TOO_LATE.value,
            explanation="It could not be tried in time. Send it again if it still matters.",
        )
        ended.update(state=Delivery.State.EXPIRED, ended_at=now)
        carrying.undo({pk for pk, _, kind in rows if kind == Delivery.Kind.DIGEST}, now)
        by_target: dict[int, set[int]] = defaultdict(set)
        for pk, target_id, _ in rows:
            by_target[target_id].add(pk)
        for target in Target.objects.filter(pk__in=by_target):
            tell(target, by_target[target.pk], now)
    return len(rows)


def tell(target: Target, delivery_ids: Collection[int], now: datetime) -> None:
    """Let the room know of these, which have expired: alerts only, not AlertHub's own lines."""
    worth = Delivery.objects.filter(pk__in=delivery_ids, kind=Delivery.Kind.ALERT)
    if alerts := set(worth.values_list("pk", flat=True)):
        notices.expired(target, alerts, now)
