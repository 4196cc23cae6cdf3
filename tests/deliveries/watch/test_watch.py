"""The self-watch on real rows: what it finds, records and tells."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from deliveries import outbox
from deliveries.accept import plan
from deliveries.models import Alert, Delivery, Trouble, Worker
from deliveries.wake import housekeeping, pump
from deliveries.watch import watch
from routing.models import Target
from tests.deliveries.watch.rows import Clock, breaks, mended, notices, refuse
from tests.factories import accept, alert, make_source, make_target, owed, payload

pytestmark = pytest.mark.django_db


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


def test_troubles_that_are_long_over_are_forgotten(now: datetime) -> None:
    ended = {"open": None, "recent": now - timedelta(days=89), "old": now - timedelta(days=91)}
    for subject, ended_at in ended.items():
        Trouble.objects.create(kind="worker", subject=subject, since=now - timedelta(days=99), ended_at=ended_at)
    housekeeping.tidy(now)
    assert {row.subject for row in Trouble.objects.all()} == {"open", "recent"}
