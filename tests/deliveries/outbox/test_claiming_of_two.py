"""Claiming where two things meet: two targets, two batches, what was tried and what is fresh."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import LEASE, LEASE_MARGIN, budget
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, send, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


def owe(source: Source, now: datetime, count: int, **fields: Any) -> None:
    """Each of a conversation of its own."""
    before = list(Delivery.objects.values_list("pk", flat=True))
    for number in range(len(before), len(before) + count):
        owed(source, now, group=f"g{number}")
    if fields:
        Delivery.objects.exclude(pk__in=before).update(**fields)


def test_each_target_is_claimed_for_itself_and_has_a_lane_of_its_own(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 2)
    for target in targets:
        assert {one.target_id for one, _ in claim(target, now).pairs} == {target.pk}
    assert Lane.objects.count() == 2


def test_a_conversation_that_is_further_on_waits_for_no_other(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Of each the first that is open goes: the third of one, the first of the other."""
    owed(source, now, group="a")
    send(targets[0], now)
    for status in ("resolved", "firing"):
        owed(source, now, alert(status=status, starts_at="2026-11-23T10:01:00Z"), group="a")
    owed(source, now, alert("Other"), group="b")
    taken = [(one.seq, one.status) for one, _ in claim(targets[0], now).pairs]
    assert taken == [(3, "resolved"), (1, "firing")]


def test_a_claim_leases_what_it_takes_and_nothing_else(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 5)
    claimed = claim(targets[0], now)
    taken = {one.pk for one, _ in claimed.pairs}
    assert len(taken) == 4
    rows = Delivery.objects.values_list("pk", "state", "lease_token", "lease_until", "attempt_count")
    for pk, *lease in rows:
        expected = ["sending", claimed.token, now + LEASE, 1] if pk in taken else ["waiting", None, None, 0]
        assert lease == expected
    assert [(one.state, one.lease_token, one.lease_until, one.attempt_count) for one, _ in claimed.pairs] == [
        ("sending", claimed.token, now + LEASE, 1)
    ] * 4


