"""When a target in trouble is asked again, and when it counts as broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.outbox import probes

pytestmark = pytest.mark.anywhere

SINCE = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return SINCE + timedelta(seconds=seconds)


def probed_at(rest: timedelta, until: float) -> list[float]:
    """The moments at which it is probed if each probe fails at once, in seconds since it began."""
    moments: list[float] = []
    now = SINCE
    for _ in range(100):
        now = probes.next_at(SINCE, now, rest)
        if now > at(until):
            return moments
        moments.append((now - SINCE).total_seconds())
    raise AssertionError("It is probed without end.")


@pytest.mark.parametrize(
    ("rest", "then"),
    [(probes.RARELY, [1200.0, 2100.0]), (probes.EVERY, [600.0, 900.0, 1200.0, 1500.0, 1800.0, 2100.0])],
)
def test_it_is_probed_soon_at_first_and_then_rarely(rest: timedelta, then: list[float]) -> None:
    assert probed_at(rest, until=2100) == [5.0, 15.0, 30.0, 60.0, 120.0, 300.0, *then]


@pytest.mark.parametrize(("elapsed", "next_at"), [(25, 30), (29.5, 30), (30, 60)])
def test_a_probe_that_took_long_does_not_move_the_next_ones(elapsed: float, next_at: float) -> None:
    assert probes.next_at(SINCE, at(elapsed), probes.RARELY) == at(next_at)


@pytest.mark.parametrize(("elapsed", "wait"), [(0, 15), (15, 15), (20, 40), (300, 900)])
def test_what_may_be_in_the_room_is_not_probed_in_haste(elapsed: float, wait: float) -> None:
    assert probes.next_at(SINCE, at(elapsed), probes.RARELY, 15.0) == at(elapsed + wait)


def test_a_clock_that_was_set_back_delays_no_probe() -> None:
    assert probes.next_at(SINCE, at(-3600), probes.RARELY) == at(-3595)


@given(elapsed=st.floats(-(10**6), 10**6), soonest=st.sampled_from([0.0, 15.0]))
def test_a_probe_always_lies_ahead_and_never_far(elapsed: float, soonest: float) -> None:
    now = at(elapsed)
    wait = (probes.next_at(SINCE, now, probes.RARELY, soonest) - now).total_seconds()
    assert soonest <= wait <= 900
    assert wait > 0


@pytest.mark.parametrize(
    ("answers", "seconds", "broken"),
    [
        pytest.param(1, 3600, False, id="one answer is no verdict, however old"),
        pytest.param(2, 3600, False, id="nor are two"),
        pytest.param(3, 59, False, id="nor are several within a minute"),
        pytest.param(50, 59, False, id="nor many"),
        pytest.param(3, 60, True, id="several over a minute are"),
    ],
)
def test_it_is_broken_when_it_answered_so_several_times_over_a_minute(
    answers: int, seconds: float, broken: bool
) -> None:
    assert probes.is_broken(SINCE, answers, at(seconds)) is broken


@pytest.mark.parametrize(
    ("since", "last", "goes_on"),
    [
        pytest.param(at(0), at(60), True, id="a moment ago"),
        pytest.param(at(61), at(61), True, id="at this very moment"),
        pytest.param(at(0), at(61 - 1800), False, id="too long ago"),
        pytest.param(None, at(60), False, id="never"),
        pytest.param(at(0), None, False, id="never failed"),
        pytest.param(at(3600), at(3600), False, id="the clock was set back"),
    ],
)
def test_answers_count_together_unless_they_are_far_apart(
    since: datetime | None, last: datetime | None, goes_on: bool
) -> None:
    assert probes.goes_on(since, last, at(61)) is goes_on
