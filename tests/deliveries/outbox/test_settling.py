"""Sending again: what ended badly is owed anew, what is held or waits is tried now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries import outbox
from deliveries.models import Delivery, Lane, Occurrence
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, deeds, expire, send, send_all
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


def test_what_ended_badly_is_owed_anew_at_the_end_of_its_conversation(
    source: Source, target: Target, now: datetime
) -> None:
    old = owed(source, now)[0]
    expire([old], now)
    owed(source, now, alert(status="resolved"))
    settled = outbox.send_again([old.pk], who="ann", now=now)
    again = Delivery.objects.get(pk=settled.again[old.pk])
    assert old.seq is not None
    assert (again.resend_of, again.asked_by, again.seq, again.state) == (old, "ann", old.seq + 2, "waiting")
    assert Occurrence.objects.get(delivery=again).why.startswith(f"Sent again by ann, as {old} was: ")


def test_what_was_sent_again_is_no_dead_letter_any_more(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    [old] = expire(owe(1), now)
    outbox.send_again([old], who="ann", now=now)
    assert (Delivery.objects.get(pk=old).settled, deeds()) == (True, [(old, "send_again", "ann", "")])


def test_sending_a_dead_letter_again_twice_sends_it_once(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    [old] = expire(owe(1), now)
    outbox.send_again([old], who="ann", now=now, dead_only=True)
    again = outbox.send_again([old], who="bob", now=now, dead_only=True)
    assert (again.skipped, again.again, Delivery.objects.filter(resend_of=old).count()) == ([old], {}, 1)


def test_what_was_delivered_can_be_sent_again_by_its_number(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    [old] = owe(1)
    send_all(target, now)
    settled = outbox.send_again([old.pk], who="ann", now=now)
    assert (list(settled.again), Delivery.objects.get(pk=old.pk).settled) == ([old.pk], False)


def test_what_was_delivered_is_no_dead_letter(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    [old] = owe(1)
    send_all(target, now)
    assert outbox.send_again([old.pk], who="ann", now=now, dead_only=True).skipped == [old.pk]


def test_many_are_sent_again_in_their_order(owe: Callable[..., list[Delivery]], target: Target, now: datetime) -> None:
    ids = expire(owe(5), now)
    outbox.send_again(ids[::-1], who="ann", now=now)
    assert [delivery.resend_of_id for delivery in send_all(target, now)] == ids


@pytest.mark.parametrize("deed", ["send_again", "give_up"])
def test_the_statements_do_not_depend_on_how_many(owe: Callable[..., list[Delivery]], now: datetime, deed: str) -> None:
    def statements(ids: list[int]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            if deed == "send_again":
                outbox.send_again(ids, who="ann", now=now)
            else:
                outbox.give_up(ids, who="ann", reason="over", now=now)
        return len(queries)

    ids = expire(owe(13), now)
    assert statements(ids[:1]) == statements(ids[1:])


def test_what_is_held_waits_again_and_its_target_is_tried(held: Delivery, target: Target, now: datetime) -> None:
    later = after(now, minutes=1)
    settled = outbox.send_again([held.pk], who="ann", now=later)
    held.refresh_from_db()
    assert (settled.released, held.state, outbox.due_targets(later)) == ([held.pk], "waiting", {target.pk: True})


def test_what_waits_is_due_now_and_its_open_circuit_is_tried(source: Source, target: Target, now: datetime) -> None:
    later = after(now, minutes=1)
    [waiting] = factories.owed(source, now)
    Delivery.objects.update(next_attempt_at=after(now, hours=2), reason="lease_expired", unknown_count=2)
    Lane.objects.update_or_create(target=target, defaults={"opened_at": now, "paused_until": after(now, hours=1)})
    settled = outbox.send_again([waiting.pk], who="ann", now=later)
    waiting.refresh_from_db()
    assert (settled.released, settled.again, outbox.due_targets(later)) == ([waiting.pk], {}, {target.pk: False})
    assert waiting.reason == "lease_expired"  # it still goes alone, lest it take others with it


def test_what_was_held_for_long_has_an_hour_to_be_sent(held: Delivery, now: datetime) -> None:
    later = after(now, days=3)
    outbox.send_again([held.pk], who="ann", now=later)
    assert Delivery.objects.get(pk=held.pk).expires_at == after(later, hours=1)


def test_what_is_held_goes_out_when_the_target_was_mended(held: Delivery, target: Target, now: datetime) -> None:
    later = after(now, minutes=1)
    outbox.send_again([held.pk], who="ann", now=later)
    outbox.tend(later)
    assert [delivery.pk for delivery in send(target, later)] == [held.pk]


def test_what_a_disabled_target_holds_is_left_and_named(held: Delivery, target: Target, now: datetime) -> None:
    Target.objects.update(enabled=False)
    settled = outbox.send_again([held.pk], who="ann", now=now)
    assert (settled.disabled, settled.skipped, deeds()) == ([held.pk], [], [])


def test_what_is_held_can_be_told_to_another_room_and_stays_owed_to_its_own(held: Delivery, now: datetime) -> None:
    other = factories.make_target("other")
    settled = outbox.send_again([held.pk], who="ann", now=now, target=other)
    assert (Delivery.objects.get(pk=settled.again[held.pk]).target, settled.target_ids) == (other, {other.pk})
    assert Delivery.objects.get(pk=held.pk).state == "held"


def test_what_lost_its_target_is_left_and_named(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    [old] = expire(owe(1), now)
    target.delete()
    settled = outbox.send_again([old], who="ann", now=now)
    assert (settled.orphans, Delivery.objects.get(pk=old).settled) == ([old], False)


def test_what_lost_its_target_goes_to_the_one_that_is_named(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    [old] = expire(owe(1), now)
    target.delete()
    other = factories.make_target("other")
    settled = outbox.send_again([old], who="ann", now=now, target=other)
    assert Delivery.objects.get(pk=settled.again[old]).target == other


def test_what_is_being_sent_is_left_alone(owe: Callable[..., list[Delivery]], target: Target, now: datetime) -> None:
    [delivery] = owe(1)
    claim(target, now)
    again = outbox.send_again([delivery.pk], who="ann", now=now)
    up = outbox.give_up([delivery.pk], who="ann", reason="over", now=now)
    assert (again.skipped, up.skipped, Delivery.objects.get().state) == ([delivery.pk], [delivery.pk], "sending")
