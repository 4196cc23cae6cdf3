"""A message is blamed only when its room takes another one."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import retry
from deliveries.outbox.retry import Course
from deliveries.reasons import OF_TRIES, Reason
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, lines, outcome, record, refuse, send, send_all, states
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db

OF_THE_MESSAGE = [reason for reason in OF_TRIES if retry.COURSES[reason] is Course.PLAIN]


@pytest.mark.parametrize("reason", OF_THE_MESSAGE)
def test_a_message_is_rejected_when_its_plain_text_is_refused_again_after_another_was_taken(
    source: Source, target: Target, now: datetime, reason: Reason
) -> None:
    bad = owed(source, now)[0]
    assert [one.pk for one in refuse(target, now, reason)] == [bad.pk] * 2
    other = owed(source, now, group="other")[0]
    assert (states(), [one.pk for one in send(target, now)]) == (["waiting"] * 2, [other.pk])
    refuse(target, now, reason)
    assert (states(), Lane.objects.get().suspect_since, lines(target)) == (["rejected", "delivered"], None, [])


def test_a_message_that_is_taken_in_its_second_turn_shows_itself_in_full(
    source: Source, target: Target, now: datetime
) -> None:
    """It was the target's trouble after all, for a moment."""
    owed(source, now)
    refuse(target, now)
    owed(source, now, group="other")
    send_all(target, now)
    assert (states(), Delivery.objects.earliest("id").plain) == (["delivered"] * 2, False)


def test_what_stands_behind_a_refused_message_goes_on_when_it_is_rejected(
    source: Source, target: Target, now: datetime
) -> None:
    for status in ("firing", "resolved"):
        owed(source, now, alert(status=status))
    refuse(target, now)
    owed(source, now, alert("Other"), group="other")
    assert [one.status for one in send(target, now)] == ["firing"]
    refuse(target, now)
    assert [one.status for one in send(target, now)] == ["resolved"]


def test_a_message_is_not_blamed_while_every_other_is_refused_too(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(6):
        owed(source, now, group=f"g{number}")
    for second in (0, 5, 15, 30, 60):
        while send(target, after(now, seconds=second), Reason.SUCCESS_FALSE):
            pass
    outbox.tend(after(now, seconds=61))
    assert (states(), Lane.objects.get().broken_reason) == (["held"] * 6, "success_false")
    assert Attempt.objects.count() <= 12


def test_a_digest_that_is_refused_stays_whole_until_it_is_known_who_is_to_blame(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60)
    factories.make_rule(targets=[target])
    for number in range(40):
        owed(source, now, group=f"g{number}")
    for second in (0, 6):  # a digest keeps the next call back for so long
        refuse(target, after(now, seconds=second), times=1)
    assert (set(states()), Delivery.objects.get(kind="digest").state) == ({"merged"}, "waiting")
    moment = after(now, seconds=12)
    send(target, moment)
    refuse(target, moment)
    assert (set(states()), Delivery.objects.get(kind="digest").state) == ({"waiting"}, "rejected")


def test_a_refusal_long_after_the_room_took_another_message_is_weighed_anew(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    Lane.objects.create(target=target, taken=9, last_delivered_at=after(now, minutes=-2))
    Delivery.objects.update(refused_after=8, plain=True, attempt_count=2)
    send(target, now, Reason.SUCCESS_FALSE)
    assert (states(), Lane.objects.get().refusals) == (["waiting"], 1)


def test_what_a_room_took_before_it_refused_a_message_proves_nothing(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(3):
        owed(source, now, group=f"g{number}")
    send(target, now)
    owed(source, now, group="bad")
    refuse(target, now, times=3)
    assert "rejected" not in states()


def test_in_one_batch_what_comes_after_a_refused_message_is_what_counts(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(3):
        owed(source, now, group=f"g{number}")
    Delivery.objects.filter(pk=Delivery.objects.order_by("id")[1].pk).update(plain=True)
    refused = outcome(now, Reason.BAD_MESSAGE)
    record(claim(target, now), now, outcome(now), refused, outcome(now))
    assert list(Delivery.objects.order_by("id").values_list("state", "refused_after")) == [
        ("delivered", None),
        ("waiting", 1),
        ("delivered", None),
    ]
    assert Lane.objects.get().taken == 2


def test_sent_again_by_a_person_a_refused_message_is_tried_itself(
    source: Source, target: Target, now: datetime
) -> None:
    bad = owed(source, now)[0]
    refuse(target, now)
    outbox.send_again([bad.pk], who="ann", now=after(now, seconds=1))
    assert [one.pk for one in send(target, after(now, seconds=1))] == [bad.pk]


def test_what_is_refused_in_full_alone_says_nothing_of_the_target(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    refuse(target, now, times=1)
    send(target, now)
    lane = Lane.objects.get()
    assert (states(), lane.suspect_since, lane.refusals, lane.failures) == (["delivered"], None, 0, 0)
