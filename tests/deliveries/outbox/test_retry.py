from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliveries.outbox import retry
from deliveries.outbox.retry import COURSES, Course, Expire, Hold, Reject, Retry, Suspend, Verdict
from deliveries.reasons import OF_TRIES, Reason
from deliveries.rocketchat.outcomes import Ending, Outcome

pytestmark = pytest.mark.anywhere

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
OF_THE_TARGET = [reason for reason in OF_TRIES if COURSES[reason] is Course.HOLD]
OF_THE_MESSAGE = [reason for reason in OF_TRIES if COURSES[reason] is Course.PLAIN]


def failed(reason: Reason | None, kind: Ending = Ending.REFUSED, retry_after: float | None = None) -> Outcome:
    return Outcome(kind, reason, None, "", "", retry_after, NOW, 0.1)


def after(reason: Reason, *, tries: int = 0, **more: Any) -> Verdict:
    outcome = failed(reason, retry_after=more.pop("retry_after", None))
    fixed: dict[str, Any] = {"now": NOW, "expires_at": TOMORROW, "was_plain": False, "draw": lambda: 0.5}
    return retry.after(outcome, tries=tries, **(fixed | more))


def in_seconds(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_every_reason_has_its_course() -> None:
    assert set(COURSES) == set(OF_TRIES)


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(0, 1), (1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 300), (7, 600), (8, 900), (9, 900), (500, 900)],
)
def test_temporary_trouble_follows_the_schedule(tries: int, seconds: float) -> None:
    assert after(Reason.TIMEOUT, tries=tries) == Retry(in_seconds(seconds), counts=True, plain=False)


@pytest.mark.parametrize("reason", OF_THE_TARGET)
def test_a_message_waits_with_its_target_while_nobody_knows_whether_that_is_broken(reason: Reason) -> None:
    assert after(reason, tries=9, expires_at=NOW) == Suspend(NOW)


@pytest.mark.parametrize("reason", OF_THE_TARGET)
def test_what_a_broken_target_is_owed_waits_for_a_person(reason: Reason) -> None:
    assert after(reason, is_broken=True) == Hold()


def test_a_message_that_may_be_in_the_room_is_not_repeated_in_haste() -> None:
    unknown = failed(Reason.NOT_ROCKETCHAT, Ending.UNKNOWN)
    verdict = retry.after(unknown, tries=0, now=NOW, expires_at=TOMORROW, was_plain=False, draw=lambda: 0.5)
    assert verdict == Suspend(in_seconds(15))


@pytest.mark.parametrize("reason", OF_TRIES)
@pytest.mark.parametrize("was_plain", [False, True])
def test_what_speaks_against_a_target_is_exactly_what_is_suspended(reason: Reason, was_plain: bool) -> None:
    verdict = after(reason, was_plain=was_plain)
    assert retry.speaks_against_target(failed(reason), was_plain) is isinstance(verdict, Suspend)


def test_a_delivery_speaks_against_nobody() -> None:
    assert not retry.speaks_against_target(failed(None, Ending.DELIVERED), was_plain=True)
    assert not retry.may_be_message(failed(None, Ending.DELIVERED))


@pytest.mark.parametrize("reason", OF_TRIES)
def test_what_may_be_the_messages_fault_is_exactly_what_is_tried_as_plain_text(reason: Reason) -> None:
    assert retry.may_be_message(failed(reason)) is (reason in OF_THE_MESSAGE)


def test_a_refused_thread_or_edit_goes_out_at_once_as_a_message_of_its_own() -> None:
    assert after(Reason.CANNOT_UPDATE) == Retry(NOW, counts=True, plain=False, alone=True)


def test_a_message_whose_id_is_taken_goes_out_soon_under_another() -> None:
    assert after(Reason.ID_TAKEN) == Retry(in_seconds(1), counts=True, plain=False, anew=True)


@pytest.mark.parametrize(("drawn", "seconds"), [(0.0, 48.0), (0.5, 60.0), (0.75, 66.0)])
def test_the_delay_is_spread_by_a_fifth_either_way(drawn: float, seconds: float) -> None:
    assert retry.delay(4, slow=False, draw=lambda: drawn) == pytest.approx(seconds)


@pytest.mark.parametrize(("retry_after", "seconds"), [(28.0, 28), (None, 60), (-3.0, 1), (1e9, 900)])
def test_too_many_messages_waits_as_long_as_asked_and_uses_up_no_try(retry_after: float | None, seconds: float) -> None:
    verdict = after(Reason.RATE_LIMITED, tries=3, retry_after=retry_after)
    assert verdict == Retry(in_seconds(seconds), counts=False, plain=False)


@pytest.mark.parametrize("reason", OF_THE_MESSAGE)
def test_a_refused_message_is_sent_again_at_once_as_plain_text(reason: Reason) -> None:
    alone = reason is Reason.SUCCESS_FALSE
    assert after(reason, tries=4) == Retry(NOW, counts=True, plain=True, alone=alone)


