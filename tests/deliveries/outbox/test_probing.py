"""A target in trouble is asked with one delivery at a time; a message is blamed only when its room takes another one."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import retry
from deliveries.outbox.retry import Course
from deliveries.reasons import OF_TRIES, Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, breaks, claim, outcome, record, send, send_all, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db

OF_THE_TARGET = [reason for reason in OF_TRIES if retry.COURSES[reason] is Course.HOLD]
OF_THE_MESSAGE = [reason for reason in OF_TRIES if retry.COURSES[reason] is Course.PLAIN]


@pytest.fixture
def target(now: datetime) -> Target:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    Target.objects.update(changed_at=after(now, days=-1))
    return target


def states() -> list[str]:
    return list(Delivery.objects.filter(kind="alert").order_by("id").values_list("state", flat=True))


def lines(target: Target) -> list[Delivery]:
    """AlertHub's own, to find out who is to blame."""
    return list(Delivery.objects.filter(target=target, kind="probe").order_by("id"))


# One answer is no verdict.


@pytest.mark.parametrize("reason", OF_THE_TARGET)
def test_one_answer_keeps_everything_back_for_five_seconds(
    source: Source, target: Target, now: datetime, reason: Reason
) -> None:
    for group in ("a", "b"):
        owed(source, now, group=group)
    send(target, now, reason)
    outbox.tend(now)
    assert (states(), Lane.objects.get().broken_at, outbox.due_targets(now)) == (["waiting"] * 2, None, {})
    assert try_claim(target, after(now, seconds=4)) is None
    assert len(claim(target, after(now, seconds=5)).pairs) == 1


def test_a_first_answer_that_may_have_posted_is_not_repeated_within_fifteen_seconds(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.NOT_ROCKETCHAT, Ending.UNKNOWN)
    owed(source, now, group="other")
    assert [second for second in range(31) if try_claim(target, after(now, seconds=second))] == [15]


