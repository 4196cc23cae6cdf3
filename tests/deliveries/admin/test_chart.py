"""Charts of 24 hours: round numbers beside them, hours under them, a sentence where there is nothing to draw."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from deliveries.admin import chart
from deliveries.admin.chart import Series
from deliveries.figures.day import clock_hours

SERIES = (Series("critical", "critical", "red"), Series("warning", "warning", "orange"))


def drawn(now: datetime, counts: Mapping[int, Counter[str]]) -> str:
    """`counts` by how many hours ago."""
    hours = [(start, counts.get(ago, Counter())) for ago, start in enumerate(clock_hours(now))]
    return chart.stacked(hours, SERIES, now, "Alerts")


@pytest.mark.parametrize(
    ("highest", "lines"),
    [
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (6, [0, 2, 4, 6]),
        (74, [0, 20, 40, 60, 80]),
        (80, [0, 20, 40, 60, 80]),
        (81, [0, 50, 100]),
        (104, [0, 50, 100, 150]),
        (1_000_000, [0, 500_000, 1_000_000]),
    ],
)
def test_the_scale_has_round_numbers(highest: int, lines: list[int]) -> None:
    assert chart.scale(highest) == lines


def test_the_numbers_stand_beside_it_the_greatest_on_top(now: datetime) -> None:
    axis = re.search(
        r'<div class="ah-plot-axis" aria-hidden="true">(.*?)</div>', drawn(now, {1: Counter(critical=1500)})
    )
    assert axis is not None
    assert re.findall(r"<span>([^<]*)</span>", axis[1]) == ["1,500", "1,000", "500", "0"]


def test_every_second_hour_is_named_under_its_bar(now: datetime) -> None:
    hours = re.search(
        r'<div class="ah-plot-hours" aria-hidden="true">(.*?)</div>', drawn(now, {1: Counter(critical=1)})
    )
    assert hours is not None
    named = re.findall(r'<span class="[^"]*">([^<]*)</span>', hours[1])
    starts = [timezone.localtime(start) for start in reversed(clock_hours(now))]
    assert named == [f"{start:%H:%M}" if start.hour % 2 == 0 else "" for start in starts]


def test_a_bar_is_as_high_as_the_scale_says(now: datetime) -> None:
    heights = re.findall(
        r'<rect class="ah-bar ah-(\w+)"[^>]* height="([\d.]+)"', drawn(now, {2: Counter(critical=30, warning=15)})
    )
    assert heights == [("red", "50.0"), ("orange", "25.0")]  # of 60


def test_who_cannot_see_it_is_told_how_much_and_has_the_table(now: datetime) -> None:
    shown = drawn(now, {2: Counter(critical=30), 5: Counter(warning=15)})
    assert 'role="img" aria-label="Alerts: 45 in 24 hours, at most 30 in one"' in shown
    assert (shown.count("<tr>"), "<summary>As a table</summary>" in shown) == (26, True)


def test_where_nothing_was_stands_a_sentence(now: datetime) -> None:
    assert drawn(now, {}) == '<p class="ah-quiet">None in these 24 hours.</p>'


def test_a_page_without_inline_style(now: datetime) -> None:
    assert "style=" not in drawn(now, {1: Counter(critical=1)})


def test_the_newest_hour_stands_at_the_right(now: datetime) -> None:
    first, last = (re.findall(r' x="(\d+)"', drawn(now, {ago: Counter(critical=1)})) for ago in (24, 0))
    assert (first, last) == (["0"], ["672"])


def test_hours_that_are_cut_say_so_in_the_table(now: datetime) -> None:
    shown = drawn(now, {0: Counter(critical=1)})
    local = timezone.localtime(now)
    begin = local.replace(minute=0)
    assert f'<th scope="row">{begin:%H:%M}–{local:%H:%M}</th>' in shown
    assert f'<th scope="row">{local:%H:%M}–{begin + timedelta(hours=1):%H:%M}</th>' in shown
