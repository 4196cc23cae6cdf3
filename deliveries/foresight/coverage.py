"""Which alerts that fire now a silence covers, or would cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deliveries import database
from deliveries.models import Alert
from deliveries.models.labels import LabelIs
from routing.rules.matchers import Matcher

# More are counted no further: a person sees that it is far too much.
MOST_READ = 20_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """`alerts` are the newest; `count` is of all, unless `is_more`: then there were too many to look at."""

    alerts: list[Alert]
    count: int
    is_more: bool


def of(matchers: Sequence[Matcher], shown: int = 20) -> Coverage:
    """Firing alerts that all matchers fit, the newest first."""
    firing = Alert.objects.filter(status="firing").order_by("-starts_at", "-id")
    for matcher in matchers:
        if matcher.op == "=" and matcher.value:
            # The database looks first, so that few rows are left to look at here.
            firing = firing.filter(LabelIs("labels", matcher.name, matcher.value))
    covered: list[Alert] = []
    count = read = 0
    for alert in database.in_portions(firing, 1000, most=MOST_READ + 1):
        read += 1
        if all(matcher.matches(alert.labels) for matcher in matchers):
            count += 1
            if count <= shown:
                covered.append(alert)
    return Coverage(covered, count, is_more=read > MOST_READ)
