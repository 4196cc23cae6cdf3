"""Silences and time windows keep alerts back; what still matters at their end is told then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import alertmanager
from deliveries.accept import plan, waking
from deliveries.models import Alert, Conversation, Delivery, Notification, Occurrence
from routing.models import Rule, Silence, Source, Target
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    return factories.make_target()


@pytest.fixture
def rule(target: Target) -> Rule:
    return factories.make_rule(targets=[target])


def outcomes() -> list[str]:
    return list(Occurrence.objects.order_by("id").values_list("outcome", flat=True))


def resolved(now: datetime) -> dict[str, object]:
    return factories.alert(status="resolved", ends_at=f"{now:%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.usefixtures("rule")
def test_a_silenced_alert_is_recorded_with_its_silence(source: Source, now: datetime) -> None:
    silence = factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    told = Occurrence.objects.get()
    assert (told.outcome, told.silence, told.delivery) == ("silenced", silence, None)


@pytest.mark.usefixtures("rule")
def test_an_alert_that_the_silence_does_not_cover_is_told(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=HostDown", now)
    assert len(factories.owed(source, now)) == 1


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize(("starts", "ends"), [(1, 2), (-2, -1)])
def test_a_silence_covers_nothing_outside_its_time(source: Source, now: datetime, starts: int, ends: int) -> None:
    factories.make_silence("alertname=DiskFull", now, starts_at=now + starts * HOUR, ends_at=now + ends * HOUR)
    assert len(factories.owed(source, now)) == 1


@pytest.mark.usefixtures("rule")
def test_what_still_fires_when_its_silence_ends_is_told(source: Source, now: datetime, target: Target) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    waking.wake(now + 2 * HOUR)
    [owed] = Delivery.objects.all()
    assert (owed.target, owed.status, owed.positions, owed.seq) == (target, "firing", [0], 1)


@pytest.mark.usefixtures("rule")
def test_the_trail_says_that_it_was_kept_back(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    waking.wake(now + 2 * HOUR)
    assert outcomes() == ["silenced", "owed"]
    told = Occurrence.objects.get(outcome="owed")
    assert told.why == 'It was kept back until now. Rule "all": it takes every alert'


@pytest.mark.usefixtures("rule")
def test_nothing_is_told_while_the_silence_lasts(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    waking.wake(now + HOUR / 2, about_all=True)
    assert outcomes() == ["silenced"]


@pytest.mark.usefixtures("rule")
def test_it_is_told_once(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    for _ in range(2):
        waking.wake(now + 2 * HOUR)
    assert Delivery.objects.count() == 1


@pytest.mark.usefixtures("rule")
def test_a_silence_that_was_extended_keeps_it_back_longer(source: Source, now: datetime) -> None:
    silence = factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    Silence.objects.update(ends_at=now + 5 * HOUR)
    waking.wake(now + 2 * HOUR)
    assert Alert.objects.get().silent_until == Silence.objects.get(pk=silence.pk).ends_at


@pytest.mark.usefixtures("rule")
def test_a_silence_that_was_ended_early_is_noticed_at_the_next_look(source: Source, now: datetime) -> None:
    waker = waking.Waker()
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    waker.look(now)
    Silence.objects.update(ends_at=now + timedelta(seconds=1))
    waker.look(now + timedelta(seconds=2))
    assert outcomes() == ["silenced", "owed"]


@pytest.mark.usefixtures("rule")
def test_an_alert_that_came_and_went_in_its_silence_is_told_to_nobody(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    factories.owed(source, now, resolved(now))
    waking.wake(now + 2 * HOUR)
    assert not Delivery.objects.exists()


@pytest.mark.usefixtures("rule")
def test_a_room_that_saw_it_fire_is_told_of_the_end(source: Source, now: datetime) -> None:
    factories.owed(source, now)
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now, resolved(now))
    waking.wake(now + 2 * HOUR)
    assert list(Delivery.objects.order_by("seq").values_list("status", flat=True)) == ["firing", "resolved"]


@pytest.mark.usefixtures("rule")
def test_a_newer_telling_makes_the_older_one_moot(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    Silence.objects.update(ends_at=now)
    later = factories.alert(starts_at="2026-11-24T10:00:00Z")
    factories.owed(source, now + HOUR, later)
    waking.wake(now + 2 * HOUR)
    assert Delivery.objects.count() == 1


@pytest.mark.usefixtures("rule")
def test_of_one_group_only_what_was_kept_back_is_told(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now, factories.alert("HostDown"), factories.alert("DiskFull"))
    waking.wake(now + 2 * HOUR)
    assert list(Delivery.objects.order_by("seq").values_list("positions", flat=True)) == [[0], [1]]


def test_a_muted_rule_tells_when_its_window_is_over(source: Source, rule: Rule, now: datetime) -> None:
    rule.muted_windows.add(factories.make_window(years=f"{now.year}"))
    factories.owed(source, now)
    rule.muted_windows.clear()
    waking.Waker().look(now)
    assert outcomes() == ["muted", "owed"]


def test_a_rule_with_an_active_window_is_silent_outside_it(source: Source, rule: Rule, now: datetime) -> None:
    rule.active_windows.add(factories.make_window("next year", years=f"{now.year + 1}"))
    factories.owed(source, now)
    assert outcomes() == ["muted"]


def test_the_fallback_has_no_windows(source: Source, target: Target, now: datetime) -> None:
    factories.tell_fallback(target)
    Rule.objects.fallback().muted_windows.add(factories.make_window(years=f"{now.year}"))
    assert len(factories.owed(source, now)) == 1


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing can be decided."""
    with monkeypatch.context() as patch:
        patch.setattr(plan, "plan", lambda *_, **__: 1 / 0)
        yield patch


