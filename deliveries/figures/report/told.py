"""What was told in a span of time: by rule and hour of the clock, by alert name, and what became of it by target."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, When
from django.db.models.functions import ExtractHour

from deliveries.figures.buckets import Bucket, Seconds
from deliveries.figures.percentiles import BOUNDS
from deliveries.figures.report.values import NIGHT_BEGINS, NIGHT_ENDS
from deliveries.models import Delivery, Occurrence, carried

MOST_NAMES = 20_000
"""Rows of names that are read: a hostile sender may use another name each time."""


@dataclass(slots=True)
class Named:
    """One alert name: firing messages by whether they came at night, and the targets they were owed to."""

    told: int = 0
    at_night: int = 0
    targets: set[int | None] = field(default_factory=set)


@dataclass(slots=True)
class Fared:
    """What was owed to one target: by where it stands, and by how long it took (a histogram)."""

    stands: Counter[str] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)


def by_rule(since: datetime, until: datetime, zone: tzinfo) -> Mapping[int | None, Counter[int]]:
    """Firing messages by rule and by the hour of the clock. One statement."""
    found: defaultdict[int | None, Counter[int]] = defaultdict(Counter)
    rows = _owed(since, until).filter(status="firing", kind=Delivery.Kind.ALERT)
    hour = ExtractHour("created_at", tzinfo=zone)
    for rule_id, at, count in rows.annotate(at=hour).values_list("rule_id", "at").annotate(Count("id")):
        found[rule_id][at] += count
    return found


def by_target(since: datetime, until: datetime) -> Mapping[int | None, Fared]:
    """Everything that was owed, test messages not counted. One statement."""
    found: defaultdict[int | None, Fared] = defaultdict(Fared)
    took = carried.took(lambda end, begin: Bucket(Seconds(end, begin), BOUNDS, FloatField()))
    rows = _owed(since, until).exclude(kind=Delivery.Kind.TEST).annotate(stands=carried.stands(), took=took)
    for target_id, stands, bucket, count in rows.values_list("target_id", "stands", "took").annotate(Count("id")):
        found[target_id].stands[stands] += count
        if bucket is not None:
            found[target_id].took[bucket] += count
    return found


def by_name(since: datetime, until: datetime, zone: tzinfo) -> tuple[Mapping[str, Named], bool]:
    """Firing messages by alert name; and whether names were left out. A message that tells of many alerts of one name
    counts once. One statement."""
    hour = ExtractHour("delivery__created_at", tzinfo=zone)
    night = Case(When(Q(at__gte=NIGHT_BEGINS) | Q(at__lt=NIGHT_ENDS), then=True), default=False)
    rows = (
        Occurrence.objects.filter(
            status="firing",
            delivery__created_at__gte=since,
            delivery__created_at__lt=until,
        )
        .order_by()
        .annotate(at=hour)
        .annotate(night=night)
        .values_list(F("alert__name"), "delivery__target_id", "night")
        .annotate(messages=Count("delivery_id", distinct=True))
        .order_by("-messages")
    )
    found: defaultdict[str, Named] = defaultdict(Named)
    read: list[tuple[Any, ...]] = list(rows[: MOST_NAMES + 1])
    for name, target_id, is_night, count in read[:MOST_NAMES]:
        one = found[name]
        one.told += count
        one.at_night += count if is_night else 0
        one.targets.add(target_id)
    return found, len(read) > MOST_NAMES


def _owed(since: datetime, until: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(created_at__gte=since, created_at__lt=until).order_by()
