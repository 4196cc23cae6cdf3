"""What is news of an alert, what is older than what is known, and what cannot be told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deliveries.accept import lateness
from deliveries.accept.lateness import Known, Said, What

pytestmark = pytest.mark.anywhere

START = datetime(2026, 11, 23, 10, tzinfo=UTC)
WINDOW = timedelta(seconds=120)
MINUTE = timedelta(minutes=1)
END = START + 5 * MINUTE
RESOLVED_AT = END + timedelta(seconds=10)
RESOLVED = Known("resolved", START, END, RESOLVED_AT)
BURNS_AGAIN = Known("firing", START, END, RESOLVED_AT)


def firing(after: float = 30, start: datetime | None = START, **fields: bool) -> Said:
    """So many seconds after the resolved."""
    return Said("firing", start, None, RESOLVED_AT + timedelta(seconds=after), **fields)


def resolved(after: float = 30, start: datetime | None = START, end: datetime | None = END, **fields: bool) -> Said:
    return Said("resolved", start, end, RESOLVED_AT + timedelta(seconds=after), **fields)


def judged(said: Said, known: Known, window: timedelta = WINDOW) -> What:
    return lateness.judge(said, known, window).what


def test_a_firing_after_its_resolved_with_the_start_it_had_may_be_late() -> None:
    assert judged(firing(), RESOLVED) is What.LATE


def test_it_is_kept_back_until_the_window_after_its_resolved_ends() -> None:
    assert lateness.judge(firing(), RESOLVED, WINDOW).until == RESOLVED_AT + WINDOW


def test_the_trail_says_until_when_and_why() -> None:
    why = lateness.judge(firing(), RESOLVED, WINDOW).why
    assert why.startswith("It was told as resolved 30 s before")
    assert "at 10:07:10 UTC unless its resolved comes again" in why


def test_a_clock_that_was_set_back_keeps_it_no_longer_than_the_window() -> None:
    said = firing(after=-3600)
    assert lateness.judge(said, RESOLVED, WINDOW).until == said.received_at + WINDOW


def test_a_clock_that_was_set_back_is_not_told_as_a_time_below_nothing() -> None:
    assert lateness.judge(firing(after=-3600), RESOLVED, WINDOW).why.startswith("It was told as resolved 0 s before")


def test_a_firing_of_what_fires_is_news_however_late_it_could_be_read() -> None:
    assert judged(firing(came_before=True), Known("firing", START, None, None)) is What.NEWS


@pytest.mark.parametrize("after", [120, 121, 3600])
def test_after_the_window_it_is_news(after: float) -> None:
    assert judged(firing(after), RESOLVED) is What.NEWS


def test_a_source_without_a_window_has_nothing_kept_back() -> None:
    assert judged(firing(0), RESOLVED, timedelta(0)) is What.NEWS


def test_a_start_after_the_last_end_is_news() -> None:
    assert judged(firing(start=END + timedelta(microseconds=1)), RESOLVED) is What.NEWS


@pytest.mark.parametrize("start", [START - MINUTE, START + MINUTE, END])
def test_a_start_that_moved_before_the_end_proves_nothing(start: datetime) -> None:
    """Replicas differ, and Alertmanager keeps the earliest start it hears."""
    assert judged(firing(start=start), RESOLVED) is What.LATE


@pytest.mark.parametrize(("apart", "what"), [(60, What.LATE), (61, What.NEWS)])
def test_without_an_end_the_start_must_differ(apart: float, what: What) -> None:
    known = replace(RESOLVED, last_end=None)
    assert judged(firing(start=START + timedelta(seconds=apart)), known) is what


def test_without_a_start_it_is_news() -> None:
    assert judged(firing(start=None), RESOLVED) is What.NEWS
    assert judged(firing(), replace(RESOLVED, starts_at=None, last_end=None)) is What.NEWS


def test_a_reason_that_no_copy_could_have_makes_it_news() -> None:
    assert judged(firing(begins=True), RESOLVED) is What.NEWS


def test_a_firing_that_lay_unread_while_its_resolved_came_is_old() -> None:
    assert judged(firing(-60, came_before=True), RESOLVED) is What.OLD


def test_one_that_lay_unread_and_began_after_the_end_is_news() -> None:
    assert judged(firing(-60, start=END + MINUTE, came_before=True), RESOLVED) is What.NEWS


def test_the_end_of_what_burns_is_news() -> None:
    assert judged(resolved(end=END + 10 * MINUTE), BURNS_AGAIN) is What.NEWS
    assert judged(resolved(), Known("firing", START, None, None)) is What.NEWS


def test_the_end_of_an_earlier_time_is_old() -> None:
    known = Known("firing", END + MINUTE, None, None)
    assert judged(resolved(), known) is What.OLD


@pytest.mark.parametrize(("start", "end"), [(None, END), (START, None), (END + 2 * MINUTE, END), (START, END + MINUTE)])
def test_what_does_not_prove_that_is_told(start: datetime | None, end: datetime | None) -> None:
    """An odd sender's times, and an end as late as the start of what burns."""
    assert judged(resolved(start=start, end=end), Known("firing", END + MINUTE, None, None)) is What.NEWS


def test_the_end_that_was_told_before_is_news_after_a_firing_was_told() -> None:
    """A peer whose late firing was told tells the resolved of it at its next flush."""
    assert judged(resolved(after=300), BURNS_AGAIN) is What.NEWS


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (START, START + MINUTE, True),
        (START + MINUTE, START, True),
        (START, START + MINUTE + timedelta(microseconds=1), False),
        (None, None, True),
        (START, None, False),
        (None, START, False),
    ],
)
def test_starts_of_replicas_are_the_same_start(one: datetime | None, other: datetime | None, is_same: bool) -> None:
    assert lateness.is_same_start(one, other) is is_same


KEPT_BACK = replace(BURNS_AGAIN, is_kept_as_late=True)


def test_a_second_copy_of_what_is_kept_back_leaves_it_so() -> None:
    verdict = lateness.judge(firing(60), KEPT_BACK, WINDOW)
    assert (verdict.what, verdict.until) == (What.LATE, RESOLVED_AT + WINDOW)


def test_a_new_start_of_what_is_kept_back_is_news() -> None:
    assert judged(firing(60, start=END + MINUTE), KEPT_BACK) is What.NEWS


def test_a_resolved_ends_what_was_kept_back() -> None:
    assert judged(resolved(), KEPT_BACK) is What.ENDED_AGAIN


def test_a_resolved_that_lay_unread_while_its_firing_came_is_old() -> None:
    assert judged(resolved(end=END + MINUTE, came_before=True), BURNS_AGAIN) is What.OLD


@pytest.mark.parametrize("status", ["firing", "resolved"])
def test_the_same_status_again_is_news(status: str) -> None:
    assert judged(replace(firing(), status=status), replace(RESOLVED, status=status)) is What.NEWS


@pytest.mark.parametrize(("apart", "same"), [(0, True), (60, True), (-60, True), (61, False)])
def test_starts_of_replicas_are_the_same_within_a_minute(apart: float, same: bool) -> None:
    assert lateness.is_same_start(START, START + timedelta(seconds=apart)) is same


def test_no_start_is_the_same_as_none_only() -> None:
    assert (lateness.is_same_start(None, None), lateness.is_same_start(START, None)) == (True, False)
