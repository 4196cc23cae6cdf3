"""Where the alerts of a page were told last, what keeps them back, who is at them: two queries for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from deliveries.models import Acknowledgement, Occurrence
from deliveries.plan import MUTED, SILENCED

# An alert has a row for each target it goes to; nobody reads more than these in a list.
_TELLINGS_READ = 8


@dataclass(slots=True)
class Whereabouts:
    """Of one alert: the newest telling's occurrences, the newest first, and the acknowledgement that stands."""

    tellings: list[Occurrence] = field(default_factory=list)
    acknowledgement: Acknowledgement | None = None

    @property
    def told(self) -> list[Occurrence]:
        return [one for one in self.tellings if one.delivery_id is not None]

    @property
    def kept_back(self) -> Occurrence | None:
        """What keeps it back, unless it was told since."""
        newest = self.tellings[0] if self.tellings else None
        return newest if newest is not None and newest.outcome in (SILENCED, MUTED) else None


def of(alert_ids: Collection[int]) -> Mapping[int, Whereabouts]:
    found: dict[int, Whereabouts] = defaultdict(Whereabouts)
    place = Window(RowNumber(), partition_by=F("alert_id"), order_by=F("id").desc())
    newest = (
        Occurrence.objects.filter(alert_id__in=alert_ids)
        .annotate(place=place)
        .filter(place__lte=_TELLINGS_READ)
        .select_related("delivery", "silence")
        .order_by("-id")
    )
    for one in newest:
        tellings = found[one.alert_id].tellings
        if not tellings or tellings[0].notification_id == one.notification_id:
            tellings.append(one)
    for acknowledgement in Acknowledgement.objects.standing().filter(alert_id__in=alert_ids):
        found[acknowledgement.alert_id].acknowledgement = acknowledgement
    return found
