"""Settling: sending again and giving up, in bulk, each deed written beside its delivery."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries import outbox
from deliveries.models import Delivery, Intervention, Lane, Occurrence
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, breaks, claim, send, send_all
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def owe(source: Source, target: Target, now: datetime) -> Callable[[int], list[Delivery]]:
    return lambda count: [owed(source, now, group=f"g{number}")[0] for number in range(count)]


def expire(deliveries: list[Delivery], now: datetime) -> list[int]:
    ids = [delivery.pk for delivery in deliveries]
    Delivery.objects.filter(pk__in=ids).update(state="expired", reason="too_late", ended_at=now)
    return ids


@pytest.fixture
def held(source: Source, target: Target, now: datetime) -> Delivery:
    """Of a broken target."""
    delivery = owed(source, after(now, minutes=-1))[0]
    Target.objects.update(changed_at=after(now, days=-1))
    breaks(target, now)
    return delivery


def deeds() -> list[tuple[int, str, str, str]]:
    return list(Intervention.objects.values_list("delivery_id", "what", "who", "reason"))


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


@pytest.mark.parametrize("state", ["held", "waiting"])
def test_what_is_owed_ends_as_given_up(owe: Callable[..., list[Delivery]], now: datetime, state: str) -> None:
    [delivery] = owe(1)
    Delivery.objects.update(state=state)
    outbox.give_up([delivery.pk], who="ann", reason="It is over.", now=now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.ended_at, delivery.settled) == (
        "cancelled",
        "given_up",
        now,
        True,
    )
    assert delivery.explanation == "Given up by ann: It is over."


def test_giving_up_is_written_with_who_when_and_why(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    ids = expire(owe(2), now)
    outbox.give_up(ids, who="ann", reason=" It is over. ", now=now)
    assert deeds() == [(pk, "give_up", "ann", "It is over.") for pk in ids]
    assert set(Intervention.objects.values_list("at", flat=True)) == {now}


def test_what_ended_badly_keeps_its_state_when_given_up(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    [old] = expire(owe(1), now)
    outbox.give_up([old], who="ann", reason="over", now=now)
    row = Delivery.objects.get(pk=old)
    assert (row.state, row.reason, row.settled) == ("expired", "too_late", True)


def test_giving_up_twice_is_written_once(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    ids = expire(owe(1), now)
    outbox.give_up(ids, who="ann", reason="over", now=now)
    assert (outbox.give_up(ids, who="bob", reason="over", now=now).skipped, len(deeds())) == (ids, 1)


def test_giving_up_needs_a_reason(owe: Callable[..., list[Delivery]], now: datetime) -> None:
    with pytest.raises(ValueError, match="Say why"):
        outbox.give_up([delivery.pk for delivery in owe(1)], who="ann", reason="  ", now=now)


def test_what_stood_behind_what_is_given_up_goes_on(
    held: Delivery, source: Source, target: Target, now: datetime
) -> None:
    behind = owed(source, now, alert(status="resolved"))[0]
    outbox.tend(now)
    outbox.give_up([held.pk], who="ann", reason="over", now=now)
    later = after(now, minutes=15)
    assert [delivery.pk for delivery in send(target, later)] == [behind.pk]


@pytest.fixture
def digest(owe: Callable[..., list[Delivery]], target: Target, now: datetime) -> Delivery:
    """A held digest of three."""
    owe(3)
    made = Delivery.objects.create(
        kind="digest", target=target, target_name="ops", state="held", title="Digest of 3 messages",
        created_at=now, next_attempt_at=now, expires_at=after(now, hours=6),
    )  # fmt: skip
    Delivery.objects.exclude(pk=made.pk).update(state="merged", carried_by=made, reason="in_digest")
    return made


def test_what_a_digest_carries_is_given_up_with_it(digest: Delivery, now: datetime) -> None:
    settled = outbox.give_up([digest.pk], who="ann", reason="over", now=now)
    rows = set(Delivery.objects.values_list("state", "reason", "explanation", "ended_at", "settled"))
    assert rows == {("cancelled", "given_up", "Given up by ann: over", now, True)}
    assert (len(settled.given_up), len(deeds())) == (4, 4)


def test_a_dead_digest_sends_nothing_again_and_is_settled(digest: Delivery, now: datetime) -> None:
    expire([digest], now)
    settled = outbox.send_again([digest.pk], who="ann", now=now)
    assert (settled.freed, settled.again, Delivery.objects.get(pk=digest.pk).settled) == ([digest.pk], {}, True)


def test_a_digest_is_not_sent_to_another_room(digest: Delivery, now: datetime) -> None:
    settled = outbox.send_again([digest.pk], who="ann", now=now, target=factories.make_target("other"))
    assert (settled.told, settled.again) == ([digest.pk], {})


def test_a_line_that_is_owed_anew_tells_of_the_same(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    [old] = expire(owe(1), now)
    line = Delivery.objects.create(
        kind="expiry", target=target, target_name="ops", state="rejected", reason="bad_message",
        created_at=now, next_attempt_at=now, expires_at=now, ended_at=now,
    )  # fmt: skip
    Delivery.objects.filter(pk=old).update(carried_by=line)
    settled = outbox.send_again([line.pk], who="ann", now=now)
    assert Delivery.objects.get(pk=old).carried_by_id == settled.again[line.pk]


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


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "deeds_at_once", [("give_up", "give_up"), ("send_again", "send_again"), ("give_up", "send_again")]
)
def test_two_people_at_once_settle_each_once(
    owe: Callable[..., list[Delivery]], now: datetime, deeds_at_once: tuple[str, str]
) -> None:
    ids = expire(owe(6), now)
    begin = threading.Barrier(2)
    done: list[outbox.Settled] = []

    def person(deed: str) -> None:
        try:
            begin.wait()
            if deed == "give_up":
                done.append(outbox.give_up(ids, who="ann", reason="over", now=now))
            else:
                done.append(outbox.send_again(ids, who="bob", now=now, dead_only=True))
        finally:
            connection.close()

    people = [threading.Thread(target=person, args=[deed]) for deed in deeds_at_once]
    for one in people:
        one.start()
    for one in people:
        one.join()
    settled = sorted(pk for each in done for pk in [*each.given_up, *each.again])
    assert (settled, len(deeds()), Delivery.objects.filter(pk__in=ids, settled=True).count()) == (ids, 6, 6)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_giving_up_while_a_target_is_released_ends_each_in_one_way(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    ids = [delivery.pk for delivery in owe(6)]
    Delivery.objects.update(state="held", reason="target_disabled")
    Lane.objects.create(target=target, broken_at=now, broken_reason="disabled_here")
    begin = threading.Barrier(2)

    def during(deed: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                begin.wait()
                deed()
            finally:
                connection.close()

        return run

    up = during(lambda: outbox.give_up(ids, who="ann", reason="over", now=now))
    people = [threading.Thread(target=one) for one in (up, during(lambda: outbox.tend(now)))]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert set(Delivery.objects.values_list("state", "settled")) == {("cancelled", True)}
