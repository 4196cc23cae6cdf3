"""Recovery: leases that ran out and targets that were deleted leave nothing behind in an open state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from deliveries import outcomes
from deliveries.models import Attempt, Delivery
from deliveries.outbox.recording import NO_LEASE
from deliveries.outcomes import Kind


def recover(now: datetime, limit: int = 200) -> int:
    """Take back deliveries whose lease ran out: nobody knows whether they were sent. Returns how many."""
    lost = Delivery.objects.filter(state=Delivery.State.SENDING, lease_until__lte=now)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            lost = lost.select_for_update(skip_locked=True)
        deliveries = list(lost.order_by("lease_until")[:limit])
        ids = [delivery.pk for delivery in deliveries]
        open_attempts = list(Attempt.objects.filter(delivery_id__in=ids, outcome=""))
        reason = outcomes.Reason.LEASE_EXPIRED
        for attempt in open_attempts:
            attempt.outcome, attempt.reason, attempt.error = Kind.UNKNOWN.value, reason.value, reason.advice
        Attempt.objects.conclude(open_attempts, ["outcome", "reason", "error"])
        back: dict[str, Any] = {
            "unknown_count": F("unknown_count") + 1,
            "tries": F("tries") + 1,
            "reason": reason.value,
            "explanation": reason.advice,
            **NO_LEASE,
        }
        mine = Delivery.objects.filter(pk__in=ids)
        mine.filter(expires_at__gt=now).update(state=Delivery.State.WAITING, next_attempt_at=now, **back)
        mine.filter(expires_at__lte=now).update(state=Delivery.State.EXPIRED, ended_at=now, **back)
    return len(ids)


def expire_overdue(now: datetime, limit: int = 1000) -> int:
    """End what waited past its age without a try that could say so: its target was disabled, in trouble or busy.

    Returns how many.
    """
    overdue = Delivery.objects.filter(state=Delivery.State.WAITING, expires_at__lte=now).exclude(target=None)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            overdue = overdue.select_for_update(skip_locked=True)
        ids = list(overdue.order_by("id").values_list("pk", flat=True)[:limit])
        ended = Delivery.objects.filter(pk__in=ids)
        ended.filter(reason="").update(
            reason="too_late", explanation="It could not be tried in time. Send it again if it still matters."
        )
        ended.update(state=Delivery.State.EXPIRED, ended_at=now)
    return len(ids)


def close_orphans(now: datetime) -> int:
    """End what is owed to targets that were deleted, with that reason. Returns how many."""
    orphans = Delivery.objects.filter(Q(target=None), state__in=(Delivery.State.WAITING, Delivery.State.HELD))
    return orphans.update(
        state=Delivery.State.CANCELLED,
        reason="target_deleted",
        explanation="Its target was deleted before this could be sent. Send it again to another target if it matters.",
        ended_at=now,
    )
