"""From what people choose with buttons and clocks to what they could have written, and back."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from routing.rules.windows.interval import MINUTES_OF_A_DAY
from routing.rules.windows.reading import WEEKDAYS, WindowError, read

MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)
"""Days of the week as people think of them; Sunday is day 0."""

Pair = tuple[str, str]
"""From and to, each like 09:00; the end of a day is 00:00 here, as no clock shows 24:00."""

_MIDNIGHT = "00:00"


class OverMidnight(ValueError):
    """A pair that ends on the next day where days are chosen too; `pair` says which."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        super().__init__(f"{pair[0]}–{pair[1]}")


def days(weekdays: str) -> set[int]:
    """Empty for every day, and for what cannot be read."""
    try:
        return {day for first, last in read(weekdays=weekdays).weekdays for day in range(first, last + 1)}
    except WindowError:
        return set()


def weekdays(chosen: Iterable[int]) -> str:
    """ "monday:friday"; empty for every day, and for none."""
    wanted = set(chosen)
    if len(wanted) == len(WEEKDAYS):
        return ""
    # Sunday begins their numbers and ends people's weeks, so it stands alone.
    parts = []
    for _, run in groupby(enumerate(sorted(wanted - {0})), key=lambda each: each[1] - each[0]):
        names = [WEEKDAYS[day] for _, day in run]
        parts.append(names[0] if len(names) == 1 else f"{names[0]}:{names[-1]}")
    return ", ".join([*parts, *([WEEKDAYS[0]] if 0 in wanted else [])])


def pairs(times: str) -> list[Pair]:
    """Empty for all day, and for what cannot be read."""
    try:
        return [(_clock(first), _clock(last)) for first, last in read(times=times).times]
    except WindowError:
        return []


def times(chosen: Iterable[Pair], *, on_some_days: bool) -> str:
    """ "09:00-17:00"; what goes over midnight becomes two. Raises OverMidnight if that would be other days than are meant."""
    parts: list[Pair] = []
    for first, last in chosen:
        if last == _MIDNIGHT or first < last:
            parts.append((first, last))
        elif on_some_days:
            raise OverMidnight((first, last))
        else:
            parts += [(first, _MIDNIGHT), (_MIDNIGHT, last)]
    return ", ".join(f"{first}-{'24:00' if last == _MIDNIGHT else last}" for first, last in parts)


def next_days(chosen: Iterable[int]) -> set[int]:
    return {(day + 1) % len(WEEKDAYS) for day in chosen}


def _clock(minute: int) -> str:
    minute %= MINUTES_OF_A_DAY
    return f"{minute // 60:02}:{minute % 60:02}"
