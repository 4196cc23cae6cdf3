"""The self-watch on real rows: what it finds, records and tells, and that one worker looks at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from deliveries import outbox
from deliveries.accept import plan
from deliveries.models import Alert, Delivery, Lane, RejectedRequest, Trouble, Watch, Worker
from deliveries.wake import housekeeping, pump
from deliveries.watch import symptoms, watch
from routing.models import Target
from tests import factories
from tests.factories import accept, alert, make_source, make_target, owed, payload

pytestmark = pytest.mark.django_db

Clock = Callable[[float], datetime]


@pytest.fixture
def at(now: datetime) -> Clock:
    """Moments by their seconds from the beginning."""
    return lambda seconds: now + timedelta(seconds=seconds)


@pytest.fixture
def listener() -> Target:
    return make_target("admins", hears_troubles=True)


@pytest.fixture
def ops() -> Target:
    target = make_target()
    factories.tell_fallback(target)
    return target


def breaks(target: Target, since: datetime, reason: str = "not_found", **fields: Any) -> None:
    lane, _ = Lane.objects.get_or_create(target=target)
    Lane.objects.filter(pk=lane.pk).update(broken_at=since, broken_reason=reason, **fields)


def mended(target: Target) -> None:
    Lane.objects.filter(pk=target.pk).update(broken_at=None, broken_reason="", opened_at=None)


def notices(target: Target | None = None) -> list[str]:
    """The first lines of what was told, the oldest first."""
    rows = Delivery.objects.filter(kind="notice").order_by("id")
    return [row.title for row in (rows.filter(target=target) if target else rows)]


def test_a_target_that_breaks_is_told_and_so_is_its_recovery(listener: Target, ops: Target, at: Clock) -> None:
    breaks(ops, at(0))
    assert watch.look(at(1)) == {listener.pk}
    mended(ops)
    assert watch.look(at(60)) == {listener.pk}
    assert notices() == ["Target unhealthy: ops", "Over: target unhealthy: ops"]


def test_a_trouble_is_recorded_from_beginning_to_end(listener: Target, ops: Target, at: Clock) -> None:
    breaks(ops, at(0), last_error="Webhook not found (404).")
    watch.look(at(1))
    mended(ops)
    watch.look(at(60))
    row = Trouble.objects.get()
    assert (row.kind, row.subject, row.since, row.told_at, row.ended_at) == ("target", "ops", at(0), at(1), at(60))
    assert "Webhook not found (404)." in row.detail


def test_what_is_known_of_an_open_trouble_is_kept_up_to_date(listener: Target, ops: Target, at: Clock) -> None:
    breaks(ops, at(0), last_error="Old.")
    watch.look(at(1))
    breaks(ops, at(0), last_error="New.")
    watch.look(at(60))
    row = Trouble.objects.get()
    assert ("New." in row.detail, row.told_at) == (True, at(1))


def test_everything_new_goes_into_one_notice(listener: Target, ops: Target, at: Clock) -> None:
    for name in ("a", "b"):
        breaks(make_target(name), at(0))
    watch.look(at(1))
    assert notices() == ["2 troubles"]


def test_every_listener_is_told_but_for_itself(listener: Target, at: Clock) -> None:
    other = make_target("others", hears_troubles=True)
    breaks(listener, at(0))
    breaks(make_target("ops"), at(0))
    watch.look(at(1))
    assert (notices(listener), notices(other)) == ([], ["2 troubles"])


def test_a_listener_that_is_disabled_is_told_nothing(at: Clock) -> None:
    make_target("admins", hears_troubles=True, enabled=False)
    breaks(make_target("ops"), at(0))
    assert watch.look(at(1)) == set()
    assert Delivery.objects.count() == 0


def test_without_a_listener_troubles_are_recorded_all_the_same(ops: Target, at: Clock) -> None:
    breaks(ops, at(0))
    assert watch.look(at(1)) == set()
    assert Trouble.objects.get().told_at is None


def test_a_listener_in_trouble_is_told_the_rest_when_it_works_again(listener: Target, ops: Target, at: Clock) -> None:
    breaks(listener, at(0))
    breaks(ops, at(0))
    watch.look(at(1))
    assert notices() == []
    mended(listener)
    watch.look(at(60))
    assert notices() == ["Target unhealthy: ops"]


def test_a_disabled_target_that_holds_messages_is_told_once_a_day(listener: Target, ops: Target, at: Clock) -> None:
    owed(make_source(), at(0))
    Delivery.objects.update(state="held")
    Target.objects.filter(pk=ops.pk).update(enabled=False)
    for hours in (1, 2, 24, 25.5, 26):
        watch.look(at(hours * 3600))
    assert notices() == ["Target unhealthy: ops"] * 2


def test_what_waits_too_long_is_told(listener: Target, ops: Target, at: Clock) -> None:
    owed(make_source(), at(0))
    watch.look(at(300))
    watch.look(at(305))
    assert notices() == ["Deliveries late: ops"]


def test_notices_and_tests_that_wait_are_no_trouble(listener: Target, at: Clock) -> None:
    outbox.owe_notice(listener, "Something else.", "critical", at(0))
    outbox.owe_test(listener, "ann", at(0))
    watch.look(at(3600))
    assert Trouble.objects.count() == 0


def test_a_worker_that_dies_is_missed(listener: Target, at: Clock) -> None:
    pump.beat("h:1", at(0))
    pump.beat("g:1", at(60))
    watch.look(at(61))
    assert notices() == ["Worker missing: h:1"]


def test_a_worker_that_leaves_in_order_is_not_missed(listener: Target, at: Clock) -> None:
    pump.beat("h:1", at(0))
    watch.leave("h:1")
    watch.look(at(61))
    assert (notices(), Worker.objects.count()) == ([], 0)


def test_a_worker_that_was_replaced_is_forgotten(listener: Target, at: Clock) -> None:
    pump.beat("h:1", at(0))
    pump.beat("h:2", at(30))
    pump.beat("h:2", at(60))
    watch.look(at(61))
    assert (notices(), [worker.name for worker in Worker.objects.all()]) == ([], ["h:2"])


def test_a_worker_that_comes_back_is_told(listener: Target, at: Clock) -> None:
    pump.beat("h:1", at(0))
    watch.look(at(61))
    pump.beat("h:1", at(99))
    watch.look(at(100))
    assert notices() == ["Worker missing: h:1", "Over: worker missing: h:1"]


def refuse(at: datetime, **fields: Any) -> None:
    known = {"status_code": 413, "reason": "too_large", "message": "", "source_name": "prod"}
    RejectedRequest.objects.create(first_at=at, last_at=at, **known | fields)


def test_a_source_that_is_refused_is_told_until_none_was_for_ten_minutes(listener: Target, at: Clock) -> None:
    refuse(at(0))
    for seconds in (1, 590, 600):
        watch.look(at(seconds))
    assert notices() == ["Requests refused: prod", "Over: requests refused: prod"]


def test_a_sender_is_named_with_the_source_it_was_accepted_as(listener: Target, at: Clock, ops: Target) -> None:
    notification = accept(make_source(), payload(alert()), at(0)).notification
    type(notification).objects.update(sender="10.0.0.5 am")
    refuse(at(1), source_name="", sender="10.0.0.5 am", status_code=401, reason="unknown_token")
    watch.look(at(2))
    assert "last accepted as source prod" in Delivery.objects.get(kind="notice").note


def test_notifications_that_stay_unread_are_told(
    listener: Target, at: Clock, monkeypatch: pytest.MonkeyPatch, ops: Target
) -> None:
    monkeypatch.setattr(plan, "plan", lambda *_: 1 / 0)
    accept(make_source(), payload(alert()), at(0))
    watch.look(at(90))
    watch.look(at(95))
    assert notices() == ["Notifications not read: prod"]


def test_what_was_kept_back_and_cannot_be_told_is_told_of(listener: Target, at: Clock, ops: Target) -> None:
    accept(make_source(), payload(alert()), at(0))
    Alert.objects.update(silent_until=at(20), stuck_since=at(0))
    watch.look(at(60))
    watch.look(at(65))
    assert notices() == ["Alerts not woken: prod"]


def test_a_flapping_target_is_told_twice_in_fifteen_minutes(listener: Target, ops: Target, at: Clock) -> None:
    for minute in range(15):
        breaks(ops, at(minute * 60))
        watch.look(at(minute * 60 + 1))
        mended(ops)
        watch.look(at(minute * 60 + 40))
    assert notices() == ["Target unhealthy: ops", "Over: target unhealthy: ops"]


def test_nobody_looks_twice_within_a_few_seconds(listener: Target, ops: Target, at: Clock) -> None:
    watch.look(at(0))
    breaks(ops, at(1))
    assert watch.look(at(3)) == set()
    assert watch.look(at(5)) == {listener.pk}


def test_a_clock_that_was_set_back_does_not_stop_the_watch(listener: Target, ops: Target, at: Clock) -> None:
    watch.look(at(3600))
    breaks(ops, at(0))
    assert watch.look(at(1)) == {listener.pk}


def test_a_look_costs_the_same_however_much_there_is(
    listener: Target, at: Clock, django_assert_max_num_queries: Any
) -> None:
    source = make_source()
    for number in range(30):
        target = make_target(f"t{number}")
        breaks(target, at(0))
        factories.make_rule(f"r{number}", [target], continues=True, position=number + 10)
        refuse(at(0), source_name=f"s{number}")
    owed(source, at(0))
    watch.look(at(1))
    with django_assert_max_num_queries(14):
        watch.look(at(400))


def test_a_quiet_look_costs_few_queries(listener: Target, at: Clock, django_assert_max_num_queries: Any) -> None:
    watch.look(at(0))
    with django_assert_max_num_queries(14):
        watch.look(at(5))


def test_a_look_that_comes_too_early_costs_one_query(at: Clock, django_assert_num_queries: Any) -> None:
    watch.look(at(0))
    with django_assert_num_queries(1):
        watch.look(at(1))


def test_trouble_of_the_watch_itself_does_not_reach_the_pump(at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symptoms, "targets", lambda now: 1 / 0)
    assert watch.look(at(0)) == set()
    assert Watch.objects.get().checked_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_look_at_once_tell_once(listener: Target, ops: Target, at: Clock) -> None:
    breaks(ops, at(0))
    together, results = threading.Barrier(4), []

    def worker() -> None:
        together.wait(10)
        results.append(watch.look(at(1)))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(notices()), Trouble.objects.count()) == (1, 1)
    assert sorted(map(len, results)) == [0, 0, 0, 1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_who_holds_the_watch_makes_nobody_wait(listener: Target, ops: Target, at: Clock) -> None:
    watch.look(at(0))
    breaks(ops, at(1))
    results: list[set[int]] = []

    def worker() -> None:
        results.append(watch.look(at(60)))
        connection.close()

    with transaction.atomic():
        Watch.objects.select_for_update().get()
        thread = threading.Thread(target=worker)
        thread.start()
        thread.join(2)
    assert results == [set()]


def test_troubles_that_are_long_over_are_forgotten(now: datetime) -> None:
    ended = {"open": None, "recent": now - timedelta(days=89), "old": now - timedelta(days=91)}
    for subject, ended_at in ended.items():
        Trouble.objects.create(kind="worker", subject=subject, since=now - timedelta(days=99), ended_at=ended_at)
    housekeeping.tidy(now)
    assert {row.subject for row in Trouble.objects.all()} == {"open", "recent"}
