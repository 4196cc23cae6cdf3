"""What of a message is on time: to the second, as people, merging and self-watch ask it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deliveries import punctual

NOW = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (60, False), (60.001, True)])
def test_a_minute_is_on_time_for_people(seconds: float, late: bool) -> None:
    assert punctual.is_late(timedelta(seconds=seconds)) is late


@pytest.mark.parametrize(
    ("seconds", "merges_after", "gives_way"),
    [(29, 0, False), (30, 0, True), (30, 45, False), (44, 45, False), (45, 45, True), (5, 5, True)],
)
def test_a_firing_gives_way_once_the_patience_of_its_target_is_over(
    seconds: float, merges_after: int, gives_way: bool
) -> None:
    assert punctual.gives_way(ago(seconds), NOW, merges_after) is gives_way


@pytest.mark.parametrize(
    ("seconds", "period", "trouble"),
    [(300, 0, False), (301, 0, True), (301, 60, True), (301, 150, True), (301, 151, False), (303, 151, True)],
)
def test_it_is_a_trouble_beyond_the_limit_and_two_periods_of_the_rate_limit(
    seconds: float, period: int, trouble: bool
) -> None:
    assert punctual.is_trouble(ago(seconds), NOW, timedelta(seconds=300), period) is trouble
