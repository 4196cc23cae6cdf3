"""Rows 36 to 42, 48, 58, 60 and 63 of the fault catalogue: processes that die, freeze or repeat, clocks, keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.accept import ingest
from deliveries.models import Attempt, Delivery, Lane, Notification
from deliveries.reasons import Reason
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending
from deliveries.send import sender
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import after, claim, outcome, record, send
from tests.factories import alert, owed, payload

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing after it runs, and nothing catches it."""


def kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.fixture
def target(sandbox: Sandbox) -> Target:
    target = factories.make_target(url=sandbox.hook("#ops").url)
    factories.make_rule(targets=[target])
    return target


def drain(target: Target, client: Client, now: datetime) -> int:
    return sender.drain(target.pk, client, clock=lambda: now, worker="w2", draw=lambda: 0.5)


def test_row_36_web_killed_before_the_commit_has_stored_nothing(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "owe_of", kill)
        with pytest.raises(Killed):
            factories.accept(source, payload(alert()), now)
    assert Notification.objects.count() == 0
    assert factories.accept(source, payload(alert()), now).notification.state == "routed"


def test_row_37_web_killed_after_the_commit_is_sent_the_same_again_and_tells_it_once(
    source: Source, target: Target, now: datetime
) -> None:
    factories.accept(source, payload(alert()), now)
    again = factories.accept(source, payload(alert()), after(now, seconds=5))
    assert (again.notification.state, Delivery.objects.count()) == ("duplicate", 1)


@pytest.mark.parametrize(
    ("row", "place", "step", "posted"),
    [
        ("38", sender, "_send", False),
        ("39", outbox, "record", True),
        ("40", outbox.health, "after_claim", True),
    ],
)
def test_row_38_39_40_a_worker_killed_on_its_way_is_followed_by_one_marked_message(
    sandbox: Sandbox,
    source: Source,
    target: Target,
    client: Client,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    row: str,
    place: object,
    step: str,
    posted: bool,
) -> None:
    owed(source, now)
    with monkeypatch.context() as dying:
        dying.setattr(place, step, kill)
        with pytest.raises(Killed):
            drain(target, client, now)
    later = now + outbox.LEASE
    outbox.recover(later)
    drain(target, client, later)
    marked = ["possible duplicate" in message.text for message in sandbox.messages("#ops")]
    assert marked == ([False, True] if posted else [True])
    assert Delivery.objects.get().state == "delivered"


def test_row_41_a_worker_that_was_frozen_past_its_lease_overwrites_nothing(
    source: Source, target: Target, now: datetime
) -> None:
    owed(source, now)
    frozen = claim(target, now)
    later = after(now, minutes=5)
    outbox.recover(later)
    send(target, later)
    record(frozen, later, outcome(now, Reason.UNAUTHORIZED))
    assert (Delivery.objects.get().state, Attempt.objects.get(number=1).outcome) == ("delivered", "unknown")


def test_row_41_it_sends_nothing_when_it_wakes_after_its_lease(
    sandbox: Sandbox, source: Source, target: Target, client: Client, now: datetime
) -> None:
    owed(source, now)
    frozen = claim(target, now)
    later = after(now, minutes=5)
    sender._send_claim(frozen, client, lambda: later, lambda: 0.5, lambda: False)
    assert sandbox.messages("#ops") == []


def test_row_42_a_message_that_ends_every_worker_goes_plain_and_then_out_of_the_way(
    source: Source, target: Target, now: datetime
) -> None:
    poison, follower = owed(source, now)[0], owed(source, now, alert("Other"))[0]
    moment, plain = now, []
    for _ in range(10):
        plain.append(claim(target, moment).pairs[0][0].plain)
        moment = after(moment, minutes=3)
        outbox.recover(moment, draw=lambda: 0.5)
        moment = after(moment, minutes=15)
    assert (plain[:4], plain[-1]) == ([False, False, False, True], True)
    poison.refresh_from_db()
    assert (poison.state, poison.reason) == ("rejected", "poison")
    assert [delivery.pk for delivery in send(target, moment)] == [follower.pk]


