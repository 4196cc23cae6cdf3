"""Corners in which a promise could break: what a reviewer tried, and what holds now."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

import pytest
from django.utils import timezone

from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending
from deliveries.send import batches, stories
from deliveries.wake import pump
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, breaks, claim, outcome, record, send, try_claim
from tests.factories import HOOK_URL, alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    return target


def test_copies_for_a_stand_in_keep_their_order_while_a_probe_is_under_way(
    source: Source, target: Target, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, changed_at=after(now, days=-1))
    owed(source, now)
    breaks(target, after(now, minutes=1), Reason.NOT_FOUND)
    owed(source, after(now, minutes=5), alert(status="resolved"))
    outbox.tend(after(now, minutes=5))
    at = after(now, minutes=15)  # fallback_after
    probe = claim(target, at)
    outbox.owe_to_stand_ins(at)
    record(probe, after(at, seconds=10), outcome(after(at, seconds=10), Reason.NOT_FOUND))
    outbox.owe_to_stand_ins(after(at, seconds=15))
    copies = Delivery.objects.filter(target=stand_in).order_by("seq")
    assert [copy.status for copy in copies] == ["firing", "resolved"]


def test_members_of_a_digest_that_may_have_arrived_are_marked(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60)
    factories.make_rule(targets=[target])
    for n in range(40):
        owed(source, now, group=f"g{n}")
    assert send(target, now, Reason.TIMEOUT, Ending.UNKNOWN)[0].kind == "digest"
    at = after(now, minutes=2)
    sent = send(target, at, Reason.BAD_MESSAGE)
    assert sent[0].kind == "digest"
    at = after(at, minutes=2)
    send(target, at, Reason.BAD_MESSAGE)
    at = after(at, seconds=5)
    assert send(target, at)[0].kind == "probe"
    for _ in range(2):
        send(target, at, Reason.BAD_MESSAGE)
    member = Delivery.objects.filter(kind="alert", state="waiting").select_related("notification").earliest("pk")
    member.attempt_count += 1
    assert "possible duplicate" in json.dumps(stories.body_of(member, target, at))


def test_an_unknown_firing_goes_out_by_itself_with_its_mark(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.TIMEOUT, Ending.UNKNOWN)
    owed(source, after(now, seconds=5), alert(status="resolved"))
    later = after(now, seconds=60)
    firing = claim(target, later).pairs[0][0]
    assert firing.status == "firing"
    assert "possible duplicate" in json.dumps(stories.body_of(firing, target, later))


@pytest.mark.parametrize("reason", [Reason.NOT_FOUND, Reason.GONE])
def test_a_result_of_the_old_address_does_not_hold_the_new_one(source: Source, target: Target, reason: Reason) -> None:
    now = timezone.now()
    owed(source, now)
    got = claim(target, now)
    t = Target.objects.get(pk=target.pk)
    t.set_webhook_url(HOOK_URL + "new")
    t.save()  # mended while the call is under way
    at = after(t.changed_at, seconds=3)
    record(got, at, outcome(at, reason))
    at = after(at, seconds=5)
    outbox.tend(at)
    assert outbox.due_targets(at), Lane.objects.values().get()


def test_a_clock_set_back_does_not_stop_the_pumps_rounds(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    seen: set[str] = set()
    monkeypatch.setattr(pump, "beat", lambda name, at: seen.add("beat"))
    monkeypatch.setattr(outbox, "owe_to_stand_ins", lambda at: seen.add("stand-ins"))
    monkeypatch.setattr(outbox, "unfreeze", lambda at: seen.add("unfreeze"))
    one = pump.Pump()
    one.look(now)
    seen.clear()
    one.look(after(now, hours=-1))
    assert seen == {"beat", "stand-ins", "unfreeze"}


def test_a_stand_in_is_told_the_firing_that_was_told_with_its_resolved(
    source: Source, target: Target, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in")
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, changed_at=after(now, days=-1))
    owed(source, now)
    owed(source, after(now, seconds=5), alert(status="resolved"))
    breaks(target, after(now, seconds=120), Reason.NOT_FOUND)
    at = after(now, minutes=20)
    outbox.owe_to_stand_ins(at)
    got = claim(stand_in, at)
    fired = batches.of(got).fired
    assert [d.status for d, _ in got.pairs] == ["firing"] or any(fired.values())


def test_send_again_of_rejected_resolved_tells_its_firing(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, after(now, seconds=5), alert(status="resolved"))
    at = after(now, seconds=60)
    send(target, at, Reason.BAD_MESSAGE)
    send(target, at, Reason.BAD_MESSAGE)
    owed(source, at, alert("Other"), group="other")
    send(target, at)
    send(target, at, Reason.BAD_MESSAGE)
    send(target, at, Reason.BAD_MESSAGE)
    dead = Delivery.objects.get(state="rejected")
    outbox.send_again([dead.pk], who="eve", now=at)
    got = claim(target, at)
    assert any(batches.of(got).fired.values())


def test_a_poisoned_digest_is_not_merged_again(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60)
    factories.make_rule(targets=[target])
    for n in range(40):
        owed(source, now, group=f"g{n}")
    at = now
    for _ in range(10):
        while try_claim(target, at) is None:
            at = after(at, seconds=30)
        at = after(at, minutes=5)
        outbox.recover(at, draw=lambda: 0.5)
    assert Delivery.objects.filter(kind="digest", state="rejected").count() == 1
    at = after(at, minutes=1)
    got = claim(target, at)
    assert next(d.kind for d, _ in got.pairs) == "alert"


def test_a_repeat_after_the_move_to_a_server_is_marked(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    send(target, now, Reason.TIMEOUT, Ending.UNKNOWN)
    server = factories.make_server()
    t = Target.objects.get(pk=target.pk)
    t.server = server
    t.channel = "#ops"
    t.leave_webhook()
    t.save()
    got = claim(t, after(now, minutes=1))
    ((d, _),) = got.pairs
    assert "possible duplicate" in json.dumps(stories.body_of(d, got.target, now))


def test_budget_after_a_crash(source: Source, now: datetime) -> None:
    target = factories.make_target(rate_limit_calls=10, rate_limit_seconds=60, digest_after=0)
    factories.make_rule(targets=[target])
    for n in range(30):
        owed(source, now, group=f"g{n}")
    first = claim(target, now)
    # 0.6 s a call, the last one inside RECORD_AFTER; then the worker is killed.
    calls = [0.6 * n for n in range(len(first.pairs))]
    assert calls[-1] < outbox.RECORD_AFTER.total_seconds()
    outbox.recover(after(now, seconds=60))
    at = after(now, seconds=60.6)
    while c := try_claim(target, at):
        calls += [60.6] * len(c.pairs)
        record(c, at, outcome(at))
    most = max(sum(start <= call < start + 60 for call in calls) for start in calls)
    assert most <= 10, (most, calls)


def test_a_claim_leaves_large_bodies_to_the_sender(source: Source, target: Target, now: datetime) -> None:
    owed(source, now, alert(text=secrets.token_hex(20_000)))
    claimed = claim(target, now)
    notification = claimed.pairs[0][0].notification
    assert notification is not None
    assert "body" in notification.get_deferred_fields()
    batches.of(claimed)
    assert "body" not in notification.get_deferred_fields()
