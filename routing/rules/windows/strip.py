"""A week as people see it: on each day, from when to when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_STEP = 5  # minutes; shorter than anybody plans
_STEPS = 24 * 60 // _STEP


@dataclass(frozen=True, slots=True)
class Day:
    """`spans` are minutes of the day, the end not included."""

    date: date
    spans: tuple[tuple[int, int], ...]


def week(speaks: Callable[[datetime], bool], monday: date, zone: ZoneInfo) -> tuple[Day, ...]:
    """Seven days from `monday`, as the clock on the wall of `zone` shows them, to five minutes."""
    return tuple(_day(speaks, monday + timedelta(days=each), zone) for each in range(7))


def _day(speaks: Callable[[datetime], bool], day: date, zone: ZoneInfo) -> Day:
    spans: list[tuple[int, int]] = []
    for step in range(_STEPS):
        minute = step * _STEP
        if not speaks(datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)):
            continue
        if spans and spans[-1][1] == minute:
            spans[-1] = (spans[-1][0], minute + _STEP)
        else:
            spans.append((minute, minute + _STEP))
    return Day(day, tuple(spans))
