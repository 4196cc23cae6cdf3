"""Waking in rounds: each page goes on behind the one before, and what cannot be told holds up nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from deliveries import alertmanager
from deliveries.accept import plan, waking
from deliveries.models import Alert, Delivery
from routing.models import Rule, Source
from tests import factories
from tests.factories import alert

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    """Silences that are over are in no rulebook, so the real time."""
    return timezone.now()


@pytest.fixture
def source() -> Source:
    factories.make_rule(targets=[factories.make_target()])
    return factories.make_source()


@pytest.fixture(autouse=True)
def _two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_AT_ONCE", 2)


def tell(source: Source, now: datetime, *names: str) -> list[int]:
    """Each in a group of its own; the ids."""
    for name in names:
        factories.owed(source, now, alert(name), group=name)
    return [Alert.objects.get(name=name).pk for name in names]


def told() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("title", flat=True))


def test_a_page_says_where_the_next_one_begins(source: Source, now: datetime) -> None:
    """Two alerts came in one notification before them, so ids of alerts are no ids of notifications."""
    factories.make_silence("alertname=~[ABC]", now, hours=9)
    factories.owed(source, now, alert("Told"), alert("Too"))
    ids = tell(source, now, "A", "B", "C")
    assert waking.wake(now, about_all=True) == ids[1]
    assert waking.wake(now, about_all=True, after=ids[1]) == 0


def test_a_round_without_anything_to_ask_for_is_at_its_end(now: datetime) -> None:
    assert waking.wake(now) == 0


def test_what_waits_behind_a_page_of_others_is_told(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=~[AB]", now, hours=9)
    silence = factories.make_silence("alertname=C", now, hours=9)
    tell(source, now, "A", "B", "C")
    silence.delete()
    waker = waking.Waker()
    for _ in range(2):
        waker.look(now)
    assert told() == ["C"]


def test_what_is_not_kept_back_takes_no_place_in_a_page(source: Source, now: datetime) -> None:
    silence = factories.make_silence("alertname=C", now, hours=9)
    tell(source, now, "A", "B", "C")
    silence.delete()
    waking.Waker().look(now)
    assert told() == ["A", "B", "C"]


def test_after_a_round_about_all_only_what_is_due_is_asked_for(
    source: Source, now: datetime, django_assert_num_queries: Any
) -> None:
    factories.make_silence("alertname=~.+", now, hours=9)
    tell(source, now, "A", "B", "C")
    waker = waking.Waker()
    for _ in range(2):
        waker.look(now)
    # Which version the rules have, and what is due.
    with django_assert_num_queries(2):
        waker.look(now + SECOND)


def test_a_change_of_the_rules_begins_the_round_anew(source: Source, now: datetime) -> None:
    """Also in the middle of one."""
    silence = factories.make_silence("alertname=~.+", now, hours=9)
    tell(source, now, "A", "B", "C")
    waker = waking.Waker()
    waker.look(now)
    silence.delete()
    for _ in range(2):
        waker.look(now)
    assert told() == ["A", "B", "C"]


def test_what_is_told_is_kept_back_no_more(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=A", now)
    tell(source, now, "A")
    waking.wake(now + 2 * HOUR)
    row = Alert.objects.get()
    assert (told(), row.silent_until, row.kept_back, row.stuck_since) == (["A"], None, "", None)


@pytest.fixture
def stuck(source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Alert:
    """Its silence is over and it cannot be told; that of another one goes on."""
    factories.make_silence("alertname=A", now)
    factories.make_silence("alertname=B", now, hours=9)
    tell(source, now, "A", "B")
    with monkeypatch.context() as broken:
        broken.setattr(plan, "plan", lambda *_, **__: 1 / 0)
        waking.wake(now + 2 * HOUR)
    return Alert.objects.get(name="A")


def test_what_cannot_be_told_puts_off_nothing_else(stuck: Alert, now: datetime) -> None:
    assert stuck.stuck_since == now + 2 * HOUR
    other = Alert.objects.get(name="B")
    assert (other.silent_until, other.stuck_since) == (now + 9 * HOUR, None)


def test_that_it_cannot_be_told_is_said_in_the_log(
    caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    stuck: Alert = request.getfixturevalue("stuck")
    assert "What was kept back could not be told; it is tried again" in caplog.text
    assert f"N-{stuck.told_in_id}" in caplog.text


@pytest.mark.parametrize("newer", ["told", "kept_back_anew", "late"])
def test_what_was_said_of_it_meanwhile_counts(
    source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch, newer: str
) -> None:
    """Another worker told it, or a newer notification did, between the look and the lock."""
    factories.make_silence("alertname=~[AB]", now)
    tell(source, now, "A", "B")
    said: dict[str, Any] = {
        "told": {"silent_until": None, "kept_back": ""},
        "kept_back_anew": {"told_in": Alert.objects.get(name="B").told_in},
        "late": {"kept_back": "late"},
    }
    read = alertmanager.read

    def held_up(*given: Any) -> Any:
        Alert.objects.filter(name="A").update(**said[newer])
        return read(*given)

    monkeypatch.setattr(alertmanager, "read", held_up)
    waking.wake(now + 2 * HOUR)
    assert told() == ["B"]


NIGHT, MORNING = "00:00-12:00", "00:00-11:00"


@pytest.mark.parametrize("windows", [(NIGHT, MORNING), (MORNING, NIGHT)])
def test_of_two_rules_that_are_muted_the_one_that_may_speak_sooner_is_asked_sooner(
    source: Source, windows: tuple[str, str]
) -> None:
    now = datetime.fromisoformat("2026-11-23T10:02:11Z")
    Rule.objects.filter(name="all").update(continues=True)
    second = factories.make_rule("second", [factories.make_target("second")], position=20)
    for rule, times in zip((Rule.objects.get(name="all"), second), windows, strict=True):
        rule.muted_windows.add(factories.make_window(f"{rule.name} {times}", times=times))
    tell(source, now, "A")
    assert Alert.objects.get().silent_until == datetime.fromisoformat("2026-11-23T11:00:00Z")


def test_what_nobody_knows_the_end_of_is_asked_for_after_a_week(source: Source, now: datetime) -> None:
    Rule.objects.get(name="all").muted_windows.add(factories.make_window(years="2000:2999"))
    factories.make_silence("alertname=B", now, hours=9)
    tell(source, now, "B", "A")
    assert dict(Alert.objects.values_list("name", "silent_until")) == {
        "A": now + timedelta(days=7),
        "B": now + 9 * HOUR,
    }
