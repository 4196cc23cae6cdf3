"""A broken target holds what it is owed until it is mended; a fallback stands in; what expires is told in one line."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane, Occurrence
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, breaks, claim, outcome, record, send, send_all, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(source: Source, target: Target, now: datetime) -> Delivery:
    """The delivery that found out, in the minute that ends now."""
    delivery = owed(source, after(now, minutes=-1))[0]
    breaks(target, now)
    delivery.refresh_from_db()
    return delivery


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def test_a_broken_target_is_marked_with_reason_and_its_first_answer(broken: Delivery, now: datetime) -> None:
    lane = Lane.objects.get()
    assert (lane.broken_at, lane.broken_reason, broken.state) == (after(now, minutes=-1), "unauthorized", "held")


def test_what_comes_later_is_held_too(broken: Delivery, source: Source, now: datetime) -> None:
    owed(source, now, group="other")
    outbox.tend(now)
    assert states() == ["held", "held"]


def test_nothing_is_sent_to_a_broken_target(broken: Delivery, source: Source, target: Target, now: datetime) -> None:
    owed(source, now, group="other")
    assert (try_claim(target, after(now, seconds=59)), outbox.due_targets(now)) == (None, {})


def test_what_is_held_never_expires(broken: Delivery, now: datetime) -> None:
    outbox.expire_overdue(after(now, days=30))
    assert states() == ["held"]


def test_a_minute_later_one_delivery_tries(broken: Delivery, source: Source, target: Target, now: datetime) -> None:
    owed(source, now, group="other")
    outbox.tend(now)
    later = after(now, minutes=1)
    assert (outbox.due_targets(later), len(claim(target, later).pairs)) == ({target.pk: True}, 1)
    assert try_claim(target, later) is None


@pytest.mark.parametrize("reason", [Reason.UNAUTHORIZED, Reason.GONE])
def test_a_broken_target_is_probed_ever_more_rarely(
    source: Source, target: Target, now: datetime, reason: Reason
) -> None:
    began = after(now, minutes=-1)
    owed(source, began)
    Target.objects.update(changed_at=after(now, days=-1))
    breaks(target, now, reason)
    tried = [second for second in range(70, 3100, 10) if send(target, after(began, seconds=second), reason)]
    assert tried == [120, 300, 1200, 2100, 3000]


def test_a_probe_that_gets_through_releases_everything_in_order(
    broken: Delivery, source: Source, target: Target, now: datetime
) -> None:
    owed(source, now, alert(status="resolved"))
    owed(source, now, alert("Other"), group="other")
    outbox.tend(now)
    later = after(now, minutes=15)
    send(target, later)
    Lane.objects.get(broken_at=None, broken_reason="", suspect_since=None, refusals=0, probe_at=None)
    sent = send_all(target, later)
    assert states() == ["delivered"] * 3
    assert [delivery.status for delivery in sent if delivery.conversation_id == broken.conversation_id] == ["resolved"]


def test_a_probe_that_fails_leaves_it_broken_since_then(broken: Delivery, target: Target, now: datetime) -> None:
    later = after(now, minutes=15)
    send(target, later, Reason.UNAUTHORIZED)
    assert (states(), Lane.objects.get().broken_at) == (["held"], after(now, minutes=-1))


def test_a_probe_that_meets_silence_is_held_again(broken: Delivery, target: Target, now: datetime) -> None:
    later = after(now, minutes=15)
    send(target, later, Reason.TIMEOUT, Ending.UNKNOWN)
    outbox.tend(later)
    assert states() == ["held"]


def test_it_is_tried_at_once_when_somebody_changed_the_target(broken: Delivery, target: Target, now: datetime) -> None:
    later = after(now, seconds=20)
    Target.objects.update(changed_at=later)
    assert outbox.tend(later) == {target.pk}
    assert len(send(target, later)) == 1


def test_one_change_is_tried_once(broken: Delivery, target: Target, now: datetime) -> None:
    later = after(now, seconds=20)
    Target.objects.update(changed_at=later)
    outbox.tend(later)
    send(target, later, Reason.UNAUTHORIZED)
    assert outbox.tend(after(later, seconds=1)) == set()


def test_a_test_message_is_sent_to_a_broken_target_and_heals_it(
    broken: Delivery, target: Target, now: datetime
) -> None:
    test = outbox.owe_test(target, "ann", now)
    record(claim(target, now, only=test.pk), now, outcome(now))
    assert (Lane.objects.get().broken_at, states()) == (None, ["waiting", "delivered"])


def test_what_was_held_for_long_has_time_to_be_sent(broken: Delivery, target: Target, now: datetime) -> None:
    later = after(now, days=3)
    send(target, later)
    assert states() == ["delivered"]


def test_a_disabled_target_holds_and_flows_when_enabled(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(enabled=False)
    owed(source, now)
    outbox.tend(now)
    outbox.tend(now)
    assert Delivery.objects.get().reason == "target_disabled"
    Target.objects.update(enabled=True)
    assert outbox.tend(after(now, days=7)) == {target.pk}
    assert len(send(target, after(now, days=7))) == 1


def test_the_stand_in_gets_a_copy_with_a_note_after_its_time(
    source: Source, target: Target, broken: Delivery, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, fallback_after=600)
    assert outbox.owe_to_stand_ins(after(now, minutes=8)) == set()
    assert outbox.owe_to_stand_ins(after(now, minutes=9)) == {stand_in.pk}
    copy = Delivery.objects.get(target=stand_in)
    assert (copy.resend_of, copy.note) == (
        broken, "Meant for ops, which takes no messages since 10:01 UTC: Not authorized.",
    )  # fmt: skip
    assert Occurrence.objects.filter(delivery=copy).count() == 1


def test_the_stand_in_gets_each_once_and_the_original_stays_owed(
    source: Source, target: Target, broken: Delivery, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, fallback_after=0)
    for minute in range(3):
        outbox.owe_to_stand_ins(after(now, minutes=minute))
    assert Delivery.objects.filter(target=stand_in).count() == 1
    assert Delivery.objects.get(target=target).state == "held"


def test_two_targets_that_stand_in_for_each_other_play_no_ping_pong(
    source: Source, target: Target, broken: Delivery, now: datetime
) -> None:
    other = factories.make_target("other", fallback_target=target, fallback_after=0)
    Target.objects.filter(pk=target.pk).update(fallback_target=other, fallback_after=0)
    outbox.owe_to_stand_ins(now)
    breaks(other, after(now, minutes=1))
    outbox.owe_to_stand_ins(after(now, minutes=1))
    assert Delivery.objects.count() == 2


def test_the_stand_in_of_a_target_that_does_not_answer_gets_a_copy_too(
    source: Source, target: Target, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, fallback_after=60)
    owed(source, now)
    Lane.objects.create(target=target, failures=5, opened_at=now)
    outbox.owe_to_stand_ins(after(now, minutes=1))
    assert Delivery.objects.get(target=stand_in).note.endswith("it does not answer.")


def test_the_stand_in_hears_when_the_target_takes_messages_again(
    source: Source, target: Target, broken: Delivery, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, fallback_after=0, changed_at=now)
    outbox.owe_to_stand_ins(now)
    owed(source, now, group="other")
    outbox.tend(now)
    outbox.owe_to_stand_ins(now)
    send(target, after(now, minutes=15))
    assert Delivery.objects.filter(target=stand_in, kind="notice").count() == 1


def test_the_circuit_opens_after_repeated_failures_and_closes_on_success(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(5):
        owed(source, now, group=f"g{number}")
    for _ in range(5):
        send(target, now, Reason.CONNECT, Ending.NOT_SENT)
    assert (Lane.objects.get().opened_at, try_claim(target, after(now, seconds=4))) == (now, None)
    send(target, after(now, seconds=5))
    assert (Lane.objects.get().opened_at, Lane.objects.get().failures) == (None, 0)


def test_when_the_circuit_closes_what_waits_for_its_next_try_is_due(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(2):
        owed(source, now, group=f"g{number}")
    Delivery.objects.filter(pk=Delivery.objects.earliest("id").pk).update(tries=8, next_attempt_at=after(now, hours=1))
    Lane.objects.create(target=target, failures=9, opened_at=now, probe_at=now)
    send(target, now)
    assert len(send(target, now)) == 1


def test_lanes_in_trouble_are_left_to_their_own_threads(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Lane.objects.create(target=target, failures=1)
    assert try_claim(target, now, healthy_only=True) is None


def test_a_fresh_alert_goes_before_one_that_failed(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.CONNECT, Ending.NOT_SENT)
    later = after(now, seconds=5)
    fresh = owed(source, later, group="fresh")[0]
    assert claim(target, later).pairs[0][0].pk == fresh.pk


def test_the_room_gets_one_line_about_all_that_expired(source: Source, target: Target, now: datetime) -> None:
    for number in range(3):
        owed(source, now, group=f"g{number}")
    outbox.expire_overdue(after(now, hours=25))
    owed(source, now, group="more")
    outbox.expire_overdue(after(now, hours=26))
    line = Delivery.objects.get(kind="expiry")
    assert (line.state, line.carried.filter(state="expired").count()) == ("waiting", 4)


@pytest.mark.parametrize(("severity", "hours"), [("critical", 24), ("warning", 6), ("info", 6)])
def test_a_message_is_worth_something_for_as_long_as_its_severity_says(
    source: Source, target: Target, now: datetime, severity: str, hours: int
) -> None:
    delivery = owed(source, now, alert(severity=severity))[0]
    assert delivery.expires_at == after(now, hours=hours)


def test_a_message_whose_workers_vanish_again_and_again_ends_and_frees_its_conversation(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    owed(source, now, alert("Other"))
    moment, plain = now, []
    for _ in range(10):
        claimed = claim(target, moment)
        plain.append(claimed.pairs[0][0].plain)
        moment = after(moment, minutes=3)
        outbox.recover(moment, draw=lambda: 0.5)
        moment = after(moment, minutes=15)
    assert plain == [False] * 3 + [True] * 7
    assert states() == ["rejected", "waiting"]
    assert Delivery.objects.earliest("id").reason == "poison"
