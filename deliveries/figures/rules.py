"""What each rule told in the last 24 hours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Subquery

from deliveries.figures.day import DAY
from deliveries.models import Delivery, carried

_IN_ANOTHER_ORDER = 1000
"""Ids that transactions of one moment may have drawn before the first of the day was written, and more."""
_UNDELIVERED = (*carried.FAILED, Delivery.State.HELD)
_PENDING = (Delivery.State.WAITING, Delivery.State.SENDING)


@dataclass(slots=True)
class Told:
    """Its messages of the day by where they stand; a merged one stands where the message does that carries it."""

    told: int = 0
    pending: int = 0
    undelivered: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.told + self.pending + self.undelivered + self.cancelled

    def add(self, state: str, count: int) -> None:
        if state in carried.TOLD:
            self.told += count
        elif state in _PENDING:
            self.pending += count
        elif state in _UNDELIVERED:
            self.undelivered += count
        else:
            self.cancelled += count


def of_rules(rule_ids: Collection[int], now: datetime) -> dict[int, Told]:
    """By rule, also of those that told nothing. One statement."""
    since = now - DAY
    first = Delivery.objects.filter(created_at__gt=since).order_by("created_at").values("id")[:1]
    # By id too, so that the index by rule leads to the newest of each and hardly further.
    lately = Delivery.objects.filter(
        rule__in=rule_ids, id__gt=Subquery(first) - _IN_ANOTHER_ORDER, created_at__gt=since
    )
    found = {rule_id: Told() for rule_id in rule_ids}
    rows: Any = (
        lately.order_by().annotate(stands=carried.stands()).values_list("rule_id", "stands").annotate(Count("id"))
    )
    for rule_id, state, count in rows:
        found[rule_id].add(state, count)
    return found
