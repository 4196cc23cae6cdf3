"""Ends that not every room must hear: where the last word of an alert is that it fires, its resolved is owed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import OuterRef, Subquery

from deliveries.accept import plan
from deliveries.accept.plan import Plan
from deliveries.alertmanager import Payload
from deliveries.models import Alert, Occurrence

_WHY = "The last word of it in the rooms is not that it fires."


def only_where_it_fires(
    planned: Plan, payload: Payload, alert_ids: Mapping[str, int], positions: Collection[int]
) -> Plan:
    """The plan without the resolved at `positions` that no room waits for. At most one query; `alert_ids` by fingerprint."""
    ended = {
        (position, message.target_id): alert_ids[payload.alerts[position].fingerprint]
        for message in planned.owed
        for position in message.positions
        if position in positions
    }
    if not ended:
        return planned
    fires = _fires(set(ended.values()), {target_id for _, target_id in ended})
    unwanted = {place for place, alert_id in ended.items() if (alert_id, place[1]) not in fires}
    return plan.without(planned, payload.alerts, unwanted, _WHY)


def _fires(alert_ids: Collection[int], target_ids: Collection[int]) -> set[tuple[int, int]]:
    """(alert, target) where the newest that the target was told of the alert is that it fires.

    The database walks from the newest telling back to the first that the target got: it reads no whole history.
    """
    told = Occurrence.objects.filter(alert=OuterRef("pk")).order_by("-id").values("status")
    last = {f"told_{target_id}": Subquery(told.filter(delivery__target=target_id)[:1]) for target_id in target_ids}
    rows = Alert.objects.filter(pk__in=alert_ids).order_by().annotate(**last).values("pk", *last)
    return {(row["pk"], target_id) for row in rows for target_id in target_ids if row[f"told_{target_id}"] == "firing"}
