"""What was silenced for long: silences of more than a day, and what they kept back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F

from deliveries.figures.buckets import Seconds
from deliveries.figures.report.values import SilenceLine
from deliveries.models import Occurrence
from routing.models import Silence

LONG = timedelta(days=1)
_MOST = 500


def long_ones(since: datetime, until: datetime) -> tuple[SilenceLine, ...]:
    """Those that lasted longer than a day between `since` and `until`, the longest first. Two statements."""
    overlapping = Silence.objects.filter(starts_at__lt=until, ends_at__gt=since).annotate(
        seconds=Seconds(F("ends_at"), F("starts_at"))
    )
    rows = overlapping.filter(seconds__gt=LONG.total_seconds()).order_by("-ends_at", "-pk")[:_MOST]
    lasted = {row: min(row.ends_at, until) - max(row.starts_at, since) for row in rows}
    long = [row for row, length in lasted.items() if length > LONG]
    tellings = Occurrence.objects.filter(silence__in=long, notification__received_at__gte=since)
    kept_back = dict(tellings.order_by().values_list("silence_id").annotate(Count("id")))
    lines = [
        SilenceLine(
            silence_id=row.pk,
            author=row.author,
            comment=row.comment,
            matchers=row.matchers,
            hours=round(lasted[row] / timedelta(hours=1), 1),
            kept_back=kept_back.get(row.pk, 0),
            ends_at=row.ends_at,
            is_active=row.ends_at > until,
        )
        for row in long
    ]
    return tuple(sorted(lines, key=lambda line: (-line.hours, line.silence_id)))