@pytest.mark.parametrize("reason", OF_THE_MESSAGE)
@pytest.mark.parametrize(
    ("of_the_lane", "verdict"),
    [
        pytest.param({}, Suspend(NOW), id="nobody else was tried"),
        pytest.param({"is_broken": True}, Hold(), id="it takes nothing"),
        pytest.param({"takes_others": True}, Reject(), id="it takes others"),
    ],
)
def test_whose_fault_a_refused_plain_text_is_depends_on_what_else_the_target_takes(
    reason: Reason, of_the_lane: dict[str, bool], verdict: Verdict
) -> None:
    assert after(reason, was_plain=True, **of_the_lane) == verdict


def test_a_message_refused_in_full_is_tried_as_plain_text_also_while_the_target_takes_others() -> None:
    assert after(Reason.BAD_MESSAGE, takes_others=True) == Retry(NOW, counts=True, plain=True)


def test_a_message_of_its_own_whose_thread_is_refused_again_waits_without_haste() -> None:
    assert after(Reason.CANNOT_UPDATE, was_alone=True) == Retry(in_seconds(15), counts=True, plain=False)


def test_what_some_rooms_have_is_not_repeated_to_them() -> None:
    assert after(Reason.PARTIAL) == Reject()


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.RATE_LIMITED, Reason.ID_TAKEN])
def test_a_message_made_plain_stays_plain(reason: Reason) -> None:
    verdict = after(reason, was_plain=True)
    assert isinstance(verdict, Retry)
    assert verdict.plain


@pytest.mark.parametrize("reason", [Reason.TIMEOUT, Reason.RATE_LIMITED, Reason.ID_TAKEN])
def test_a_next_try_after_its_end_is_not_made(reason: Reason) -> None:
    assert after(reason, tries=5, expires_at=in_seconds(59)) == Expire()


def test_a_next_try_at_the_very_end_is_made() -> None:
    assert after(Reason.TIMEOUT, tries=4, expires_at=in_seconds(60)) == Retry(in_seconds(60), counts=True, plain=False)


def test_plain_text_is_no_way_past_the_end() -> None:
    assert after(Reason.BAD_MESSAGE, expires_at=in_seconds(-1)) == Expire()


@pytest.mark.parametrize("outcome", [failed(None), failed(None, Ending.DELIVERED)])
def test_there_is_nothing_to_decide_about_a_delivery(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="not tried again"):
        retry.after(outcome, tries=0, now=NOW, expires_at=TOMORROW, was_plain=False, draw=lambda: 0.5)


draws = st.floats(0, 1, exclude_max=True)
waits = st.none() | st.floats(allow_nan=False)


@given(tries=st.integers(-5, 10**6), slow=st.booleans(), drawn=draws)
def test_no_delay_is_negative_or_beyond_a_jittered_quarter_of_an_hour(tries: int, slow: bool, drawn: float) -> None:
    assert 0.8 <= retry.delay(tries, slow=slow, draw=lambda: drawn) <= 900 * 1.2


@given(tries=st.integers(0, 100), slow=st.booleans())
def test_without_jitter_no_delay_is_shorter_than_the_one_before(tries: int, slow: bool) -> None:
    earlier, later = (retry.delay(count, slow=slow, draw=lambda: 0.5) for count in (tries, tries + 1))
    assert earlier <= later


@given(
    reason=st.sampled_from(OF_TRIES),
    tries=st.integers(0, 200),
    age=st.floats(-1000, 100_000),
    was_plain=st.booleans(),
    takes_others=st.booleans(),
    drawn=draws,
    wait=waits,
)
def test_a_next_try_never_lies_in_the_past_nor_after_the_end(
    reason: Reason, tries: int, age: float, was_plain: bool, takes_others: bool, drawn: float, wait: float | None
) -> None:
    expires_at = in_seconds(age)
    verdict = retry.after(
        failed(reason, retry_after=wait),
        tries=tries,
        now=NOW,
        expires_at=expires_at,
        was_plain=was_plain,
        takes_others=takes_others,
        draw=lambda: drawn,
    )
    if isinstance(verdict, Retry):
        assert NOW <= verdict.at <= expires_at
    else:
        assert isinstance(verdict, Reject | Suspend | Expire)


@given(reason=st.sampled_from(OF_TRIES), draws=st.lists(draws, min_size=1, max_size=5))
def test_every_message_comes_to_an_end_or_to_a_person(reason: Reason, draws: list[float]) -> None:
    now, tries, plain, expires_at = NOW, 0, False, NOW + timedelta(hours=2)
    for turn in range(200):
        verdict = retry.after(
            failed(reason), tries=tries, now=now, expires_at=expires_at, was_plain=plain, was_alone=turn > 0,
            is_broken=turn > 5, draw=itertools.cycle(draws[turn % len(draws) :]).__next__,
        )  # fmt: skip
        if isinstance(verdict, Suspend):
            now = verdict.at
            continue
        if not isinstance(verdict, Retry):
            return
        now, tries, plain = verdict.at, tries + verdict.counts, verdict.plain
    pytest.fail("it never ended")


def test_every_course_is_taken_by_some_reason() -> None:
    assert set(COURSES.values()) == set(Course)
