"""Where two things of the outbox meet: two budgets, two digests, two failures, two messages of one conversation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import allowance
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from deliveries.send import roads, sender
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record, send
from tests.factories import TwoOfEverything, alert, owed

pytestmark = pytest.mark.django_db
TEN_A_MINUTE: dict[str, Any] = {"rate_limit_calls": 10, "rate_limit_seconds": 60}


@pytest.fixture
def target() -> Target:
    target = factories.make_target(**TEN_A_MINUTE)
    factories.make_rule(targets=[target])
    return target


def storm(source: Source, now: datetime, name: str = "g") -> None:
    for number in range(40):
        owed(source, now, group=f"{name}{number}")


def test_a_digest_that_expires_frees_what_it_carries_and_nothing_of_another(now: datetime) -> None:
    source, targets = factories.make_source(), [factories.make_target(name, **TEN_A_MINUTE) for name in ("a", "b")]
    factories.make_rule(targets=targets)
    storm(source, now)
    for each in targets:
        send(each, now, Reason.CONNECT, Ending.NOT_SENT)
    first, second = Delivery.objects.filter(kind="digest").order_by("id")
    Delivery.objects.filter(pk=first.pk).update(expires_at=now)
    outbox.expire_overdue(after(now, seconds=1))
    states = Delivery.objects.filter(kind="alert", state="waiting").values_list("target", "carried_by")
    assert set(states) == {(first.target_id, None)}
    assert (states.count(), second.carried.count()) == (40, 40)


def test_a_circuit_is_open_since_it_opened_however_often_it_fails_after_that(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    Lane.objects.create(target=target, failures=4)
    for minute in (0, 5, 10):
        Delivery.objects.update(next_attempt_at=now)
        send(target, after(now, minutes=minute), Reason.CONNECT, Ending.NOT_SENT)
    assert (Lane.objects.get().opened_at, Lane.objects.get().failures) == (now, 7)


def test_a_lane_in_trouble_merges_nothing(source: Source, target: Target, now: datetime) -> None:
    storm(source, now)
    Lane.objects.create(target=target, failures=1)
    assert [one.kind for one in send(target, now)] == ["alert"]


def of_two_budgets(own: dict[str, int], servers: dict[str, int]) -> Lane:
    scene: TwoOfEverything = factories.two_of_everything(second=own, server=servers)
    return Lane.objects.create(target=scene.targets[1])


@pytest.mark.parametrize(
    ("own", "servers"),
    [
        ({"rate_limit_calls": 10, "rate_limit_seconds": 60}, {"rate_limit_calls": 60, "rate_limit_seconds": 60}),
        ({"rate_limit_calls": 60, "rate_limit_seconds": 60}, {"rate_limit_calls": 10, "rate_limit_seconds": 60}),
    ],
    ids=["its own is smaller", "its server's is smaller"],
)
def test_the_smaller_of_two_budgets_sets_the_pace(own: dict[str, int], servers: dict[str, int], now: datetime) -> None:
    allowed = allowance.of(of_two_budgets(own, servers), now)
    assert (allowed.free, allowed.pace(), allowed.calls_within(now, 0)) == (10, 6.0, 10)


def test_a_test_message_that_has_to_wait_for_the_limit_is_not_given_up(target: Target, now: datetime) -> None:
    test = outbox.owe_test(target, "ann", now)
    record(claim(target, now, only=test.pk), now, outcome(now, Reason.RATE_LIMITED))
    test.refresh_from_db()
    assert test.state == "waiting"


def test_an_alert_beside_a_test_message_is_tried_again(source: Source, now: datetime) -> None:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    outbox.owe_test(target, "ann", now)
    owed(source, now)
    send(target, now, Reason.CONNECT, Ending.NOT_SENT)
    assert dict(Delivery.objects.values_list("kind", "state")) == {"test": "rejected", "alert": "waiting"}


@pytest.fixture
def late(source: Source, target: Target, now: datetime) -> tuple[Delivery, Delivery]:
    """A firing that is late, and its resolved behind it."""
    return owed(source, now)[0], owed(source, now, alert(status="resolved"))[0]


def test_where_messages_are_edited_a_late_firing_goes_out_before_its_resolved(
    late: tuple[Delivery, Delivery], target: Target, now: datetime
) -> None:
    Target.objects.update(updates="edit")
    moment = after(now, minutes=2)
    assert [one.status for _ in late for one in send(target, moment)] == ["firing", "resolved"]


def test_a_resolved_that_tells_its_late_firing_too_goes_out_when_it_is_due_itself(
    late: tuple[Delivery, Delivery], target: Target, now: datetime
) -> None:
    moment = after(now, minutes=2)
    Delivery.objects.filter(pk=late[1].pk).update(next_attempt_at=after(moment, seconds=30))
    assert send(target, moment) == []
    assert [one.pk for one in send(target, after(moment, seconds=30))] == [late[1].pk]


@pytest.fixture
def clock(now: datetime) -> Iterator[datetime]:
    """The second message is looked at when the lease could end during its call."""
    return iter([now, *[now + outbox.LEASE - timedelta(seconds=5)] * 9])


def test_a_message_whose_call_could_outlast_the_lease_is_not_sent(
    sandbox: Sandbox, source: Source, clock: Iterator[datetime], now: datetime
) -> None:
    target = factories.make_target(url=sandbox.hook("#ops").url)
    factories.make_rule(targets=[target])
    for group in ("a", "b"):
        owed(source, now, group=group)
    claimed, client = claim(target, now), roads.new_client()
    claimed.claimed_at = now + outbox.LEASE  # so that it is not the time to record either
    sender._send_claim(claimed, client, lambda: next(clock), lambda: 0.5, lambda: False)
    client.close()
    assert list(Attempt.objects.order_by("id").values_list("reason", flat=True)) == ["", "put_back"]
    assert len(sandbox.messages("#ops")) == 1


def test_of_two_messages_that_took_their_workers_along_one_goes_at_a_time(
    source: Source, target: Target, now: datetime
) -> None:
    for group in ("a", "b"):
        owed(source, now, group=group)
    Delivery.objects.update(reason=Reason.LEASE_EXPIRED.value, unknown_count=2)
    assert len(claim(target, now).pairs) == 1


def test_what_another_room_waits_for_keeps_nothing_from_the_stand_in(now: datetime) -> None:
    source, stand_in = factories.make_source(), factories.make_target("stand-in")
    other = factories.make_target("other")
    target = factories.make_target(fallback_target=stand_in, fallback_after=0)
    factories.make_rule(targets=[other, target])
    owed(source, now)
    Lane.objects.create(target=target, failures=5, opened_at=now)
    outbox.owe_to_stand_ins(now)
    assert Delivery.objects.filter(target=stand_in).count() == 1
