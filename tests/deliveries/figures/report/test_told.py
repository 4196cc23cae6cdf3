"""What a report counts of messages: by alert name, by rule and hour of the clock, by target."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from deliveries.figures.report import told
from deliveries.models import Delivery
from routing.models import Source, Target
from tests import factories
from tests.deliveries.figures.report.history import DAY, HOUR, MINUTE, NIGHT, NOON, fire, reported, resolve, told_to

pytestmark = pytest.mark.django_db


def test_an_alert_is_counted_by_the_messages_that_told_of_it(source: Source) -> None:
    for hours in (5, 4):
        fire(source, NOON - hours * HOUR, "DiskFull")
        resolve(source, NOON - hours * HOUR + 30 * MINUTE, "DiskFull")
    fire(source, NOON - HOUR, "HostDown")
    assert [(line.name, line.told) for line in reported().names] == [("DiskFull", 2), ("HostDown", 1)]


def test_a_message_about_many_alerts_of_one_name_counts_once(source: Source) -> None:
    factories.owed(source, NOON - HOUR, *(factories.alert(instance=f"i{each}") for each in range(5)))
    [line] = reported().names
    assert (line.told, line.course.firings) == (1, 5)


def test_rooms_are_counted() -> None:
    source = told_to(factories.make_target("a"), factories.make_target("b"))
    fire(source, NOON - HOUR)
    [line] = reported().names
    assert (line.told, line.rooms) == (2, 2)


def test_what_is_older_than_the_report_is_left_out(source: Source) -> None:
    fire(source, NOON - 7 * DAY - MINUTE)
    assert reported().is_empty


def test_what_came_at_night_is_counted(source: Source) -> None:
    fire(source, NIGHT)
    fire(source, NOON - HOUR, "HostDown")
    found = reported()
    assert {line.name: line.at_night for line in found.names} == {"DiskFull": 1, "HostDown": 0}
    assert (found.told, found.at_night) == (2, 1)


@pytest.mark.parametrize(("hour", "at_night"), [(21, 0), (22, 1), (0, 1), (5, 1), (6, 0)])
def test_nights_begin_at_22_and_end_at_6(source: Source, hour: int, at_night: int) -> None:
    fire(source, (NOON - DAY).replace(hour=hour))
    found = reported()
    assert (found.at_night, found.names[0].at_night, found.rules[0].at_night) == (at_night,) * 3


def test_nights_are_those_of_the_zone(source: Source) -> None:
    fire(source, (NOON - DAY).replace(hour=15))
    found = reported(zone=ZoneInfo("Asia/Tokyo"))
    assert (found.zone, found.hours[0], found.at_night) == ("Asia/Tokyo", 1, 1)


def test_rules_are_counted_the_noisiest_first(source: Source, target: Target) -> None:
    factories.make_rule("disks", [target], position=1, matchers="alertname=DiskFull")
    fire(source, NOON - 2 * HOUR)
    for name in ("A", "B"):
        fire(source, NOON - HOUR, name)
    assert [(line.name, line.told, line.is_fallback) for line in reported().rules] == [
        ("everything", 2, False),
        ("disks", 1, False),
    ]


def test_the_fallback_rule_is_known_as_such(target: Target) -> None:
    factories.tell_fallback(target)
    fire(factories.make_source(), NOON - HOUR)
    assert [line.is_fallback for line in reported().rules] == [True]


def test_deleted_rules_are_one_line(source: Source) -> None:
    for name in ("A", "B"):
        fire(source, NOON - HOUR, name)
    Delivery.objects.update(rule=None)
    assert [(line.rule_id, line.name, line.told) for line in reported().rules] == [(None, "(deleted)", 2)]


def test_a_target_shows_what_became_of_its_messages(source: Source, target: Target) -> None:
    states = ["delivered", "delivered", "merged", "rejected", "expired", "held", "waiting", "cancelled"]
    for place, state in enumerate(states):
        at = NOON - (place + 1) * HOUR
        [delivery] = fire(source, at, f"A{place}").deliveries
        ended = None if state in ("held", "waiting") else at + MINUTE * 2 / 3
        Delivery.objects.filter(pk=delivery.pk).update(state=state, ended_at=ended)
    [line] = reported().targets
    assert (line.name, line.delivered, line.undelivered, line.pending) == ("ops", 3, 2, 2)
    assert line.p95 == pytest.approx(60, rel=0.2)


def test_test_messages_count_for_nothing(source: Source) -> None:
    [delivery] = fire(source, NOON - HOUR).deliveries
    Delivery.objects.filter(pk=delivery.pk).update(kind="test")
    found = reported()
    assert (found.told, found.targets[0].pending) == (0, 0)


def test_deleted_targets_are_one_line(source: Source, target: Target) -> None:
    fire(source, NOON - HOUR)
    Delivery.objects.update(target=None)
    assert [(line.target_id, line.name, line.pending) for line in reported().targets] == [(None, "(deleted)", 1)]


def test_there_is_an_end_to_the_names_that_are_read(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "MOST_NAMES", 2)
    for name in ("A", "B", "C"):
        fire(source, NOON - HOUR, name)
    assert reported().is_cut