def test_row_48_a_hint_told_a_hundred_times_sends_once(
    sandbox: Sandbox, source: Source, target: Target, client: Client, now: datetime
) -> None:
    owed(source, now)
    assert sum(drain(target, client, now) for _ in range(100)) == 1
    assert len(sandbox.messages("#ops")) == 1


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=30)])
def test_row_58_a_clock_set_back_freezes_neither_retries_nor_lanes_nor_leases(
    source: Source, target: Target, now: datetime, back: timedelta
) -> None:
    owed(source, now)
    owed(source, now, group="other")
    Lane.objects.create(target=target, streak=0)
    send(target, now, Reason.CONNECT, Ending.NOT_SENT)
    claim(target, after(now, seconds=2))
    Lane.objects.update(paused_until=after(now, seconds=60))
    earlier = now - back
    outbox.unfreeze(earlier)
    outbox.recover(earlier)
    assert Lane.objects.get().paused_until is None
    assert len(send(target, earlier)) >= 1


def test_row_58_a_clock_set_forward_makes_what_waits_due_and_nothing_storm(
    source: Source, target: Target, now: datetime
) -> None:
    Target.objects.update(rate_limit_calls=10, rate_limit_seconds=60)
    for number in range(30):
        owed(source, now, group=f"g{number}")
    assert [delivery.kind for delivery in send(target, after(now, hours=1))] == ["digest"]


def test_row_60_a_worker_asked_to_stop_puts_back_what_it_did_not_send(
    sandbox: Sandbox, source: Source, target: Target, client: Client, now: datetime
) -> None:
    for number in range(4):
        owed(source, now, group=f"g{number}")
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(len(sandbox.messages("#ops")) >= 1)
        return asked[-1]

    sender.drain(target.pk, client, clock=lambda: now, worker="w1", stop=stop)
    outcomes = list(Attempt.objects.order_by("id").values_list("outcome", flat=True))
    assert (outcomes[0], set(outcomes[1:])) == ("delivered", {"not_sent"})
    assert Delivery.objects.filter(state="waiting", unknown_count=0).count() == 3


def test_row_63_without_its_key_a_target_holds_and_flows_when_the_key_is_back(
    sandbox: Sandbox, source: Source, target: Target, client: Client, now: datetime, settings: Any
) -> None:
    owed(source, now)
    keys, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, ["kWW0TVO_H_7v4dpNIXTVHLwrDiB-8ynQBTDAoQX5xKE="]
    for second in (0, 5, 15, 30, 60):
        drain(target, client, after(now, seconds=second))
    assert (Delivery.objects.get().state, Delivery.objects.get().reason) == ("held", "key_missing")
    settings.ENCRYPTION_KEYS = keys
    drain(target, client, after(now, minutes=2))
    assert (Delivery.objects.get().state, len(sandbox.messages("#ops"))) == ("delivered", 1)


def test_row_53_a_deadlock_is_tried_again_and_a_lasting_one_is_not_hidden(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch, deadlock: Callable[[int], None]
) -> None:
    deadlock(2)
    assert factories.accept(source, payload(alert()), now).notification.state == "routed"
    deadlock(3)
    with pytest.raises(OperationalError):
        factories.accept(source, payload(alert("Other")), now)


@pytest.fixture
def deadlock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The next transactions of ingest end as PostgreSQL ends one of two that lock each other."""
    decide, left = ingest._decide, [0]

    class Cause(Exception):
        sqlstate = "40P01"

    def stumble(*given: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise OperationalError("deadlock detected") from Cause()
        return decide(*given)

    monkeypatch.setattr(ingest, "_decide", stumble)

    def arm(times: int) -> None:
        left[0] = times

    return arm
