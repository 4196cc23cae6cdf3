"""The values of a report: sums, shares, nights, and what is left where nothing was measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from deliveries.figures.report.values import Course, NameLine, Report, SilenceLine, Spread, is_night

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOTHING = Report(NOON, NOON, 7, "UTC", (0,) * 24, (), (), (), (), ())
SILENCE = SilenceLine(1, "ann", "New disks", 'team="db"', 30.0, 4, NOON, is_active=True)

pytestmark = pytest.mark.anywhere


def test_of_what_was_never_measured_only_the_count_is_known() -> None:
    assert Spread.of({}) == Spread(0, None, None)


def test_a_spread_counts_what_was_measured_wherever_it_falls() -> None:
    spread = Spread.of({0: 3, 2: 1})
    assert spread.count == 4
    assert spread.median is not None
    assert spread.p90 is not None
    assert spread.median <= 60 < spread.p90


@pytest.mark.parametrize(("course", "share"), [(Course(), None), (Course(firings=4, acknowledged=1), 0.25)])
def test_the_share_that_somebody_acknowledged_is_unknown_where_nothing_fired(
    course: Course, share: float | None
) -> None:
    assert course.share_acknowledged == share


@pytest.mark.parametrize(("hour", "night"), [(21, False), (22, True), (23, True), (0, True), (5, True), (6, False)])
def test_a_night_is_from_ten_to_six(hour: int, night: bool) -> None:
    assert is_night(hour) is night


def test_what_was_told_is_the_sum_of_its_hours_and_of_its_nights() -> None:
    report = replace(NOTHING, hours=tuple(range(24)))
    assert (report.told, report.at_night) == (276, 22 + 23 + 0 + 1 + 2 + 3 + 4 + 5)


def test_silences_are_left_out_for_who_may_not_see_them() -> None:
    assert replace(NOTHING, silences=(SILENCE,)).without_silences() == NOTHING


def test_a_report_is_empty_only_if_nothing_was_told_named_owed_or_silenced() -> None:
    name = NameLine("DiskFull", 0, 0, 0, Course())
    parts = [{}, {"hours": (1,) * 24}, {"names": (name,)}, {"silences": (SILENCE,)}]
    assert [replace(NOTHING, **part).is_empty for part in parts] == [True, False, False, False]  # type: ignore[arg-type]
