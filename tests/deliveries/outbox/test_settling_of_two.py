"""Settling where two things meet: two targets, two conversations, several kinds of rows in one deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Intervention, Lane, Occurrence
from routing.models import Source, Target
from tests.deliveries.lanes import after, send
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


def owe(source: Source, now: datetime, *states: str, **fields: Any) -> list[int]:
    """One delivery to each of the targets for each state, in conversations of their own; those of the first target."""
    firsts = [owed(source, now, group=f"g{number}")[0].pk for number, _ in enumerate(states)]
    for first, state in zip(firsts, states, strict=True):
        ended = None if state in ("waiting", "held") else now
        Delivery.objects.filter(pk=first).update(state=state, ended_at=ended, **fields)
    return firsts


def others(target: Target) -> set[tuple[Any, ...]]:
    """What a deed for another target must not touch."""
    return set(Delivery.objects.filter(target=target).values_list("state", "reason", "settled", "next_attempt_at"))


# Sending again.


def test_what_is_sent_again_is_said_of_each_by_what_became_of_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    waiting, held, expired, rejected, delivered = owe(
        source, now, "waiting", "held", "expired", "rejected", "delivered"
    )
    ids = [waiting, held, expired, rejected, delivered, 10**6]
    settled = outbox.send_again(ids, who="ann", now=now)
    assert (settled.released, sorted(settled.again)) == ([waiting, held], [expired, rejected, delivered])
    assert (settled.skipped, settled.target_ids) == ([10**6], {targets[0].pk})
    assert [Delivery.objects.get(pk=copy).resend_of_id for copy in settled.again.values()] == list(settled.again)
    assert sorted(Intervention.objects.values_list("delivery", flat=True)) == ids[:5]
    assert list(Delivery.objects.filter(settled=True).order_by("id").values_list("pk", flat=True)) == [
        expired,
        rejected,
    ]
    assert others(targets[1]) == {("waiting", "", False, now)}


def test_of_several_only_the_dead_letters_are_sent_again_when_only_those_are_meant(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    waiting, held, expired, done = owe(source, now, "waiting", "held", "expired", "expired")
    Delivery.objects.filter(pk=done).update(settled=True)
    settled = outbox.send_again([waiting, held, expired, done], who="ann", now=now, dead_only=True)
    assert (settled.released, list(settled.again), settled.skipped) == ([held], [expired], [waiting, done])


def test_what_is_held_flows_without_the_reason_it_was_held_for_and_what_waits_keeps_its_own(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    held, waiting = owe(
        source, now, "held", "waiting", reason="timeout", explanation="It did not answer.", refused_after=3
    )
    later = after(now, days=30)
    outbox.send_again([held, waiting], who="ann", now=later)
    fields = ("state", "reason", "explanation", "next_attempt_at", "expires_at", "refused_after")
    hour = after(later, hours=1)
    assert list(Delivery.objects.filter(pk__in=(held, waiting)).order_by("id").values_list(*fields)) == [
        ("waiting", "", "", later, hour, None),
        ("waiting", "timeout", "It did not answer.", later, hour, None),
    ]


def test_only_the_target_of_what_is_sent_again_is_probed_and_only_if_it_is_in_trouble(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    first, second = targets
    ids = owe(source, now, "waiting")
    later = after(now, hours=1)
    for target in targets:
        Lane.objects.create(target=target, opened_at=now, paused_until=later, probe_at=later)
    outbox.send_again(ids, who="ann", now=now)
    times = {pk: (paused, probe) for pk, paused, probe in Lane.objects.values_list("pk", "paused_until", "probe_at")}
    assert times == {first.pk: (None, now), second.pk: (later, later)}
    Lane.objects.update(opened_at=None, paused_until=later, probe_at=None)
    outbox.send_again(ids, who="ann", now=now)
    assert set(Lane.objects.values_list("paused_until", "probe_at")) == {(later, None)}


def test_the_next_of_a_conversation_comes_after_what_was_sent_again_in_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    first, second = owe(source, now, "expired", "expired")
    settled = outbox.send_again([first, second], who="ann", now=now)
    copies = [Delivery.objects.get(pk=settled.again[pk]) for pk in (first, second)]
    assert [copy.seq for copy in copies] == [3, 3]
    assert [one.seq for one in owed(source, now, alert(status="resolved"), group="g0")] == [4, 5]
    assert [Occurrence.objects.filter(delivery=copy).count() for copy in copies] == [1, 1]


def test_a_message_without_a_conversation_is_no_end_to_the_places_of_those_after_it(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    test = outbox.owe_test(targets[0], "ann", now)
    Delivery.objects.filter(pk=test.pk).update(state="rejected", ended_at=now)
    [old] = owe(source, now, "expired")
    settled = outbox.send_again([test.pk, old], who="ann", now=now)
    assert [Delivery.objects.get(pk=settled.again[pk]).seq for pk in (test.pk, old)] == [None, 3]


def test_two_lines_that_are_owed_anew_tell_of_what_each_told_of(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    owe(source, now, "waiting", "waiting")
    outbox.expire_overdue(after(now, hours=25))
    lines = list(Delivery.objects.filter(kind="expiry").order_by("id"))
    Delivery.objects.filter(kind="expiry").update(state="rejected", ended_at=now)
    told = [sorted(line.carried.values_list("pk", flat=True)) for line in lines]
    settled = outbox.send_again([line.pk for line in lines], who="ann", now=now)
    again = [Delivery.objects.get(pk=settled.again[line.pk]) for line in lines]
    assert [sorted(line.carried.values_list("pk", flat=True)) for line in again] == told


@pytest.mark.parametrize(("kind", "state"), [("probe", "rejected"), ("expiry", "delivered"), ("digest", "delivered")])
def test_what_tells_of_others_and_did_not_end_badly_is_left_and_an_alert_beside_it_is_not(
    source: Source, targets: tuple[Target, Target], now: datetime, kind: str, state: str
) -> None:
    other, old = owe(source, now, state, "delivered")
    Delivery.objects.filter(pk=other).update(kind=kind, conversation=None, seq=None)
    settled = outbox.send_again([other, old], who="ann", now=now)
    assert (settled.told, list(settled.again)) == ([other], [old])


@pytest.mark.parametrize("kind", ["probe", "expiry", "digest"])
def test_what_tells_of_others_and_is_owed_still_is_tried_at_once(
    source: Source, targets: tuple[Target, Target], now: datetime, kind: str
) -> None:
    [line] = owe(source, now, "waiting", kind=kind)
    assert outbox.send_again([line], who="ann", now=now).released == [line]


def test_to_another_room_goes_what_is_held_and_a_disabled_target_of_its_own_is_no_hindrance(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    held, expired = owe(source, now, "held", "expired")
    Target.objects.filter(pk=targets[0].pk).update(enabled=False)
    settled = outbox.send_again([held, expired], who="ann", now=now, target=targets[1])
    assert (sorted(settled.again), settled.disabled, settled.target_ids) == ([held, expired], [], {targets[1].pk})
    assert list(Delivery.objects.filter(settled=True).values_list("pk", flat=True)) == [expired]


def test_more_than_are_settled_at_once_are_settled_all(
    source: Source, targets: tuple[Target, Target], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox.settling, "_AT_ONCE", 2)
    ids = owe(source, now, *["expired"] * 5)
    assert sorted(outbox.send_again([*ids, ids[0]], who="ann", now=now).again) == ids


def test_a_long_name_of_a_person_is_kept_as_far_as_it_fits(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    outbox.give_up(owe(source, now, "waiting"), who="a" * 200, reason="over", now=now)
    assert Intervention.objects.get().who == "a" * 150


# Giving up.


def test_what_is_given_up_is_said_of_each_and_what_ended_well_is_left(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    waiting, held, expired, delivered = owe(source, now, "waiting", "held", "expired", "delivered")
    settled = outbox.give_up([waiting, held, expired, delivered], who="ann", reason="over", now=now)
    assert (settled.given_up, settled.skipped) == ([waiting, held, expired], [delivered])
    assert settled.target_ids == {targets[0].pk}
    rows = Delivery.objects.filter(pk__in=(waiting, held, expired, delivered)).order_by("id")
    assert list(rows.values_list("state", "settled")) == [
        ("cancelled", True),
        ("cancelled", True),
        ("expired", True),
        ("delivered", False),
    ]
    assert sorted(Intervention.objects.values_list("delivery", flat=True)) == [waiting, held, expired]
    assert others(targets[1]) == {("waiting", "", False, now)}


def test_what_lost_its_target_can_be_given_up_and_makes_nothing_due(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    ids = owe(source, now, "waiting", "held")
    targets[0].delete()
    settled = outbox.give_up(ids, who="ann", reason="over", now=now)
    assert (settled.given_up, settled.target_ids) == (ids, set())


# Trying a target now.


def test_a_target_is_tried_with_what_waits_for_it_and_nothing_of_another_or_of_the_past(
    source: Source, targets: tuple[Target, Target], now: datetime
) -> None:
    later, early, past = after(now, hours=1), after(now, hours=-1), after(now, hours=2)
    tried, due, delivered = owe(source, now, "waiting", "waiting", "delivered")
    for pk, moment in ((tried, later), (due, early), (delivered, past)):
        Delivery.objects.filter(pk=pk).update(next_attempt_at=moment)
    Delivery.objects.filter(target=targets[1]).update(next_attempt_at=later)
    for target in targets:
        Lane.objects.create(target=target, suspect_since=now, paused_until=later, probe_at=later)
    assert outbox.try_now(targets[0].pk, now) is True
    times = dict(Delivery.objects.filter(target=targets[0]).values_list("pk", "next_attempt_at"))
    assert times == {tried: now, due: early, delivered: past}
    assert others(targets[1]) == {("waiting", "", False, later)}
    assert dict(Lane.objects.values_list("pk", "probe_at")) == {targets[0].pk: now, targets[1].pk: later}
    assert len(send(targets[0], now)) == 1


def test_a_target_without_a_trouble_says_so_though_another_has_one(
    targets: tuple[Target, Target], now: datetime
) -> None:
    Lane.objects.create(target=targets[0])
    Lane.objects.create(target=targets[1], broken_at=now)
    assert [outbox.try_now(target.pk, now) for target in targets] == [False, True]
