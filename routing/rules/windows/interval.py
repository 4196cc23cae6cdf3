"""One interval and the window it belongs to. Intervals are OR-ed; in one interval every given field must hold.

The facts are those of `time_interval` in Alertmanager's configuration.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Range = tuple[int, int]
"""First and last; both belong to it, save of times."""

MINUTES_OF_A_DAY = 24 * 60
_LOOK_AHEAD = timedelta(days=400)
_FIRST_LOOK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """Empty fields hold at any time. `times` are minutes of the day, the end not included; Sunday is day 0."""

    times: tuple[Range, ...]
    weekdays: tuple[Range, ...]
    days_of_month: tuple[Range, ...]
    months: tuple[Range, ...]
    years: tuple[Range, ...]
    zone: ZoneInfo

    def contains(self, moment: datetime) -> bool:
        """`moment` is aware; the interval looks at the clock on the wall of its own zone."""
        return self._holds(moment.astimezone(self.zone))

    def _holds(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        return (not self.times or any(a <= minute < b for a, b in self.times)) and self._has_day(local.date())

    def _has_day(self, day: date) -> bool:
        return (
            _in(self.weekdays, day.isoweekday() % 7)
            and _in(self.months, day.month)
            and _in(self.years, day.year)
            and (not self.days_of_month or any(_in_month(each, day) for each in self.days_of_month))
        )

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """From when to when it holds on that day of its zone."""
        if not self._has_day(day):
            return []
        times = self.times or ((0, MINUTES_OF_A_DAY),)
        return [
            (_at(day, first, self.zone).astimezone(UTC), _at(day, last, self.zone).astimezone(UTC))
            for first, last in times
        ]


@dataclass(frozen=True, slots=True)
class Window:
    """Some intervals under one name."""

    name: str
    intervals: tuple[Interval, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Once: windows are asked for by it with every alert.
        object.__setattr__(self, "_hash", hash((self.name, self.intervals)))

    def __hash__(self) -> int:
        return self._hash

    def contains(self, moment: datetime) -> bool:
        # Every alert asks at the same moment, and windows think in minutes.
        return _contains(self, _minute(moment))

    def changes_at(self, moment: datetime, within: timedelta = _LOOK_AHEAD) -> datetime | None:
        """When it next begins or ends after `moment`; None if not `within` that time."""
        return _changes_at(self, _minute(moment), within)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _contains(window: Window, moment: datetime) -> bool:
    return any(interval.contains(moment) for interval in window.intervals)


@lru_cache(maxsize=1024)
def _changes_at(window: Window, moment: datetime, within: timedelta) -> datetime | None:
    """Most windows change within a day; only then the days behind it are looked at."""
    now = _contains(window, moment)
    for ahead in sorted({min(_FIRST_LOOK, within), within}):
        found = (each for each in _edges(window, moment, ahead) if moment < each <= moment + ahead)
        change = next((each for each in found if any(i.contains(each) for i in window.intervals) != now), None)
        if change is not None:
            return change
    return None


def _edges(window: Window, moment: datetime, ahead: timedelta) -> list[datetime]:
    """Where it begins or ends, in order, from that day on to `ahead` of the moment and beyond: what overlaps counts as one."""
    spans = sorted(
        span
        for interval in window.intervals
        for days in range(ahead.days + 2)
        for span in interval.spans(moment.astimezone(interval.zone).date() + timedelta(days=days))
    )
    return [edge for span in _joined(spans) for edge in span]


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined


def _in(ranges: tuple[Range, ...], value: int) -> bool:
    return not ranges or any(first <= value <= last for first, last in ranges)


def _in_month(days: Range, day: date) -> bool:
    """Negative days count from the month's end; of what lies beyond its ends there is no day."""
    length = calendar.monthrange(day.year, day.month)[1]
    first, last = (each if each > 0 else length + 1 + each for each in days)
    return first <= day.day <= last


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == MINUTES_OF_A_DAY:
        day, minute = day + timedelta(days=1), 0
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
