"""How firings went: begun and ended as they were told, acknowledged by people."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import acknowledging
from deliveries.figures.report import firings
from deliveries.figures.report.values import Course
from deliveries.models import Acknowledgement, Alert, Closing, Occurrence
from routing.models import Source, Target
from tests import factories
from tests.deliveries.figures.report.history import DAY, HOUR, MINUTE, NOON, fire, flap, reported, resolve, told_to

pytestmark = pytest.mark.django_db


def course(name: str = "DiskFull") -> Course:
    return next(line.course for line in reported().names if line.name == name)


def acknowledge(at: datetime) -> None:
    acknowledging.acknowledge(list(Alert.objects.values_list("pk", flat=True)), by="ann", now=at)


def test_each_time_an_alert_begins_to_fire_counts(source: Source) -> None:
    flap(source, NOON - 5 * HOUR, times=3)
    assert (course().firings, course().alerts, course().burning) == (3, 1, 0)


def test_what_is_told_again_is_no_new_firing(source: Source) -> None:
    for hours in (9, 5, 1):
        fire(source, NOON - hours * HOUR)
    assert (course().firings, course().burning) == (1, 1)


def test_two_targets_make_no_two_firings() -> None:
    fire(told_to(factories.make_target("a"), factories.make_target("b")), NOON - HOUR)
    assert course().firings == 1


def test_alerts_of_one_name_fire_each_for_itself(source: Source) -> None:
    for instance in ("a", "b"):
        fire(source, NOON - 2 * HOUR, instance=instance)
        resolve(source, NOON - HOUR, instance=instance)
    assert (course().firings, course().alerts) == (2, 2)


def test_the_time_to_resolve_is_that_between_the_messages(source: Source) -> None:
    flap(source, NOON - 5 * HOUR, times=4)
    lasted = course().to_resolve
    assert lasted.count == 4
    assert lasted.median == pytest.approx(600, rel=0.5)


def test_an_end_that_came_alone_is_no_firing(source: Source) -> None:
    fire(source, NOON - 8 * DAY)
    resolve(source, NOON - HOUR)
    fire(source, NOON - HOUR / 2)
    assert (course().firings, course().alerts) == (1, 1)


def test_an_alert_that_was_closed_burns_no_more(source: Source) -> None:
    fire(source, NOON - 5 * HOUR)
    Closing.objects.create(alert=Alert.objects.get(), at=NOON - 3 * HOUR, why="Not heard of.")
    assert (course().burning, course().to_resolve.count) == (0, 1)


def test_the_time_to_acknowledge_begins_with_the_firing(source: Source) -> None:
    fire(source, NOON - 2 * HOUR)
    acknowledge(NOON - 2 * HOUR + 4 * MINUTE)
    seen = course()
    assert (seen.acknowledged, seen.share_acknowledged) == (1, 1.0)
    assert seen.to_acknowledge.median == pytest.approx(240, rel=0.5)


def test_an_acknowledgement_is_of_one_firing_only(source: Source) -> None:
    flap(source, NOON - 5 * HOUR, times=1)
    fire(source, NOON - 3 * HOUR)
    acknowledge(NOON - 2 * HOUR)
    resolve(source, NOON - HOUR)
    assert (course().firings, course().acknowledged) == (2, 1)


def test_the_first_of_two_acknowledgements_counts(source: Source) -> None:
    fire(source, NOON - 2 * HOUR)
    acknowledge(NOON - 2 * HOUR + 4 * MINUTE)
    Acknowledgement.objects.update(withdrawn_at=NOON - HOUR)
    acknowledge(NOON - HOUR / 2)
    assert course().acknowledged == 1
    assert course().to_acknowledge.p90 == pytest.approx(300, rel=0.5)


def test_severities_have_their_own_pace(source: Source) -> None:
    factories.accept(source, factories.payload(factories.alert("A"), group="a"), NOON - HOUR)
    factories.accept(source, factories.payload(factories.alert("B", severity="info"), group="b"), NOON - HOUR)
    Acknowledgement.objects.create(alert=Alert.objects.get(name="B"), by="ann", at=NOON - HOUR / 2)
    found = [(line.severity, line.course.firings, line.course.acknowledged) for line in reported().severities]
    assert found == [("critical", 1, 0), ("info", 1, 1)]


def test_a_firing_counts_for_the_target_that_was_told_first(target: Target, source: Source) -> None:
    factories.make_rule("also", [factories.make_target("second")], position=20)
    fire(source, NOON - HOUR)
    assert [(line.name, line.course.firings) for line in reported().targets] == [(target.name, 1)]


@pytest.mark.parametrize("outcome", ["stale", "late"])
def test_what_is_older_than_what_is_known_neither_begins_nor_ends(source: Source, outcome: str) -> None:
    fire(source, NOON - 2 * HOUR)
    resolve(source, NOON - HOUR)
    Occurrence.objects.filter(status="resolved").update(outcome=outcome)
    assert (course().firings, course().burning) == (1, 1)


def test_what_was_told_to_nobody_fired_all_the_same(source: Source) -> None:
    # Long, as rules are read by the real clock.
    factories.make_silence("alertname=DiskFull", NOON - 2 * HOUR, hours=99_999)
    fire(source, NOON - HOUR)
    [line] = reported().names
    assert (line.told, line.rooms, line.course.firings) == (0, 0, 1)


def test_there_is_an_end_to_the_rows_that_are_read(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firings, "MOST", 1)
    for name in ("A", "B"):
        fire(source, NOON - HOUR, name)
    found = reported()
    assert (found.is_cut, sum(line.course.firings for line in found.severities)) == (True, 1)
