"""The parts of a report as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deliveries.figures.report import tables
from deliveries.figures.report.values import Course, NameLine, RuleLine, SeverityLine, SilenceLine, Spread, TargetLine
from tests.deliveries.figures.report.history import NOON
from tests.deliveries.figures.report.test_advice import NOTHING

COURSE = Course(4, 2, 1, 3, Spread(3, 60.04, 120.0), Spread(3, 300.0, 600.0))
LENGTHS = (4, 2, 1, 3, 60.0, 120.0, 300.0, 600.0)
FULL = replace(
    NOTHING,
    names=(NameLine("DiskFull", 9, 5, 2, COURSE),),
    rules=(RuleLine(7, "all", 9, 5),),
    severities=(SeverityLine("critical", COURSE),),
    targets=(TargetLine(3, "ops", 8, 1, 0, 1.23, COURSE),),
    silences=(SilenceLine(2, "ann", "New disks", "a=b", 36.0, 5, NOON, is_active=False),),
)
EXPECTED = {
    "alerts": ("DiskFull", 9, 5, 2, *LENGTHS),
    "rules": (7, "all", 9, 5, False),
    "severities": ("critical", *LENGTHS),
    "targets": (3, "ops", 8, 1, 0, 1.2, *LENGTHS),
    "silences": ("S-2", "ann", "New disks", "a=b", 36.0, 5, "2026-11-23T12:00:00+00:00", False),
}


@pytest.mark.parametrize("part", tables.COLUMNS)
def test_a_row_has_what_the_heading_says(part: str) -> None:
    [row] = tables.rows(FULL, part)
    assert row == EXPECTED[part]
    assert len(row) == len(tables.COLUMNS[part])


def test_what_was_not_measured_is_empty() -> None:
    [row] = tables.rows(replace(NOTHING, severities=(SeverityLine("critical", Course(firings=1)),)), "severities")
    assert row[-4:] == (None,) * 4