def test_while_it_may_be_broken_it_is_asked_with_one_message_at_a_time(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(9):
        owed(source, now, group=f"g{number}")
    Lane.objects.create(target=target, streak=50)
    send(target, now, Reason.FORBIDDEN)
    probe = claim(target, after(now, seconds=5))
    assert (len(probe.pairs), try_claim(target, after(now, seconds=15))) == (1, None)


def test_the_probe_is_the_message_that_was_tried_already(source: Source, target: Target, now: datetime) -> None:
    first = owed(source, now)[0]
    send(target, now, Reason.FORBIDDEN)
    owed(source, now, group="other")
    assert [one.pk for one in send(target, after(now, seconds=5))] == [first.pk]


def test_one_that_gets_through_lets_everything_go_at_once(source: Source, target: Target, now: datetime) -> None:
    for number in range(5):
        owed(source, now, group=f"g{number}")
    send(target, now, Reason.FORBIDDEN)
    sent = send_all(target, after(now, seconds=5))
    assert (len(sent), states()) == (5, ["delivered"] * 5)


def test_a_good_answer_in_between_begins_the_count_anew(source: Source, target: Target, now: datetime) -> None:
    """Two of everything: two rows of bad answers, each too short for a verdict, over more than a minute."""
    for number in range(3):
        owed(source, now, group=f"g{number}")
    for second, reason in ((0, Reason.FORBIDDEN), (5, Reason.FORBIDDEN), (15, None), (50, Reason.FORBIDDEN)):
        send(target, after(now, seconds=second), reason)
    owed(source, after(now, seconds=66), group="later")
    send(target, after(now, seconds=66), Reason.FORBIDDEN)
    assert Lane.objects.get().broken_at is None


def test_what_it_answered_an_hour_ago_is_no_part_of_what_it_answers_now(
    source: Source, target: Target, now: datetime
) -> None:
    for second in (-3700, -3640):
        test = outbox.owe_test(target, "ann", after(now, seconds=second))
        moment = after(now, seconds=second)
        record(claim(target, moment, only=test.pk), moment, outcome(moment, Reason.FORBIDDEN))
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    assert (Lane.objects.get().broken_at, states()) == (None, ["waiting"])


def test_answers_of_two_kinds_break_it_together_and_the_last_names_the_reason(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    for second, reason in ((0, Reason.FORBIDDEN), (5, Reason.CONNECT), (30, Reason.DISABLED), (60, Reason.NOT_FOUND)):
        send(target, after(now, seconds=second), reason)
    lane = Lane.objects.get()
    assert (lane.broken_at, lane.broken_reason) == (now, "not_found")


def test_another_target_does_not_notice(source: Source, target: Target, now: datetime) -> None:
    other = factories.make_target("other")
    factories.make_rule("other", [other], continues=True, position=5)
    owed(source, now)
    breaks(target, after(now, seconds=60))
    assert len(send(other, now)) == 1
    assert set(Lane.objects.filter(target=other).values_list("refusals", "suspect_since", "taken")) == {(0, None, 1)}


def test_what_waits_with_it_for_a_verdict_does_not_expire(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    Delivery.objects.update(expires_at=after(now, seconds=10))
    outbox.expire_overdue(after(now, seconds=20))
    send(target, after(now, seconds=20), Reason.FORBIDDEN)
    assert states() == ["waiting"]


def test_a_target_that_only_falls_silent_after_one_bad_answer_keeps_nothing_for_ever(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    outbox.expire_overdue(after(now, days=2))
    assert states() == ["expired"]


# What a person does is tried at once.


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


def test_a_worker_that_dies_with_the_probe_does_not_keep_the_next_one_back_for_long(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    send(target, now, Reason.FORBIDDEN)
    claim(target, after(now, seconds=5))
    assert Lane.objects.get().probe_at == after(now, seconds=15)


def test_a_clock_that_was_set_back_does_not_keep_the_probe_back(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Lane.objects.create(target=target, failures=1, suspect_since=now, refusals=1, probe_at=after(now, hours=1))
    outbox.unfreeze(now)
    assert outbox.due_targets(now) == {target.pk: True}


def test_a_clock_that_is_right_moves_no_probe_and_no_wait(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    soon = after(now, minutes=10)
    Lane.objects.create(target=target, probe_at=soon, paused_until=soon)
    Delivery.objects.update(next_attempt_at=soon)
    assert outbox.unfreeze(now) == 0
    assert (Lane.objects.get().probe_at, Delivery.objects.get().next_attempt_at) == (soon, soon)


def test_what_has_ended_is_not_moved_by_any_clock(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Delivery.objects.update(state="delivered", next_attempt_at=after(now, days=1), ended_at=now)
    assert outbox.unfreeze(now) == 0


# Who is to blame for a refused message.


def refuse(target: Target, now: datetime, reason: Reason = Reason.SUCCESS_FALSE, times: int = 2) -> list[Delivery]:
    """The message of the first claim in full, and then its plain text."""
    return [one for _ in range(times) for one in send(target, now, reason)]


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


def test_if_nothing_else_waits_a_line_of_our_own_is_the_judge(source: Source, target: Target, now: datetime) -> None:
    bad = owed(source, now)[0]
    refuse(target, now)
    assert [second for second in range(6) if send(target, after(now, seconds=second))] == [5]
    [line] = lines(target)
    assert (line.state, line.plain, f"D-{bad.pk}" in line.note, bad.title in line.note) == (
        "delivered",
        True,
        True,
        False,
    )


def test_when_the_line_is_taken_the_message_is_tried_once_more_and_rejected(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    refuse(target, now)
    moment = after(now, seconds=5)
    send(target, moment)
    refuse(target, moment)
    assert states() == ["rejected", "waiting"]
    assert [one.status for one in send(target, moment)] == ["resolved"]


def break_by_refusals(target: Target, now: datetime) -> None:
    refuse(target, now)
    for second in (5, 15, 30, 60):
        send(target, after(now, seconds=second), Reason.SUCCESS_FALSE)


def test_when_the_line_is_refused_as_well_the_target_is_broken(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    break_by_refusals(target, now)
    outbox.tend(after(now, seconds=60))
    lane = Lane.objects.get()
    assert (lane.broken_at, lane.broken_reason, states()) == (now, "success_false", ["held"])


def test_there_is_one_line_however_long_the_trouble_lasts(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    break_by_refusals(target, now)
    asked = []
    for minute in range(2, 60):
        outbox.tend(after(now, minutes=minute))
        asked += [minute] if send(target, after(now, minutes=minute), Reason.SUCCESS_FALSE) else []
    assert (len(lines(target)), asked) == (1, [2, 5, 20, 35, 50])


def test_after_a_repair_everything_flows_in_full_and_in_order(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now, alert("Other"), alert())
    break_by_refusals(target, now)
    outbox.tend(after(now, seconds=60))
    sent = send_all(target, after(now, minutes=20))
    assert [(one.kind, one.seq, one.plain) for one in sent] == [
        ("probe", None, True),
        ("alert", 1, False),
        ("alert", 2, False),
    ]


def test_a_message_that_comes_meanwhile_is_a_better_judge_than_the_line(
    source: Source, target: Target, now: datetime
) -> None:
    bad = owed(source, now)[0]
    refuse(target, now)
    send(target, after(now, seconds=5), Reason.SUCCESS_FALSE)
    fresh = owed(source, after(now, seconds=14), group="fresh")[0]
    assert [one.pk for one in send(target, after(now, seconds=15))] == [fresh.pk]
    [line] = lines(target)
    assert (line.state, line.reason) == ("cancelled", "not_needed")
    assert [one.pk for one in send_all(target, after(now, seconds=15))] == [bad.pk]


def test_a_line_that_is_not_answered_goes_out_again_and_no_second_is_made(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    refuse(target, now)
    send(target, after(now, seconds=5), Reason.CONNECT, Ending.NOT_SENT)
    send(target, after(now, seconds=15))
    assert [line.state for line in lines(target)] == ["delivered"]


def test_each_target_has_its_own_line(source: Source, target: Target, now: datetime) -> None:
    other = factories.make_target("other")
    factories.make_rule("other", [other], continues=True, position=5)
    owed(source, now)
    for each in (target, other):
        refuse(each, now)
        send(each, after(now, seconds=5))
    assert [len(lines(each)) for each in (target, other)] == [1, 1]


def test_the_line_uses_the_budget(source: Source, target: Target, now: datetime) -> None:
    Target.objects.update(rate_limit_calls=2, rate_limit_seconds=60)
    owed(source, now)
    refuse(target, now)
    assert try_claim(target, after(now, seconds=59)) is None
    assert [one.kind for one in send(target, after(now, seconds=61))] == ["probe"]


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


def test_a_line_is_not_sent_again_by_itself(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    refuse(target, now)
    send(target, after(now, seconds=5))
    settled = outbox.send_again([lines(target)[0].pk], who="ann", now=after(now, seconds=6))
    assert (len(settled.told), settled.again) == (1, {})


def test_what_is_refused_in_full_alone_says_nothing_of_the_target(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    refuse(target, now, times=1)
    send(target, now)
    lane = Lane.objects.get()
    assert (states(), lane.suspect_since, lane.refusals, lane.failures) == (["delivered"], None, 0, 0)


def test_a_target_switched_off_while_a_call_is_under_way_stays_switched_off(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    claimed = claim(target, now)
    Target.objects.update(enabled=False)
    outbox.tend(now)
    record(claimed, now, outcome(now, Reason.FORBIDDEN))
    assert Lane.objects.get().broken_reason == "disabled_here"
