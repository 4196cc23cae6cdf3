"""Recovery where two things meet: two workers of which one died, two targets, two times that it happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane, ServerLane
from deliveries.outbox import LEASE, RECORD_AFTER
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record, send
from tests.factories import owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def targets() -> tuple[Target, Target]:
    """Both are told of everything, by a hook and through a server; either has a budget."""
    both = (
        factories.make_target("a", rate_limit_calls=50, digest_after=0),
        factories.make_rest_target(factories.make_server(), "#b", rate_limit_calls=50, digest_after=0),
    )
    factories.make_rule(targets=both)
    return both


def owe(source: Source, now: datetime, count: int = 1) -> None:
    for number in range(count):
        owed(source, now, group=f"g{number}")


def only(target: Target) -> Any:
    """What is owed to it."""
    return Delivery.objects.filter(target=target).order_by("id")


def vanish(target: Target, now: datetime, times: int, draw: Callable[[], float] = lambda: 0.5) -> datetime:
    """Its worker vanishes with what is due so many times, its lease over at the moment that is returned."""
    for _ in range(times):
        Delivery.objects.filter(target=target, state="waiting").update(next_attempt_at=now)
        claim(target, now)
        now = after(now, minutes=2)
        outbox.recover(now, draw=draw)
    return now


def test_what_another_worker_has_under_way_stays_with_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now)
    claim(targets[0], now)
    claim(targets[1], after(now, seconds=1))
    assert outbox.recover(now + LEASE) == 1
    assert [one.state for target in targets for one in only(target)] == ["waiting", "sending"]
    assert list(Attempt.objects.order_by("id").values_list("outcome", "reason")) == [
        ("unknown", "lease_expired"),
        ("", ""),
    ]
    assert Attempt.objects.earliest("id").error == Reason.LEASE_EXPIRED.advice


def test_what_a_dead_worker_may_have_told_is_in_doubt_where_no_id_can_tell(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 5)
    for target in targets:
        claim(target, now)
    outbox.recover(now + LEASE)
    doubts = [[one.in_doubt for one in only(target)] for target in targets]
    assert doubts == [[True, True, True, True, False], [False] * 5]


def test_what_is_taken_back_says_so_and_is_leased_by_nobody(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now)
    ended = vanish(targets[0], now, 1)
    row = only(targets[0]).get()
    assert (row.state, row.reason, row.explanation) == ("waiting", "lease_expired", Reason.LEASE_EXPIRED.advice)
    assert (row.tries, row.unknown_count, row.attempt_count, row.plain) == (1, 1, 1, False)
    assert (row.next_attempt_at, row.lease_token, row.lease_until) == (ended, None, None)


@pytest.mark.parametrize(
    ("times", "seconds", "plain"), [(1, 0, False), (2, 5, False), (3, 15, True), (4, 30, True), (9, 900, True)]
)
def test_the_more_workers_vanish_with_a_message_the_longer_it_waits(
    source: Source, targets: tuple[Target, Target], now: datetime, times: int, seconds: int, plain: bool
) -> None:
    owe(source, now)
    ended = vanish(targets[0], now, times)
    row = only(targets[0]).get()
    assert (row.next_attempt_at, row.plain, row.state) == (after(ended, seconds=seconds), plain, "waiting")


def test_tries_that_were_answered_count_for_no_vanished_worker(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, after(now, minutes=-9))
    for minute in (-9, -6, -3):
        send(targets[0], after(now, minutes=minute), Reason.CONNECT, Ending.NOT_SENT)
    ended = vanish(targets[0], now, 1)
    assert (only(targets[0]).get().next_attempt_at, only(targets[0]).get().tries) == (ended, 4)


def test_of_two_that_are_taken_back_at_once_each_waits_by_its_own_count(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now)
    later = vanish(targets[0], now, 2)
    Delivery.objects.update(next_attempt_at=later)
    for target in targets:
        claim(target, later)
    ended = after(later, minutes=2)
    assert outbox.recover(ended, draw=lambda: 0.5) == 2
    assert [only(target).get().next_attempt_at for target in targets] == [after(ended, seconds=15), ended]


def test_what_was_sent_without_a_trace_is_tried_at_once(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The attempts of a restored database may be older than its deliveries."""
    owe(source, now)
    only(targets[0]).update(state="sending", lease_until=now)
    outbox.recover(now)
    assert only(targets[0]).get().next_attempt_at == now