def test_a_target_that_was_deleted_is_owed_nothing_though_others_are(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    gone = targets[0].pk
    targets[0].delete()
    assert outbox.claim(gone, now=now, worker="w1") is None
    assert not Lane.objects.exists()


@pytest.mark.parametrize(
    ("lane", "batch"),
    [
        pytest.param({}, 4, id="a new one"),
        pytest.param({"streak": 1}, 6, id="after one that went well"),
        pytest.param({"streak": 10}, 24, id="after ten"),
        pytest.param({"streak": 30}, 64, id="after many"),
        pytest.param({"streak": 30, "failures": 1}, 1, id="it just failed"),
    ],
)
def test_a_batch_grows_with_what_went_well(
    source: Source, targets: tuple[Target, Target], now: datetime, lane: dict[str, int], batch: int
) -> None:
    owe(source, now, 70)
    Lane.objects.create(target=targets[0], **lane)
    assert len(claim(targets[0], now).pairs) == batch


def test_a_batch_takes_what_is_fresh_first_and_then_what_was_tried_and_no_more_than_it_may(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """What was tried has been due for longer."""
    earlier = after(now, minutes=-1)
    owe(source, earlier, 3, attempt_count=1, created_at=now)
    owe(source, now, 3)
    assert [one.attempt_count for one, _ in claim(targets[0], now).pairs] == [1, 1, 1, 2]
    assert [one.attempt_count for one, _ in claim(targets[0], now).pairs] == [2, 2]


def test_a_target_whose_first_half_just_went_is_left_alone_until_the_second_may_go(
    source: Source, now: datetime
) -> None:
    """Nobody looks at it in vain meanwhile."""
    target = factories.make_target("limited", rate_limit_calls=10, digest_after=30)
    factories.make_rule(targets=[target])
    Lane.objects.create(target=target, calls=[now.timestamp()] * 5)
    owe(source, now, 1)
    assert try_claim(target, now) is None
    assert Lane.objects.get(target=target).paused_until == after(now, seconds=budget.HELD_BACK_SECONDS)


def test_batches_of_another_target_keep_nothing_back(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 9)
    for _ in range(2):
        claim(targets[0], now)
    assert try_claim(targets[0], now) is None
    assert len(claim(targets[1], now).pairs) == 4


def test_two_workers_that_died_keep_a_target_back_until_their_leases_end(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 9)
    for _ in range(2):
        claim(targets[0], now)
    assert try_claim(targets[0], now + LEASE - timedelta(seconds=1)) is None
    assert len(claim(targets[0], now + LEASE).pairs) == 1


@pytest.mark.parametrize(
    ("fields", "at_once"),
    [
        pytest.param({"rate_limit_calls": 0, "rate_limit_seconds": 5}, 2, id="without a budget"),
        pytest.param({"rate_limit_calls": 20, "rate_limit_seconds": 60}, 2, id="a long period"),
        pytest.param({"rate_limit_calls": 20, "rate_limit_seconds": 13}, 2, id="a period longer than a batch"),
        pytest.param({"rate_limit_calls": 20, "rate_limit_seconds": 12}, 1, id="a period as long as a batch"),
    ],
)
def test_a_second_batch_goes_beside_the_first_where_the_budget_can_count_both(
    source: Source, targets: tuple[Target, Target], now: datetime, fields: dict[str, int], at_once: int
) -> None:
    Target.objects.update(timeout=10, digest_after=0, **fields)
    owe(source, now, 9)
    assert [try_claim(targets[0], now) is not None for _ in range(3)] == [True, at_once == 2, False]


@pytest.mark.parametrize(
    ("timeout", "is_rest", "seconds"), [(10, False, 10), (30, False, 30), (10, True, 20), (30, True, 60)]
)
def test_a_lease_holds_for_the_longest_call_and_what_stands_around_it(
    now: datetime, timeout: int, is_rest: bool, seconds: int
) -> None:
    """Through a server the room is looked up first, with a deadline of its own."""
    if is_rest:
        target = factories.make_rest_target(factories.make_server(), timeout=timeout)
    else:
        target = factories.make_target(timeout=timeout)
    outbox.owe_test(target, "ann", now)
    longest = timedelta(seconds=seconds)
    assert outbox.longest_call(target) == longest
    assert claim(target, now).lease_until == now + max(LEASE, longest + LEASE_MARGIN + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("lane", "is_taken"),
    [({}, True), ({"failures": 1}, False), ({"broken_at": -60, "probe_at": 0}, False), ({"suspect_since": -60}, True)],
)
def test_who_takes_only_healthy_targets_leaves_what_fails_and_what_is_broken(
    targets: tuple[Target, Target], source: Source, now: datetime, lane: dict[str, int], is_taken: bool
) -> None:
    owe(source, now, 1, state="held" if "broken_at" in lane else "waiting")
    times = {name: value if name == "failures" else after(now, seconds=value) for name, value in lane.items()}
    Lane.objects.create(target=targets[0], **times)
    assert (try_claim(targets[0], now, healthy_only=True) is not None) is is_taken


def test_a_person_who_waits_for_one_message_passes_by_a_trouble_and_not_by_a_limit(
    targets: tuple[Target, Target], now: datetime
) -> None:
    tests = [outbox.owe_test(targets[0], "ann", now) for _ in range(2)]
    soon = after(now, minutes=1)
    lane = Lane.objects.create(target=targets[0], paused_until=soon)
    assert try_claim(targets[0], now, only=tests[1].pk) is None
    Lane.objects.filter(pk=lane.pk).update(failures=5, opened_at=now, probe_at=soon)
    assert try_claim(targets[0], now) is None
    assert [one.pk for one, _ in claim(targets[0], now, only=tests[1].pk).pairs] == [tests[1].pk]
    assert Lane.objects.get().probe_at == soon
    Target.objects.update(enabled=False)
    assert try_claim(targets[0], now, only=tests[0].pk) is None


# Which targets have something to do.


def test_what_is_due_to_one_target_is_due_to_no_other(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    first, second = targets
    assert outbox.due_targets(now) == {first.pk: False, second.pk: False}
    Lane.objects.create(target=first, failures=2)
    Lane.objects.create(target=second, paused_until=after(now, seconds=1))
    assert outbox.due_targets(now) == {first.pk: True}
    assert outbox.due_targets(after(now, seconds=1)) == {first.pk: True, second.pk: False}


@pytest.mark.parametrize(
    ("lane", "enabled", "state", "is_due"),
    [
        pytest.param({"broken_at": -60, "probe_at": 0}, True, "held", True, id="broken, and its probe is due"),
        pytest.param({"broken_at": -60, "probe_at": 1}, True, "held", False, id="broken, and its probe comes later"),
        pytest.param({"broken_at": -60}, True, "held", False, id="broken, and it waits for a change"),
        pytest.param({"broken_at": -60, "probe_at": 0}, False, "held", False, id="broken, and then switched off"),
        pytest.param({"broken_at": -60}, True, "waiting", False, id="broken, and what came is not held yet"),
        pytest.param({"opened_at": -60, "probe_at": 0}, True, "waiting", True, id="its circuit is open"),
        pytest.param({"opened_at": -60, "probe_at": 0}, True, "delivered", False, id="... and nothing is owed to it"),
    ],
)
def test_a_target_in_trouble_has_something_to_do_when_its_probe_is_due(
    source: Source,
    targets: tuple[Target, Target],
    now: datetime,
    lane: dict[str, int],
    enabled: bool,
    state: str,
    is_due: bool,
) -> None:
    owe(source, now, 1, state=state)
    Delivery.objects.filter(target=targets[1]).update(state="delivered")
    Lane.objects.create(target=targets[0], **{name: after(now, seconds=value) for name, value in lane.items()})
    Target.objects.filter(pk=targets[0].pk).update(enabled=enabled)
    assert list(outbox.due_targets(now)) == [targets[0].pk] * is_due


# Messages that took their workers along.


@pytest.mark.parametrize(
    ("fields", "together"),
    [
        pytest.param({"reason": Reason.LEASE_EXPIRED.value, "unknown_count": 1}, 3, id="one worker vanished with it"),
        pytest.param({"reason": Reason.LEASE_EXPIRED.value, "unknown_count": 2}, 2, id="two did"),
        pytest.param({"reason": Reason.TIMEOUT.value, "unknown_count": 5}, 3, id="nobody answered five times"),
    ],
)
def test_a_message_that_took_its_workers_along_waits_until_nothing_else_is_due(
    source: Source, targets: tuple[Target, Target], now: datetime, fields: dict[str, Any], together: int
) -> None:
    owe(source, now, 3)
    Delivery.objects.filter(pk=Delivery.objects.filter(target=targets[0]).earliest("id").pk).update(**fields)
    assert [len(claim(targets[0], now).pairs), try_claim(targets[0], now) is not None] == [together, together == 2]


# What an older version owed without an id.


def test_only_what_has_no_id_is_given_one_and_only_what_was_tried_unseen_is_in_doubt(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 4)
    mine = Delivery.objects.filter(target=targets[0]).order_by("id")
    fresh, once, doubtful, named = mine
    mine.exclude(pk=named.pk).update(message_id="")
    mine.filter(pk=once.pk).update(unknown_count=1)
    mine.filter(pk=doubtful.pk).update(in_doubt=True)
    claim(targets[0], now)
    rows = {pk: (message_id, doubt) for pk, message_id, doubt in mine.values_list("pk", "message_id", "in_doubt")}
    assert {pk: doubt for pk, (_, doubt) in rows.items()} == {
        fresh.pk: False,
        once.pk: True,
        doubtful.pk: True,
        named.pk: False,
    }
    ids = [message_id for message_id, _ in rows.values()]
    assert (rows[named.pk][0], len(set(ids)), all(ids)) == (named.message_id, 4, True)


def test_a_retry_has_the_id_of_the_first_try_and_the_next_number(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owed(source, now, alert(), alert("Other"))
    [first] = send(targets[0], now, Reason.CONNECT, Ending.NOT_SENT)
    [(again, attempt)] = claim(targets[0], after(now, seconds=5)).pairs
    assert (again.pk, again.message_id, attempt.number) == (first.pk, first.message_id, 2)
    assert list(Attempt.objects.order_by("id").values_list("number", flat=True)) == [1, 2]
