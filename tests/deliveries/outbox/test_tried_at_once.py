"""What a person does to a target in trouble is tried at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.reasons import Reason
from routing.models import Source, Target
from tests.deliveries.lanes import after, claim, outcome, record, send
from tests.factories import owed

pytestmark = pytest.mark.django_db


def test_a_test_message_is_sent_at_once_and_lets_everything_go(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    test = outbox.owe_test(target, "ann", now)
    moment = after(now, seconds=1)
    record(claim(target, moment, only=test.pk), moment, outcome(moment))
    assert len(send(target, moment)) == 1


def test_test_messages_that_fail_are_no_verdict_and_delay_no_probe(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    for second in range(1, 10):
        moment = after(now, seconds=second)
        test = outbox.owe_test(target, "ann", moment)
        record(claim(target, moment, only=test.pk), moment, outcome(moment, Reason.FORBIDDEN))
    assert (Lane.objects.get().broken_at, Lane.objects.get().probe_at) == (None, after(now, seconds=15))


def test_a_change_of_the_target_is_tried_at_once(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    for second in (0, 5, 15, 30):
        send(target, after(now, seconds=second), Reason.FORBIDDEN)
    Target.objects.update(changed_at=after(now, seconds=32))
    assert outbox.tend(after(now, seconds=33)) == {target.pk}
    assert len(send(target, after(now, seconds=33))) == 1


def test_a_change_is_tried_at_once_also_while_it_does_not_answer(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Lane.objects.create(target=target, failures=9, opened_at=now, probe_at=after(now, minutes=5))
    Target.objects.update(changed_at=after(now, seconds=1))
    assert outbox.tend(after(now, seconds=2)) == {target.pk}
    assert len(send(target, after(now, seconds=2))) == 1


def test_the_change_of_a_healthy_target_is_nobodys_business(source: Source, target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, change_tried_at=after(now, days=-2))
    Target.objects.update(changed_at=now)
    assert outbox.tend(after(now, seconds=1)) == set()


def test_try_now_works_on_one_that_only_may_be_broken(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    assert outbox.try_now(target.pk, after(now, seconds=1))
    assert len(send(target, after(now, seconds=1))) == 1


def test_a_broken_target_is_tried_when_somebody_asks(held: Delivery, target: Target, now: datetime) -> None:
    later = after(now, seconds=20)
    assert (outbox.due_targets(later), outbox.try_now(target.pk, later), outbox.due_targets(later)) == (
        {},
        True,
        {target.pk: True},
    )


def test_an_open_circuit_is_tried_when_somebody_asks(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    owe(1)
    Delivery.objects.update(next_attempt_at=after(now, minutes=5), attempt_count=5)
    Lane.objects.create(target=target, failures=5, opened_at=now, paused_until=after(now, minutes=5))
    outbox.try_now(target.pk, now)
    assert len(claim(target, now).pairs) == 1


def test_a_target_in_no_trouble_need_not_be_tried(target: Target, now: datetime) -> None:
    Lane.objects.create(target=target, paused_until=after(now, minutes=5))
    assert (outbox.try_now(target.pk, now), Lane.objects.get().paused_until) == (False, after(now, minutes=5))