def test_a_message_that_ten_workers_vanished_with_is_a_dead_letter_and_its_room_merges_on(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now)
    ended = vanish(targets[0], now, 10)
    row = only(targets[0]).get()
    assert (row.state, row.reason, row.ended_at, row.settled) == ("rejected", "poison", ended, False)
    assert (row.tries, row.unknown_count, row.lease_token) == (10, 10, None)
    assert row.explanation.startswith("Every worker that sent this message vanished")
    assert Lane.objects.get(target=targets[0]).no_digest_until is None
    assert only(targets[1]).get().state == "waiting"


# Budgets.


def test_what_dead_workers_reserved_counts_from_when_they_may_have_called_last(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """Two batches of one target, and one of another that lives."""
    owe(source, now, 7)
    second = after(now, seconds=3)
    for target, moment in ((targets[0], now), (targets[0], second), (targets[1], second)):
        claim(target, moment)
    outbox.recover(now + LEASE)
    calls = {lane.target_id: lane.calls for lane in Lane.objects.all()}
    late = (RECORD_AFTER + outbox.longest_call(targets[0])).total_seconds()
    assert calls[targets[0].pk] == [*[second.timestamp()] * 3, *[now.timestamp() + late] * 4]
    outbox.recover(second + LEASE)
    calls = {lane.target_id: lane.calls for lane in Lane.objects.all()}
    assert sorted(calls[targets[0].pk]) == [*[now.timestamp() + late] * 4, *[second.timestamp() + late] * 3]


def test_an_answered_try_of_before_is_counted_no_second_time(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now)
    record(claim(targets[0], now), now, outcome(now, Reason.CONNECT, Ending.NOT_SENT, duration=1.5))
    claim(targets[0], after(now, seconds=5))
    outbox.recover(now + 2 * LEASE)
    assert len(Lane.objects.get(target=targets[0]).calls) == 2


def test_what_was_on_its_way_to_a_target_that_was_deleted_is_taken_back_too(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now)
    for target in targets:
        claim(target, now)
    targets[0].delete()
    ended = now + 2 * LEASE
    assert (outbox.recover(ended), outbox.close_orphans(ended)) == (2, 1)
    words = "Its target was deleted before this could be sent. Send it again to another target if it matters."
    assert set(Delivery.objects.values_list("state", "settled", "explanation")) == {
        ("cancelled", False, words),
        ("waiting", False, Reason.LEASE_EXPIRED.advice),
    }


def test_what_had_ended_before_its_target_was_deleted_stays_as_it_ended(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 2)
    record(claim(targets[0], now), now, outcome(now))
    targets[0].delete()
    assert outbox.close_orphans(now) == 0
    assert set(Delivery.objects.filter(target=None).values_list("state", "explanation")) == {("delivered", "")}


# A clock that was set back.


def test_all_that_waits_for_a_time_far_ahead_is_freed_and_counted(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 4)
    far, soon = after(now, hours=1), after(now, minutes=10)
    first, second, sending, _ = (row.pk for row in only(targets[0]))
    Delivery.objects.filter(pk__in=(first, second)).update(next_attempt_at=far)
    Delivery.objects.filter(pk=sending).update(state="sending", lease_until=far)
    Delivery.objects.filter(pk__gt=sending, target=targets[0]).update(next_attempt_at=soon)
    only(targets[1]).update(next_attempt_at=soon)
    Lane.objects.create(target=targets[0], paused_until=far, probe_at=far)
    Lane.objects.create(target=targets[1], paused_until=soon, probe_at=soon)
    ServerLane.objects.create(server_id=targets[1].server_id or 0, paused_until=far)
    assert outbox.unfreeze(now) == 6
    assert [one.next_attempt_at for one in only(targets[0])] == [now, now, now, soon]
    assert only(targets[0])[2].lease_until == now
    assert dict(Lane.objects.values_list("target", "paused_until")) == {targets[0].pk: None, targets[1].pk: soon}
    assert dict(Lane.objects.values_list("target", "probe_at")) == {targets[0].pk: now, targets[1].pk: soon}
    assert ServerLane.objects.get().paused_until is None


def test_a_lease_is_never_mistaken_for_one_of_another_clock(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """As long as the longest wait and a lease together may lie ahead."""
    owe(source, now)
    only(targets[0]).update(state="sending", lease_until=after(now, minutes=19, seconds=30))
    ServerLane.objects.create(server_id=targets[1].server_id or 0, paused_until=after(now, minutes=18))
    assert outbox.unfreeze(now) == 0
    only(targets[0]).update(lease_until=after(now, minutes=21))
    assert outbox.unfreeze(now) == 1
