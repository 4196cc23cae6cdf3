"""From what people write to an Interval, with Alertmanager's words: 09:00-17:00, monday:friday, -3:-1, january, 2027."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from routing.rules.windows.interval import MINUTES_OF_A_DAY, Interval, Range

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_DAY = re.compile(r"-?\d{1,2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_SHOWN = 40


class WindowError(ValueError):
    """What is written is no interval. `field` names which part; str() says what to change."""

    def __init__(self, field: str, words: str) -> None:
        self.field = field
        super().__init__(words)


def read(
    times: str = "",
    weekdays: str = "",
    days_of_month: str = "",
    months: str = "",
    years: str = "",
    location: str = "",
) -> Interval:
    """Raises WindowError. Each field is a list with commas; nothing written holds at any time."""
    return Interval(
        times=tuple(_times(part) for part in _parts(times)),
        weekdays=tuple(_range("weekdays", part, _weekday, "monday or monday:friday") for part in _parts(weekdays)),
        days_of_month=tuple(_days(part) for part in _parts(days_of_month)),
        months=tuple(_range("months", part, _month, "january, 1 or january:march") for part in _parts(months)),
        years=tuple(_range("years", part, _year, "2027 or 2027:2029") for part in _parts(years)),
        zone=_zone(location),
    )


def _parts(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]


def _times(text: str) -> Range:
    first, dash, last = (part.strip() for part in text.partition("-"))
    start, end = _minute(first), _minute(last)
    if not dash or start is None or end is None:
        raise WindowError("times", f"{_shown(text)} are no times. Write them like 09:00-17:00.")
    if start >= end:
        hint = f"{first}-24:00, 00:00-{last}"
        raise WindowError("times", f"{_shown(text)} ends before it begins. Over midnight it takes two: {hint}.")
    return start, end


def _minute(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    minute = int(found[1]) * 60 + int(found[2])
    return minute if minute <= MINUTES_OF_A_DAY else None


def _range(field: str, text: str, value: Callable[[str], int | None], example: str) -> Range:
    first, colon, last = (part.strip().lower() for part in text.partition(":"))
    start, end = value(first), value(last if colon else first)
    if start is None or end is None:
        raise WindowError(field, f"{_shown(text)} cannot be read. Write {example}.")
    if start > end:
        words = f"{_shown(text)} ends before it begins"
        raise WindowError(field, f"{words}. Write both parts with a comma between them, for example saturday, sunday.")
    return start, end


def _weekday(text: str) -> int | None:
    return WEEKDAYS.index(text) if text in WEEKDAYS else None


def _month(text: str) -> int | None:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return int(text) if _DAY.fullmatch(text) and 1 <= int(text) <= 12 else None


def _year(text: str) -> int | None:
    return int(text) if _YEAR.fullmatch(text) else None


def _days(text: str) -> Range:
    example = "1, 1:5 or -3:-1 (from the end)"
    first, colon, last = (part.strip() for part in text.partition(":"))
    if not colon:
        last = first
    start, end = _day(first), _day(last)
    if start is None or end is None:
        raise WindowError("days_of_month", f"{_shown(text)} cannot be read. Write {example}.")
    from_end, to_end = first.startswith("-"), last.startswith("-")
    if from_end and not to_end:
        words = f"{_shown(text)} begins from the month's end, so it has to end there too"
        raise WindowError("days_of_month", f"{words}. Write {example}.")
    if from_end == to_end and start > end:
        raise WindowError("days_of_month", f"{_shown(text)} ends before it begins. Write {example}.")
    return start, end


def _day(text: str) -> int | None:
    return int(text) if _DAY.fullmatch(text) and 1 <= abs(int(text)) <= 31 else None


def _zone(location: str) -> ZoneInfo:
    name = location.strip() or "UTC"
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        words = f"{_shown(name)} is no time zone. Write one like Europe/Berlin, America/New_York or UTC."
        raise WindowError("location", words) from None


def _shown(text: str) -> str:
    return f'"{text[:_SHOWN]}…"' if len(text) > _SHOWN else f'"{text}"'
