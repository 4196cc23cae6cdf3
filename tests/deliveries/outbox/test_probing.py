"""A target in trouble is asked with one delivery at a time, and one bad answer is no verdict."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.outbox import retry
from deliveries.outbox.retry import Course
from deliveries.reasons import OF_TRIES, Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, breaks, claim, outcome, record, send, send_all, states, try_claim
from tests.factories import owed

pytestmark = pytest.mark.django_db

OF_THE_TARGET = [reason for reason in OF_TRIES if retry.COURSES[reason] is Course.HOLD]


@pytest.mark.parametrize("reason", OF_THE_TARGET)
def test_one_answer_keeps_everything_back_for_five_seconds(
    source: Source, target: Target, now: datetime, reason: Reason
) -> None:
    for group in ("a", "b"):
        owed(source, now, group=group)
    send(target, now, reason)
    outbox.tend(now)
    assert (states(), Lane.objects.get().broken_at, outbox.due_targets(now)) == (["waiting"] * 2, None, {})
    assert try_claim(target, after(now, seconds=4)) is None
    assert len(claim(target, after(now, seconds=5)).pairs) == 1


def test_a_first_answer_that_may_have_posted_is_not_repeated_within_fifteen_seconds(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.NOT_ROCKETCHAT, Ending.UNKNOWN)
    owed(source, now, group="other")
    assert [second for second in range(31) if try_claim(target, after(now, seconds=second))] == [15]


def test_while_it_may_be_broken_it_is_asked_with_one_message_at_a_time(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(9):
        owed(source, now, group=f"g{number}")
    Lane.objects.create(target=target, streak=50)
    send(target, now, Reason.FORBIDDEN)
    probe = claim(target, after(now, seconds=5))
    assert (len(probe.pairs), try_claim(target, after(now, seconds=15))) == (1, None)


def test_the_probe_is_the_message_that_was_tried_already(source: Source, target: Target, now: datetime) -> None:
    first = owed(source, now)[0]
    send(target, now, Reason.FORBIDDEN)
    owed(source, now, group="other")
    assert [one.pk for one in send(target, after(now, seconds=5))] == [first.pk]


def test_one_that_gets_through_lets_everything_go_at_once(source: Source, target: Target, now: datetime) -> None:
    for number in range(5):
        owed(source, now, group=f"g{number}")
    send(target, now, Reason.FORBIDDEN)
    sent = send_all(target, after(now, seconds=5))
    assert (len(sent), states()) == (5, ["delivered"] * 5)


def test_a_good_answer_in_between_begins_the_count_anew(source: Source, target: Target, now: datetime) -> None:
    """Two of everything: two rows of bad answers, each too short for a verdict, over more than a minute."""
    for number in range(3):
        owed(source, now, group=f"g{number}")
    for second, reason in ((0, Reason.FORBIDDEN), (5, Reason.FORBIDDEN), (15, None), (50, Reason.FORBIDDEN)):
        send(target, after(now, seconds=second), reason)
    owed(source, after(now, seconds=66), group="later")
    send(target, after(now, seconds=66), Reason.FORBIDDEN)
    assert Lane.objects.get().broken_at is None


def test_what_it_answered_an_hour_ago_is_no_part_of_what_it_answers_now(
    source: Source, target: Target, now: datetime
) -> None:
    for second in (-3700, -3640):
        test = outbox.owe_test(target, "ann", after(now, seconds=second))
        moment = after(now, seconds=second)
        record(claim(target, moment, only=test.pk), moment, outcome(moment, Reason.FORBIDDEN))
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    assert (Lane.objects.get().broken_at, states()) == (None, ["waiting"])


def test_answers_of_two_kinds_break_it_together_and_the_last_names_the_reason(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    for second, reason in ((0, Reason.FORBIDDEN), (5, Reason.CONNECT), (30, Reason.DISABLED), (60, Reason.NOT_FOUND)):
        send(target, after(now, seconds=second), reason)
    lane = Lane.objects.get()
    assert (lane.broken_at, lane.broken_reason) == (now, "not_found")


def test_another_target_does_not_notice(source: Source, target: Target, now: datetime) -> None:
    other = factories.make_target("other")
    factories.make_rule("other", [other], continues=True, position=5)
    owed(source, now)
    breaks(target, after(now, seconds=60))
    assert len(send(other, now)) == 1
    assert set(Lane.objects.filter(target=other).values_list("refusals", "suspect_since", "taken")) == {(0, None, 1)}


def test_what_waits_with_it_for_a_verdict_does_not_expire(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    Delivery.objects.update(expires_at=after(now, seconds=10))
    outbox.expire_overdue(after(now, seconds=20))
    send(target, after(now, seconds=20), Reason.FORBIDDEN)
    assert states() == ["waiting"]


def test_a_target_that_only_falls_silent_after_one_bad_answer_keeps_nothing_for_ever(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    outbox.expire_overdue(after(now, days=2))
    assert states() == ["expired"]


def test_a_worker_that_dies_with_the_probe_does_not_keep_the_next_one_back_for_long(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    claim(target, after(now, seconds=5))
    assert Lane.objects.get().probe_at == after(now, seconds=15)


def test_a_target_switched_off_while_a_call_is_under_way_stays_switched_off(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    claimed = claim(target, now)
    Target.objects.update(enabled=False)
    outbox.tend(now)
    record(claimed, now, outcome(now, Reason.FORBIDDEN))
    assert Lane.objects.get().broken_reason == "disabled_here"
