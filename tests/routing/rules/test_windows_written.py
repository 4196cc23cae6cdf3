"""What people choose with buttons and clocks becomes what they could have written, and the other way round."""

from __future__ import annotations

import pytest

from routing.rules.windows import read, writing
from routing.rules.windows.writing import OverMidnight


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        ({1, 2, 3, 4, 5}, "monday:friday"),
        ({6, 0}, "saturday, sunday"),
        ({1, 2, 3, 5}, "monday:wednesday, friday"),
        ({0, 1}, "monday, sunday"),
        ({0}, "sunday"),
        ({0, 1, 2, 3, 4, 5, 6}, ""),
        (set(), ""),
    ],
)
def test_days_are_written_as_alertmanager_does(chosen: set[int], written: str) -> None:
    assert writing.weekdays(chosen) == written


@pytest.mark.parametrize("number", range(1, 127))
def test_what_is_written_of_days_reads_as_the_same_days(number: int) -> None:
    chosen = {day for day in range(7) if number & 1 << day}
    assert writing.days(writing.weekdays(chosen)) == chosen


def test_what_cannot_be_read_is_no_day_and_no_hour() -> None:
    assert (writing.days("funday"), writing.pairs("late")) == (set(), [])


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        ([("09:00", "17:00")], "09:00-17:00"),
        ([("09:00", "12:00"), ("13:00", "17:00")], "09:00-12:00, 13:00-17:00"),
        ([("22:00", "00:00")], "22:00-24:00"),
        ([("00:00", "00:00")], "00:00-24:00"),
        ([("22:00", "06:00")], "22:00-24:00, 00:00-06:00"),
        ([("06:00", "06:00")], "06:00-24:00, 00:00-06:00"),
        ([], ""),
    ],
)
def test_hours_are_written_with_midnight_at_the_end_of_a_day(chosen: list[tuple[str, str]], written: str) -> None:
    text = writing.times(chosen, on_some_days=False)
    assert text == written
    read(times=text)


def test_the_end_of_a_day_is_shown_as_clocks_can_show_it() -> None:
    assert writing.pairs("22:00-24:00, 00:00-06:30") == [("22:00", "00:00"), ("00:00", "06:30")]


def test_over_midnight_on_some_days_only_would_be_other_days() -> None:
    with pytest.raises(OverMidnight) as refused:
        writing.times([("22:00", "06:00")], on_some_days=True)
    assert refused.value.pair == ("22:00", "06:00")


def test_the_day_after_saturday_is_sunday() -> None:
    assert writing.next_days({5, 6}) == {6, 0}
