"""The last 24 hours of deliveries in numbers. Clock hours that are over are counted once, and again if they change.

A merged delivery counts as what carries it: it is open as long as that is, and only in the room when that is
(`models.carried`). A delivery that ended stays as it is. So an hour that is over changes only when one of its open deliveries
ends; how many are open is asked each time, and while that is the same, so is what ended. However much a day brings, hardly
more than the running hour is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    F,
    FloatField,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.utils import timezone

from deliveries.figures.buckets import Bucket, Seconds
from deliveries.figures.percentiles import BOUNDS
from deliveries.models import Delivery, carried
from routing.models import Rule

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


@dataclass(slots=True)
class Span:
    """Deliveries of one span of time: by where they stand, by how long they took (a histogram), those of the fallback rule.

    "merged" are those that are in the room as a part of another message.
    """

    states: Counter[str] = field(default_factory=Counter)
    took: Counter[int] = field(default_factory=Counter)
    by_fallback: int = 0

    def add(self, state: str, took: int | None, is_fallback: bool, count: int) -> None:
        self.states[state] += count
        if took is not None:
            self.took[took] += count
        if is_fallback:
            self.by_fallback += count

    def merge(self, other: Span) -> None:
        self.states.update(other.states)
        self.took.update(other.took)
        self.by_fallback += other.by_fallback

    @property
    def success(self) -> float | None:
        """The share of what ended that is in its room; None: nothing ended."""
        good = self.states["delivered"] + self.states["merged"]
        ended = good + self.states["rejected"] + self.states["expired"]
        return good / ended if ended else None


@dataclass(slots=True)
class Tally:
    """A span, as a whole and by target; 0 stands for targets that were deleted."""

    whole: Span = field(default_factory=Span)
    targets: defaultdict[int, Span] = field(default_factory=lambda: defaultdict(Span))

    def add(self, target_id: int | None, *what: Any) -> None:
        self.whole.add(*what)
        self.targets[target_id or 0].add(*what)

    def merge(self, other: Tally) -> None:
        self.whole.merge(other.whole)
        for target_id, span in other.targets.items():
            self.targets[target_id].merge(span)


@dataclass(slots=True)
class Day:
    """The last 60 minutes, the last 24 hours with their targets, and each clock hour these touch, the newest first."""

    last_hour: Span
    whole: Span
    targets: dict[int, Span]
    hours: list[tuple[datetime, Span]]


@dataclass(slots=True)
class _Counted:
    """What one statement found: by hour what ended, what is open and how many; and the last 60 minutes."""

    ended: defaultdict[datetime, Tally] = field(default_factory=lambda: defaultdict(Tally))
    still_open: defaultdict[datetime, Tally] = field(default_factory=lambda: defaultdict(Tally))
    open_counts: Counter[datetime] = field(default_factory=Counter)
    last_hour: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class _Past:
    """An hour that is over: what ended, and how many of its deliveries were open then."""

    ended: Tally
    open_count: int


_remembered: dict[datetime, _Past] = {}


def clock_hours(now: datetime) -> list[datetime]:
    """Where the clock hours begin that the last 24 hours touch, in the server's time zone; the newest first."""
    newest = timezone.localtime(now).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return [newest - each * HOUR for each in range(25)]


def of_deliveries(now: datetime) -> Day:
    """What was owed in the last 24 hours and where it is now; test messages do not count. One statement, seldom two."""
    global _remembered
    hours = clock_hours(now)
    # The last hour is shown by itself, and the oldest one is cut: both are read each time.
    lasting = [start for start in hours if start + HOUR <= now - HOUR and start >= now - DAY]
    past = {start: _remembered[start] for start in lasting if start in _remembered}
    while True:
        counted = _count(now, hours, past)
        same = {start: one for start, one in past.items() if counted.open_counts[start] == one.open_count}
        if len(same) == len(past):
            break
        past = same
    for start in lasting:
        past.setdefault(start, _Past(counted.ended[start], counted.open_counts[start]))
    _remembered = past
    whole, spans = Tally(), []
    for start in hours:
        span = Span()
        for part in (past[start].ended if start in past else counted.ended[start], counted.still_open[start]):
            span.merge(part.whole)
            whole.merge(part)
        spans.append((start, span))
    return Day(counted.last_hour, whole.whole, dict(whole.targets), spans)


def forget() -> None:
    """Drop what is remembered: for tests, which owe deliveries in the past."""
    global _remembered
    _remembered = {}


def hour_of(column: str, begins: list[datetime]) -> Bucket:
    """The place of a moment among `begins`, which rise: 1 for the first of them."""
    return Bucket(F(column), begins, DateTimeField())


def _count(now: datetime, hours: list[datetime], known: Collection[datetime]) -> _Counted:
    """All of the day, but of hours that are `known` only what is open."""
    begins = sorted([*hours, now - HOUR])
    new, old = (
        _any(_ranges([start for start in hours if (start in known) == is_known]), now - DAY)
        for is_known in (False, True)
    )
    rows = _grouped(Delivery.objects.filter(new), begins)
    if known:
        # As a second part, not as another condition: that would be asked of each row of the day.
        too_early = carried.ended_too_early().filter(old)
        rows = rows.union(
            _grouped(Delivery.objects.filter(old, ended_at=None), begins), _grouped(too_early, begins), all=True
        )
    counted = _Counted()
    for place, target_id, state, *more in rows:
        is_open, what = state in Delivery.OPEN, (state, *more)
        begin = begins[place - 1]
        hour = begin if begin in hours else max(start for start in hours if start <= begin)
        (counted.still_open if is_open else counted.ended)[hour].add(target_id, *what)
        if is_open:
            counted.open_counts[hour] += what[-1]
        if begin >= now - HOUR:
            counted.last_hour.add(*what)
    return counted


def _grouped(wanted: QuerySet[Delivery], begins: list[datetime]) -> QuerySet[Delivery, Any]:
    fallback = Subquery(Rule.objects.filter(is_fallback=True).values("pk")[:1])
    return (
        wanted.exclude(kind=Delivery.Kind.TEST)
        .order_by()
        .annotate(
            place=hour_of("created_at", begins),
            took=_took(),
            is_fallback=Case(When(rule=fallback, then=True), default=False),
            stands=carried.stands(),
        )
        .values_list("place", "target_id", "stands", "took", "is_fallback")
        .annotate(Count("id"))
    )


def _ranges(starts: list[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The hours that begin then, those that follow each other as one; `starts` fall."""
    end: datetime | None = None
    for place, start in enumerate(starts):
        end = end or start + HOUR
        if place + 1 == len(starts) or starts[place + 1] != start - HOUR:
            yield start, end
            end = None


def _any(ranges: Iterator[tuple[datetime, datetime]], since: datetime) -> Q:
    wanted = Q()
    for start, end in ranges:
        wanted |= Q(created_at__gte=max(start, since), created_at__lt=end)
    return wanted


def _took() -> Any:
    """Of what is in the room: in which bucket its time lies; else None."""
    return carried.took(lambda end, begin: Bucket(Seconds(end, begin), BOUNDS, FloatField()))
