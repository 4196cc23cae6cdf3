"""Where the alerts of a page were told last, what keeps them back, who is at them: three queries for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery

from deliveries.accept.plan import KEPT_BACK, KNOWN, STALE
from deliveries.models import Acknowledgement, Alert, Occurrence, carried


@dataclass(slots=True)
class Whereabouts:
    """Of one alert: the occurrences of the newest telling that left it as it is, the newest first, and the acknowledgement that stands."""

    tellings: list[Occurrence] = field(default_factory=list)
    acknowledgement: Acknowledgement | None = None

    @property
    def told(self) -> list[Occurrence]:
        return [one for one in self.tellings if one.delivery_id is not None]

    @property
    def kept_back(self) -> Occurrence | None:
        """What keeps it back, unless it was told since."""
        newest = self.tellings[0] if self.tellings else None
        return newest if newest is not None and newest.outcome in KEPT_BACK else None


def of(alert_ids: Collection[int]) -> Mapping[int, Whereabouts]:
    found: dict[int, Whereabouts] = defaultdict(Whereabouts)
    # What told nothing new left everything as it was.
    told = Occurrence.objects.filter(alert=OuterRef("pk")).exclude(outcome__in=(STALE, KNOWN))
    newest = told.order_by("-id").values("notification_id")[:1]
    told_last = Alert.objects.filter(pk__in=alert_ids).order_by().annotate(told_last=Subquery(newest))
    notifications = dict(told_last.values_list("pk", "told_last"))
    wanted = {number for number in notifications.values() if number is not None}
    rows = Occurrence.objects.filter(notification_id__in=wanted, alert_id__in=notifications)
    for one in rows.select_related(f"delivery__{carried.CARRIERS}", "silence").order_by("-id"):
        if notifications[one.alert_id] == one.notification_id:
            found[one.alert_id].tellings.append(one)
    for acknowledgement in Acknowledgement.objects.standing().filter(alert_id__in=alert_ids):
        found[acknowledgement.alert_id].acknowledgement = acknowledgement
    return found
