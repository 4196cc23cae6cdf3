"""What the room reads in a storm, after an outage, and in place of another room."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest

from alerthub.sandbox import Message, Sandbox
from deliveries import outbox
from deliveries.models import Delivery, Lane
from deliveries.rocketchat.client import Client
from deliveries.send import sender
from deliveries.watch import watch
from routing.models import Source, Target
from tests import factories
from tests.deliveries.digests import counts_in
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    target = factories.make_target(url=sandbox.hook("#ops").url, rate_limit_calls=10, rate_limit_seconds=60)
    factories.make_rule(targets=[target])
    return target


def drain(target: Target, caller: Client, now: datetime) -> int:
    return sender.drain(target.pk, caller, clock=lambda: now, worker="w1", draw=lambda: 0.5)


def card(message: Message) -> str:
    return str(message.attachments[0]["text"])


def test_every_alert_of_a_storm_is_counted_by_its_name(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    told: Counter[str] = Counter()
    for group in range(60):
        alerts = [alert(f"Alert{number % 7}", group=f"g{group}", number=str(number)) for number in range(20)]
        told.update(one["labels"]["alertname"] for one in alerts)
        owed(source, now, *alerts, group=f"g{group}")
    drain(target, caller, now)
    assert [message.text.startswith("📋 *DIGEST*") for message in sandbox.messages("#ops")] == [True]
    counted = counts_in(card(sandbox.messages("#ops")[0])).alerts
    assert {name: number for (_, name), number in counted.items()} == told


def test_the_worst_comes_first(sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime) -> None:
    for group in range(30):
        severity = "critical" if group == 29 else "info"
        owed(source, now, alert(severity.title(), severity=severity), group=f"g{group}")
    drain(target, caller, now)
    shown = card(sandbox.messages("#ops")[0])
    assert shown.index("Critical") < shown.index("Info")


def test_an_alert_that_came_and_went_in_a_storm_tells_both_times(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    for group in range(30):
        owed(source, now, alert(f"A{group}"), group=f"g{group}")
    owed(source, now, alert("A0", status="resolved"), group="g0")
    drain(target, caller, now)
    assert "fired 10:00, resolved 10:05" in card(sandbox.messages("#ops")[0])


def test_a_message_that_comes_late_says_how_late(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    drain(target, caller, now + timedelta(minutes=12))
    assert "12 m late" in sandbox.messages("#ops")[0].text


def test_a_late_resolved_tells_when_it_fired(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    drain(target, caller, now + timedelta(minutes=12))
    assert len(sandbox.messages("#ops")) == 1
    assert "fired 10:00, resolved 10:05" in sandbox.messages("#ops")[0].text


def test_the_room_reads_how_many_messages_expired(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    for severity in ("critical", "warning", "warning"):
        owed(source, now, alert(f"A{severity}", severity=severity), group=f"{severity}{Delivery.objects.count()}")
    later = now + timedelta(hours=25)
    outbox.expire_overdue(later)
    drain(target, caller, later)
    assert [("3 messages to this room expired unsent" in m.text, "1 critical" in m.text) for m in sandbox.messages("#ops")] == [
        (True, True)
    ]  # fmt: skip


def test_the_stand_in_reads_whose_message_it_is(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    stand_in = factories.make_target("stand-in", url=sandbox.hook("#stand-in").url)
    Target.objects.filter(pk=target.pk).update(fallback_target=stand_in, fallback_after=0)
    next(hook for hook in sandbox.state.hooks.values() if hook.channels == ("#ops",)).enabled = False
    owed(source, now)
    for second in (0, 5, 15, 30, 60):
        drain(target, caller, now + timedelta(seconds=second))
    outbox.owe_to_stand_ins(now + timedelta(seconds=60))
    drain(stand_in, caller, now + timedelta(seconds=60))
    assert "Meant for ops, which takes no messages since 10:02 UTC" in json.dumps(
        sandbox.messages("#stand-in")[0].document
    )


def test_the_room_that_hears_troubles_is_told_of_a_broken_target_and_of_its_recovery(
    sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    listener = factories.make_target("listener", url=sandbox.hook("#alerthub").url, hears_troubles=True)
    hook = next(hook for hook in sandbox.state.hooks.values() if hook.channels == ("#ops",))
    hook.enabled = False
    owed(source, now)
    for second in (0, 5, 15, 30, 60):
        drain(target, caller, now + timedelta(seconds=second))
    minute = now + timedelta(seconds=60)
    watch.look(minute)
    drain(listener, caller, minute)
    assert "ops" in sandbox.messages("#alerthub")[0].text
    hook.enabled = True
    later = now + timedelta(minutes=15)
    drain(target, caller, later)
    assert Lane.objects.get(target=target).broken_at is None
    watch.look(later)
    watch.look(later + timedelta(minutes=1))
    drain(listener, caller, later + timedelta(minutes=1))
    assert len(sandbox.messages("#alerthub")) == 2
