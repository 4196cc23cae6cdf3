"""Acknowledging: somebody is at it. It changes nothing of what is sent; people see it beside the alert."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from deliveries.models import Acknowledgement, Alert


def acknowledge(alert_ids: Collection[int], *, by: str, comment: str = "", now: datetime) -> int:
    """For those that fire and are not acknowledged yet; returns how many. Two people at once: the first one counts."""
    with transaction.atomic():
        # In the order in which ingest locks them.
        firing = list(
            Alert.objects.select_for_update().filter(pk__in=alert_ids, status="firing").order_by("fingerprint", "pk")
        )
        earlier = Acknowledgement.objects.filter(alert__in=firing, withdrawn_at=None, ended_at=None)
        known = set(earlier.standing().values_list("alert_id", flat=True))
        fresh = [
            Acknowledgement(alert=alert, starts_at=alert.starts_at, by=by, comment=comment[:500], at=now)
            for alert in firing
            if alert.pk not in known
        ]
        # Those of an earlier time.
        earlier.exclude(alert__in=known).update(ended_at=now)
        Acknowledgement.objects.bulk_create(fresh)
        return len(fresh)


def withdraw(alert_ids: Collection[int], *, by: str, now: datetime) -> int:
    """Nobody is at it any more; returns of how many alerts."""
    standing = Acknowledgement.objects.standing().filter(alert__in=alert_ids)
    ids = list(standing.values_list("pk", flat=True))
    return Acknowledgement.objects.filter(pk__in=ids, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by)
