"""The pump finds work in the database alone: due rows, lost leases, unread notifications, targets that are gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connections

from deliveries import outbox
from deliveries.accept import plan
from deliveries.models import Delivery, Notification, Worker
from deliveries.wake import pump, tasks
from deliveries.wake.pump import Pump
from tests import factories
from tests.factories import alert, owed, payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Target ids the pump started to drain; they are not really drained."""
    seen: list[int] = []
    monkeypatch.setattr(Pump, "_drain_soon", lambda self, target_id, in_trouble: seen.append(target_id))
    return seen


@pytest.fixture
def a_pump() -> Iterator[Pump]:
    made = Pump()
    yield made
    made._pool.shutdown()


def test_a_due_target_is_drained(a_pump: Pump, drained: list[int], now: datetime) -> None:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    owed(factories.make_source(), now)
    a_pump.look(now)
    assert drained == [target.pk]


def test_what_is_due_later_is_left_alone(a_pump: Pump, drained: list[int], now: datetime) -> None:
    factories.make_rule(targets=[factories.make_target()])
    owed(factories.make_source(), now)
    Delivery.objects.update(next_attempt_at=now + timedelta(seconds=1))
    a_pump.look(now)
    assert drained == []


def test_a_lost_lease_is_due_again_in_the_same_round(a_pump: Pump, drained: list[int], now: datetime) -> None:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    owed(factories.make_source(), now)
    outbox.claim(target.pk, now=now, worker="dead")
    a_pump.look(now + outbox.LEASE)
    assert drained == [target.pk]


def test_an_unread_notification_is_routed_again(
    a_pump: Pump, drained: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_rule(targets=[factories.make_target()])
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        factories.accept(factories.make_source(), payload(alert()), now)
    a_pump.look(now)
    assert Notification.objects.get().state == "routed"


def test_one_that_still_cannot_be_routed_does_not_stop_the_others(
    a_pump: Pump, drained: list[int], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = factories.make_source()
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        for name in ("A", "B"):
            factories.accept(source, payload(alert(name)), now)
    Notification.objects.filter(pk=Notification.objects.earliest("id").pk).update(body=b"{")
    a_pump.look(now)
    assert sorted(Notification.objects.values_list("state", flat=True)) == ["routed", "unread"]


def test_many_that_stay_unreadable_do_not_hide_those_behind_them(
    a_pump: Pump, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = factories.make_source()
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_: 1 / 0)
        for name in ("A", "B", "C"):
            factories.accept(source, payload(alert(name)), now)
    last = Notification.objects.latest("id")
    Notification.objects.exclude(pk=last.pk).update(body=b"{")
    pump.read_unread(now, pump.read_unread(now, limit=2), limit=2)
    last.refresh_from_db()
    assert last.state == "routed"


def test_what_waits_too_long_ends_in_a_round(a_pump: Pump, drained: list[int], now: datetime) -> None:
    factories.make_rule(targets=[factories.make_target()])
    owed(factories.make_source(), now)
    a_pump.look(now + timedelta(days=2))
    assert Delivery.objects.get(kind="alert").state == "expired"


def test_a_worker_says_that_it_lives(a_pump: Pump, drained: list[int], now: datetime) -> None:
    a_pump.look(now)
    a_pump.look(now + timedelta(seconds=6))
    assert Worker.objects.get().seen_at == now + timedelta(seconds=6)


def test_workers_of_yesterday_are_forgotten(now: datetime) -> None:
    pump.beat("old", now - timedelta(days=2))
    pump.beat("new", now)
    assert [worker.name for worker in Worker.objects.all()] == ["new"]


def test_a_hint_that_cannot_be_followed_is_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(pump, "drain", away)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    tasks.drain(7)
    assert [(record.exc_info, "target 7" in record.getMessage()) for record in caplog.records] == [(None, True)]


def test_a_target_is_drained_once_at_a_time(a_pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    started, release = [], threading.Event()

    def slow(target_id: int, healthy_only: bool) -> int:
        started.append(target_id)
        release.wait(10)
        return 0

    monkeypatch.setattr(pump, "drain", slow)
    for _ in range(3):
        a_pump._drain_soon(7, in_trouble=False)
    release.set()
    a_pump._pool.shutdown()
    assert started == [7]


def test_a_target_in_trouble_is_drained_by_threads_of_its_own(a_pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def drain(target_id: int, healthy_only: bool) -> int:
        seen.append(threading.current_thread().name.partition("_")[0])
        return 0

    monkeypatch.setattr(pump, "drain", drain)
    a_pump._drain_soon(7, in_trouble=True)
    a_pump._trouble_pool.shutdown()
    assert seen == ["trouble"]


def test_a_thread_that_does_not_move_keeps_others_away(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr("deliveries.wake.pump.time.monotonic", lambda: moment[0])
    places = pump.Places()
    hanging = places.enter(7)
    moment[0] += 1.5
    assert (hanging is not None, places.enter(7), places.enter(8) is not None) == (True, None, True)


def test_a_thread_that_moves_has_room_for_another_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr("deliveries.wake.pump.time.monotonic", lambda: moment[0])
    places = pump.Places()
    busy = places.enter(7)
    assert busy is not None
    moment[0] += 1.5
    busy.clock()
    assert places.enter(7) is not None


def test_a_place_that_was_left_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr("deliveries.wake.pump.time.monotonic", lambda: moment[0])
    places = pump.Places()
    place = places.enter(7)
    assert place is not None
    places.leave(place)
    moment[0] += 60
    assert places.enter(7) is not None
