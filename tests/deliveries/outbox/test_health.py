"""How a lane stands after a claim: two answers, two targets, a change meanwhile."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane, ServerLane
from deliveries.outbox import Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import RocketChatServer, Source, Target
from tests.deliveries.lanes import after, claim, outcome, record, send
from tests.deliveries.outbox.roads import changed, lane_of, owe, two_roads

pytestmark = pytest.mark.django_db


@pytest.fixture
def targets(now: datetime) -> tuple[Target, Target]:
    return two_roads(now)


def test_two_that_are_taken_count_twice_and_one_that_fails_ends_the_row(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 2)
    send(targets[0], now)
    lane = lane_of(targets[0])
    assert (lane.streak, lane.taken, lane.last_delivered_at) == (2, 2, now)
    later = after(now, seconds=9)
    owe(source, later, 1, "later")
    send(targets[0], later, Reason.CONNECT, Ending.NOT_SENT)
    lane = lane_of(targets[0])
    assert (lane.streak, lane.taken, lane.last_delivered_at, lane.last_error_at) == (0, 2, now, later)
    assert (lane.failures, lane.opened_at, lane.probe_at) == (1, None, None)


def test_what_waits_for_its_next_try_goes_on_waiting_while_others_are_taken(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 2)
    first = Delivery.objects.filter(target=targets[0]).earliest("id")
    Delivery.objects.filter(pk=first.pk).update(next_attempt_at=after(now, minutes=1))
    assert len(send(targets[0], now)) == 1
    first.refresh_from_db()
    assert first.next_attempt_at == after(now, minutes=1)


def test_what_one_target_takes_is_no_merit_of_another(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    for target in targets:
        Lane.objects.create(target=target)
    send(targets[1], now)
    assert [lane_of(target).taken for target in targets] == [0, 1]


# What was refused.


def test_two_answers_a_minute_apart_are_no_verdict_and_a_third_is(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    seen = []
    for second in (0, 61, 121):
        Lane.objects.update(probe_at=None)
        send(targets[0], after(now, seconds=second), Reason.FORBIDDEN)
        lane = lane_of(targets[0])
        seen.append((lane.refusals, lane.failures, lane.broken_at))
    assert seen == [(1, 1, None), (2, 2, None), (3, 3, now)]


def test_a_message_refused_in_full_is_asked_again_alone_and_the_trouble_began_with_the_first(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 3)
    batch = claim(targets[0], now)
    results = [Result(*pair, outcome(now, Reason.BAD_MESSAGE), "{}") for pair in batch.pairs[:1]]
    outbox.record(batch, results, now=now, draw=lambda: 0.5)
    assert (lane_of(targets[0]).suspect_since, lane_of(targets[0]).refusals) == (now, 0)
    later = after(now, seconds=1)
    [(one, _)] = claim(targets[0], later).pairs
    assert (one.pk, one.plain) == (batch.pairs[0][0].pk, True)


def test_a_second_refusal_in_full_moves_no_beginning(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 2)
    first, second = (claim(targets[0], now, only=one.pk) for one in Delivery.objects.filter(target=targets[0]))
    record(first, now, outcome(now, Reason.BAD_MESSAGE))
    record(second, after(now, seconds=1), outcome(now, Reason.BAD_MESSAGE))
    assert lane_of(targets[0]).suspect_since == now


@pytest.mark.parametrize(("seconds", "state"), [(59, "rejected"), (60, "waiting")])
def test_a_message_is_blamed_while_the_room_took_another_within_the_minute(
    source: Source, targets: tuple[Target, Target], now: datetime, seconds: int, state: str
) -> None:
    owe(source, now, 1)
    Delivery.objects.update(plain=True, refused_after=0, attempt_count=2)
    Lane.objects.create(target=targets[0], taken=1, last_delivered_at=after(now, seconds=-seconds))
    send(targets[0], now, Reason.BAD_MESSAGE)
    assert Delivery.objects.get(target=targets[0]).state == state


def test_a_refused_line_is_asked_again_later(source: Source, targets: tuple[Target, Target], now: datetime) -> None:
    """The first refusal delays nothing, as the next message is the best judge; the second does."""
    owe(source, now, 1)
    for _ in range(2):
        send(targets[0], now, Reason.BAD_MESSAGE)
    assert (lane_of(targets[0]).refusals, lane_of(targets[0]).probe_at, lane_of(targets[0]).failures) == (1, None, 0)
    send(targets[0], after(now, seconds=5), Reason.BAD_MESSAGE)
    lane = lane_of(targets[0])
    assert (lane.refusals, lane.failures, lane.probe_at) == (2, 1, after(now, seconds=15))


def test_a_circuit_opens_at_the_fifth_failure_and_no_sooner(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    for minute in range(4):
        send(targets[0], after(now, minutes=minute), Reason.CONNECT, Ending.NOT_SENT)
    assert (lane_of(targets[0]).failures, lane_of(targets[0]).opened_at) == (4, None)
    fifth = after(now, minutes=4)
    send(targets[0], fifth, Reason.CONNECT, Ending.NOT_SENT)
    assert (lane_of(targets[0]).opened_at, lane_of(targets[0]).probe_at) == (fifth, after(fifth, seconds=5))


def test_a_broken_target_that_falls_silent_opens_no_circuit(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    Lane.objects.create(target=targets[0], failures=9, broken_at=now, suspect_since=now, refusals=3, probe_at=now)
    Delivery.objects.update(state="held")
    send(targets[0], now, Reason.CONNECT, Ending.NOT_SENT)
    assert (lane_of(targets[0]).failures, lane_of(targets[0]).opened_at) == (10, None)


@pytest.mark.parametrize(
    ("paused", "asked", "seconds"),
    [(None, 30.0, 30), (None, None, 60), (90, 30.0, 90), (10, 30.0, 30)],
)
def test_of_two_pauses_the_longer_one_stands(
    source: Source, targets: tuple[Target, Target], now: datetime, paused: int | None, asked: float | None, seconds: int
) -> None:
    owe(source, now, 1)
    batch = claim(targets[0], now)
    Lane.objects.update(paused_until=after(now, seconds=paused) if paused else None)
    record(batch, now, outcome(now, Reason.RATE_LIMITED, retry_after=asked))
    assert lane_of(targets[0]).paused_until == after(now, seconds=seconds)


# What somebody changed while a call was under way.


@pytest.mark.parametrize("what", ["target", "server", "nothing"])
@pytest.mark.parametrize("place", [0, 1])
def test_what_came_of_an_old_address_says_nothing_of_the_new_one(
    source: Source, targets: tuple[Target, Target], now: datetime, what: str, place: int
) -> None:
    owe(source, now, 1)
    target = targets[place]
    Lane.objects.create(target=target, opened_at=now)
    batch = claim(target, now)
    moment = after(now, seconds=1)
    if what == "target":
        Target.objects.filter(pk=target.pk).update(changed_at=moment)
    elif what == "server":
        RocketChatServer.objects.update(changed_at=moment)
    record(batch, moment, outcome(moment, Reason.FORBIDDEN))
    lane = lane_of(target)
    is_excused = what == "target" or (what == "server" and target.server is not None)
    assert (lane.refusals, lane.probe_at) == ((0, moment) if is_excused else (1, after(now, seconds=5)))


def test_a_change_of_a_healthy_target_leaves_it_healthy(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 1)
    batch = claim(targets[0], now)
    changed(now, seconds=1)
    record(batch, after(now, seconds=2), outcome(now, Reason.FORBIDDEN))
    lane = lane_of(targets[0])
    assert (lane.refusals, lane.suspect_since, lane.probe_at) == (0, None, None)


def test_a_target_that_moves_to_a_server_meanwhile_is_another_address(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    """The server is older than the change."""
    owe(source, now, 1)
    batch = claim(targets[0], now)
    moved = Target.objects.get(pk=targets[0].pk)
    moved.server, moved.channel = targets[1].server, "#a"
    moved.leave_webhook()
    moved.save()
    Target.objects.filter(pk=moved.pk).update(changed_at=after(now, seconds=1))
    record(batch, after(now, seconds=1), outcome(now, Reason.FORBIDDEN))
    assert lane_of(targets[0]).refusals == 0


def test_what_was_under_way_to_a_target_that_was_deleted_is_recorded_all_the_same(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, 4)
    Delivery.objects.filter(target=targets[0]).update(plain=True)
    batch = claim(targets[0], now)
    Target.objects.filter(pk=targets[0].pk).delete()
    reasons = (None, Reason.BAD_MESSAGE, Reason.FORBIDDEN, Reason.INTERNAL)
    record(batch, now, *(outcome(now, reason) for reason in reasons))
    assert list(Delivery.objects.filter(target=None).order_by("id").values_list("state", "refused_after")) == [
        ("delivered", None),
        ("waiting", 0),
        ("waiting", None),
        ("waiting", None),
    ]
    assert not Lane.objects.filter(pk=targets[0].pk).exists()


# Rooms behind a server.


def test_only_the_server_that_said_so_is_paused(source: Source, targets: tuple[Target, Target], now: datetime) -> None:
    other = RocketChatServer.objects.create(name="other", base_url="https://other.example", user_id="bot")
    ServerLane.objects.create(server=other)
    owe(source, now, 1)
    record(claim(targets[1], now), now, outcome(now, Reason.RATE_LIMITED, retry_after=30.0))
    paused = dict(ServerLane.objects.values_list("server", "paused_until"))
    assert paused == {other.pk: None, targets[1].server_id: after(now, seconds=30)}
    assert lane_of(targets[1]).paused_until is None