@pytest.fixture
def silenced(source: Source, rule: Rule, now: datetime) -> Alert:
    """Its silence ended an hour ago."""
    factories.make_silence("alertname=DiskFull", now)
    factories.owed(source, now)
    return Alert.objects.get()


def pauses(since: datetime, *looks: timedelta) -> list[float]:
    """Seconds until the next try, after each look."""
    found = []
    for look in looks:
        waking.wake(since + look)
        until = Alert.objects.get().silent_until
        assert until is not None
        found.append((until - since - look).total_seconds())
    return found


def test_what_cannot_be_told_is_asked_for_after_ever_longer_pauses(
    silenced: Alert, broken: pytest.MonkeyPatch, now: datetime
) -> None:
    looks = [timedelta(seconds=seconds) for seconds in (0, 5, 10, 20, 3600, 9000)]
    assert pauses(now + 2 * HOUR, *looks) == [5, 5, 10, 20, 900, 900]


def test_in_between_it_is_not_asked_for(
    silenced: Alert, broken: pytest.MonkeyPatch, now: datetime, django_assert_num_queries: Any
) -> None:
    waking.wake(now + 2 * HOUR)
    waking.wake(now + 2 * HOUR + timedelta(seconds=20))
    with django_assert_num_queries(1):
        waking.wake(now + 2 * HOUR + timedelta(seconds=39))


def test_it_is_told_when_it_can_be(silenced: Alert, broken: pytest.MonkeyPatch, now: datetime) -> None:
    waking.wake(now + 2 * HOUR)
    broken.undo()
    waking.wake(now + 2 * HOUR + timedelta(seconds=5))
    assert Delivery.objects.count() == 1
    assert Alert.objects.get().stuck_since is None


def test_a_new_telling_ends_the_trouble(
    silenced: Alert, source: Source, broken: pytest.MonkeyPatch, now: datetime
) -> None:
    waking.wake(now + 2 * HOUR)
    assert Alert.objects.get().stuck_since == now + 2 * HOUR
    broken.undo()
    factories.owed(source, now + 2 * HOUR)
    assert Alert.objects.get().stuck_since is None


def test_one_that_cannot_be_told_keeps_no_other_back(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = factories.two_of_everything()
    factories.make_silence("severity=critical", now)
    bad = scene.tell(now, factories.alert("DiskFull", team="db", pod="a")).notification
    good = scene.tell(now, group=1).notification
    read = alertmanager.read

    def read_others(body: bytes, content_type: str) -> Any:
        if body == bytes(bad.body):
            raise ValueError
        return read(body, content_type)

    monkeypatch.setattr(alertmanager, "read", read_others)
    waking.wake(now + 2 * HOUR)
    stuck = Alert.objects.filter(stuck_since__isnull=False)
    assert set(Delivery.objects.values_list("notification", flat=True)) == {good.pk}
    assert set(stuck.values_list("told_in", flat=True)) == {bad.pk}


def test_a_notification_without_a_conversation_is_told_in_its_own(silenced: Alert, now: datetime) -> None:
    Notification.objects.update(conversation=None)
    waking.wake(now + 2 * HOUR)
    [owed] = Delivery.objects.all()
    assert (owed.conversation, owed.seq) == (Conversation.objects.get(), 1)


def test_what_nothing_is_left_of_to_tell_is_put_off(silenced: Alert, now: datetime) -> None:
    Alert.objects.update(told_in=None)
    waking.wake(now + 2 * HOUR)
    assert Alert.objects.get().stuck_since == now + 2 * HOUR


def test_a_long_history_costs_no_more_statements(source: Source, rule: Rule, now: datetime) -> None:
    def statements(name: str, alerts: int, tellings: int) -> int:
        told = [factories.alert(name, number=str(number)) for number in range(alerts)]
        for hours in range(tellings):
            factories.owed(source, now + hours * HOUR, *told, group=name)
        silence = factories.make_silence(f"alertname={name}", now, hours=99)
        factories.owed(source, now, *(one | {"status": "resolved"} for one in told), group=name)
        silence.delete()
        with CaptureQueriesContext(connection) as queries:
            waking.wake(now + 100 * HOUR)
        assert Delivery.objects.filter(status="resolved", title__startswith=name).exists()
        return len(queries)

    assert statements("Long", 20, 9) <= statements("Short", 1, 1)


def test_of_two_rules_only_the_one_that_was_muted_tells_later(source: Source, rule: Rule, now: datetime) -> None:
    rule.continues = True
    rule.save()
    rule.muted_windows.add(factories.make_window(years=f"{now.year}"))
    factories.make_rule("second", [factories.make_target("second")], position=20)
    factories.owed(source, now)
    waker = waking.Waker()
    waker.look(now)
    rule.muted_windows.clear()
    waker.look(now)
    assert list(Delivery.objects.order_by("id").values_list("target_name", flat=True)) == ["second", "ops"]
