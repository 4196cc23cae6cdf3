"""Rows 36, 37, 41, 42, 48 and 60 of the fault catalogue with real processes: killed, stopped, hinted at, asked to stop.

Rows 38 to 40 with SIGKILL: tests/journeys/test_worker_dies_at_every_step.py, which tells every step.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery

from alerthub.broker import connecting
from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.models import Delivery
from deliveries.outbox import retry
from deliveries.send import sender
from tests.factories import alert, payload
from tests.faults.road import Road
from tests.journeys import places
from tests.journeys.children import Children
from tests.journeys.stack import CRITICAL, Stack, wait_until

HOUR = timedelta(hours=1)
# More than the timeout of the targets that are laid.
CALL_SECONDS = 1.5
STOPPED_AT = {
    # Its call is over its deadline when it wakes up, so it sends nothing any more.
    "before the request is written": ["firing, perhaps again", "resolved"],
    "before it is recorded": ["firing", "firing, perhaps again", "resolved"],
}
BEFORE, AFTER = (payload(alert(name, point="told"), group=name) for name in ("Before", "After"))


class Killed(BaseException):
    """What SIGKILL looks like from inside."""


def die() -> None:
    raise Killed


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    folder = tmp_path_factory.mktemp("children")
    with Sandbox(rate_limit=None) as sandbox, places.database(folder) as database_url:
        children = Children(folder, database_url, sandbox)
        children.lay("told", *STOPPED_AT)
        yield children


@pytest.mark.anywhere
@pytest.mark.journey
def test_row_36_a_web_process_killed_before_its_commit_has_stored_nothing(children: Children) -> None:
    before = children.trail.notifications()
    assert children.post(BEFORE, DIES_AT="before the notification is committed") == {}
    assert children.trail.notifications() == before
    assert children.post(BEFORE)["body"]["status"] == "routed"


@pytest.mark.anywhere
@pytest.mark.journey
def test_row_37_a_web_process_killed_after_its_commit_is_told_again_and_delivers_once(children: Children) -> None:
    assert children.post(AFTER, DIES_AT="after the notification is committed") == {}
    kept = children.trail.notifications()[-1].id
    again = children.post(AFTER)
    assert (again["status"], again["body"]["duplicate_of"]) == (202, kept)
    assert len(children.trail.deliveries(kept)) == 1


@pytest.mark.anywhere
@pytest.mark.journey
@pytest.mark.parametrize(("name", "room"), STOPPED_AT.items())
def test_row_41_a_worker_that_was_stopped_changes_nothing_when_it_goes_on(
    children: Children, name: str, room: list[str]
) -> None:
    stopped, since = children.stop_at(name), time.monotonic()
    try:
        children.inherit(name)
        before = children.of(name)
        wait_until(lambda: time.monotonic() - since > CALL_SECONDS, what="the deadline of its call")
    finally:
        stopped.send_signal(signal.SIGCONT)
        stopped.wait(20)
    assert children.room(name) == room
    assert children.of(name) == before
    assert [attempt.outcome for attempt in before[0].attempts] == ["unknown", "delivered"]


@pytest.mark.django_db
def test_row_42_a_message_that_kills_every_worker_takes_no_other_with_it(
    road: Road, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    road.to(sandbox.hook("#ops").url)
    (poison,) = road.owe(alert("Poison"), group="poison")
    road.owe(alert("Healthy"), group="healthy")
    send, plain = sender._send, []

    def kills(pairs: list[tuple[Delivery, Any]], *rest: Any) -> Any:
        for delivery, _ in pairs:
            if delivery.pk == poison.pk:
                plain.append(delivery.plain)
                die()
        return send(pairs, *rest)

    monkeypatch.setattr(sender, "_send", kills)
    for hour in range(retry.POISON_AFTER):
        with pytest.raises(Killed):
            road.drain(after=hour * HOUR.total_seconds())
        outbox.recover(road.now + hour * HOUR + outbox.LEASE)
    road.drain(after=retry.POISON_AFTER * HOUR.total_seconds())
    poison.refresh_from_db()
    assert (poison.state, poison.reason) == ("rejected", "poison")
    assert plain == [False] * retry.PLAIN_AFTER + [True] * (len(plain) - retry.PLAIN_AFTER)
    assert ["Healthy" in message.text for message in sandbox.messages("#ops")] == [True]


@pytest.mark.journey
def test_row_48_a_thousand_hints_send_each_message_once(stack: Stack, word: str) -> None:
    accepted = [stack.receive(payload(alert(word), group=f"{word}{number}")).notification for number in range(20)]
    hint(stack, times=1000)
    stack.wait_for_end(*accepted)
    assert len(stack.room(CRITICAL, word)) == 20


def hint(stack: Stack, times: int) -> None:
    """Tell the workers through their broker that the critical target has work."""
    ((target,),) = stack.trail.rows("SELECT id FROM routing_target WHERE name = 'critical'")
    hinting = Celery("hinting", set_as_current=False)
    hinting.conf.update(connecting.settings(stack.environment["CELERY_BROKER_URL"], stack.folder))
    with hinting.connection_for_write() as connection:
        for _ in range(times):
            hinting.send_task("deliveries.drain", (target,), connection=connection)


@pytest.mark.journey
def test_row_60_workers_asked_to_stop_leave_no_outcome_unknown(stack: Stack, word: str) -> None:
    hook = stack.sandbox.default_hook("critical")
    hook.fail("slow", seconds=0.2)
    accepted = [stack.receive(payload(alert(word), group=f"{word}{number}")).notification for number in range(50)]
    wait_until(lambda: hook.journal, what="the first message")
    for name in ("worker 1", "worker 2"):
        stack.stop_one(name)
    outcomes = {attempt.outcome for delivery in stack.trail.deliveries(*accepted) for attempt in delivery.attempts}
    sending = [delivery.id for delivery in stack.trail.deliveries(*accepted) if delivery.state == "sending"]
    hook.clear()
    for name in ("worker 1", "worker 2"):
        stack.start(name)
    stack.wait_for_end(*accepted, timeout=30)
    assert (outcomes - {"delivered", "not_sent"}, sending) == (set(), [])
    assert len(stack.room(CRITICAL, word)) == 50
