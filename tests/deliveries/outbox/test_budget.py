"""The rate budget: never more calls in a period than allowed, wherever the period starts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.outbox import budget

pytestmark = pytest.mark.anywhere


def test_no_limit_means_any_number() -> None:
    assert budget.free([1.0] * 100, limit=0, period=60, now=2.0) is None


def test_calls_inside_the_period_are_taken_off() -> None:
    assert budget.free([10.0, 20.0], limit=10, period=60, now=30.0) == 8


def test_calls_before_the_period_no_longer_count() -> None:
    assert budget.free([10.0], limit=1, period=60, now=71.0) == 1


def test_a_call_counts_until_the_margin_after_its_period_is_over() -> None:
    over = 70.0 + budget.MARGIN_SECONDS
    assert [budget.free([10.0], limit=1, period=60, now=at) for at in (over - 0.1, over)] == [0, 1]


def test_a_full_budget_says_when_the_next_call_may_start() -> None:
    at = budget.free_at([100.0, 110.0], limit=2, period=60, now=120.0)
    assert at.timestamp() == 160.0 + budget.MARGIN_SECONDS


def test_what_was_reserved_counts_from_when_it_was_really_sent() -> None:
    reserved = budget.reserve([5.0], count=3, period=60, now=10.0)
    assert budget.correct(reserved, 10.0, 3, ended=[11.0, 12.0]) == [5.0, 11.0, 12.0]


def test_calls_of_a_worker_whose_clock_is_ahead_are_not_settled_away() -> None:
    reserved = budget.reserve([10.2, 10.2], count=1, period=60, now=10.0)
    assert len(budget.correct(reserved, 10.0, 1, ended=[10.1])) == 3


def test_a_clock_set_back_does_not_freeze_the_lane() -> None:
    at = budget.free_at([4000.0], limit=1, period=60, now=100.0)
    assert at.timestamp() <= 160.0 + budget.MARGIN_SECONDS


@given(waits=st.lists(st.floats(0, 30), min_size=1, max_size=60), limit=st.integers(1, 10))
def test_no_window_ever_holds_more_than_the_limit(waits: list[float], limit: int) -> None:
    calls: list[float] = []
    sent: list[float] = []
    now = 0.0
    for wait in waits:
        now += wait
        free = budget.free(calls, limit, 60, now) or 0
        calls = budget.reserve(calls, free, 60, now)
        sent += [now] * free
    assert all(sum(start <= at < start + 60 for at in sent) <= limit for start in sent)


@pytest.mark.parametrize(
    ("free", "limit", "taken"), [(10, 10, 5), (7, 10, 2), (5, 10, 5), (2, 10, 2), (4, 4, 2), (3, 3, 3)]
)
def test_the_first_half_goes_at_once_and_then_the_rest(free: int, limit: int, taken: int) -> None:
    assert budget.first_half(free, limit) == taken


@pytest.mark.parametrize(
    ("calls", "limit"), [([100.0] * 5, 10), ([99.0, 98.0, 97.0, 96.0, 100.0], 10), ([100.0] * 2, 4)]
)
def test_the_second_half_is_kept_back_for_a_moment_after_the_last_of_the_first(calls: list[float], limit: int) -> None:
    assert budget.held_back_until(calls, limit, 60, 100.5) == 102.0


@pytest.mark.parametrize(
    ("calls", "limit", "now"), [([100.0] * 4, 10, 100.5), ([100.0] * 5, 10, 102.0), ([100.0] * 2, 3, 100.5)]
)
def test_nothing_is_kept_back_of_an_untouched_half_a_later_moment_or_a_small_budget(
    calls: list[float], limit: int, now: float
) -> None:
    assert budget.held_back_until(calls, limit, 60, now) is None
