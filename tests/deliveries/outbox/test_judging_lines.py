"""If nothing else waits, a line of AlertHub's own shows who is to blame for a refused message."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Lane
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, lines, refuse, send, send_all, states, try_claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


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


def test_a_line_is_not_sent_again_by_itself(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    refuse(target, now)
    send(target, after(now, seconds=5))
    settled = outbox.send_again([lines(target)[0].pk], who="ann", now=after(now, seconds=6))
    assert (len(settled.told), settled.again) == (1, {})
