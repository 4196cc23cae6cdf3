"""One interval and the window it belongs to. Intervals are OR-ed; in one interval every given field must hold.

The facts are those of `time_interval` in Alertmanager's configuration.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

Range = tuple[int, int]
"""First and last; both belong to it, save of times."""

MINUTES_OF_A_DAY = 24 * 60
_LOOK_AHEAD = timedelta(days=400)


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
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return self._has_day(local.date()) and (not self.times or any(a <= minute < b for a, b in self.times))

    def _has_day(self, day: date) -> bool:
        return (
            _in(self.weekdays, day.isoweekday() % 7)
            and _in(self.months, day.month)
            and _in(self.years, day.year)
            and (not self.days_of_month or any(_in_month(each, day) for each in self.days_of_month))
        )

    def edges(self, day: date) -> list[datetime]:
        """The moments of that day of its zone at which it may begin or end: midnight, and its times."""
        minutes = {0, *(minute for times in self.times for minute in times)}
        return [_at(day, minute, self.zone) for minute in sorted(minutes)]


@dataclass(frozen=True, slots=True)
class Window:
    """Some intervals under one name."""

    name: str
    intervals: tuple[Interval, ...]

    def contains(self, moment: datetime) -> bool:
        return any(interval.contains(moment) for interval in self.intervals)

    def changes_at(self, moment: datetime, within: timedelta = _LOOK_AHEAD) -> datetime | None:
        """When it next begins or ends after `moment`; None if not `within` that time."""
        now = self.contains(moment)
        for days in range(-1, within.days + 2):
            edges = [
                edge
                for interval in self.intervals
                for edge in interval.edges(moment.astimezone(interval.zone).date() + timedelta(days=days))
            ]
            for edge in sorted(edges):
                if moment < edge <= moment + within and self.contains(edge) != now:
                    return edge
        return None


def _in(ranges: tuple[Range, ...], value: int) -> bool:
    return not ranges or any(first <= value <= last for first, last in ranges)


def _in_month(days: Range, day: date) -> bool:
    """Negative days count from the month's end; what lies beyond its end is cut, or skipped if it begins there."""
    length = calendar.monthrange(day.year, day.month)[1]
    first, last = (each if each > 0 else length + 1 + each for each in days)
    return first <= length and max(first, 1) <= day.day <= min(last, length)


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == MINUTES_OF_A_DAY:
        day, minute = day + timedelta(days=1), 0
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
