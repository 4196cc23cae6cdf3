"""What fires now, counted: by severity, told to nobody, acknowledged, silenced; and in groups, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries import acknowledging
from deliveries.figures import burning, groups
from deliveries.figures.burning import By, Group
from deliveries.figures.firing import States
from deliveries.models import Alert, Delivery
from routing.models import Source, Target
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


def tell(source: Source, now: datetime, *names: str, **labels: str) -> None:
    """One alert of each name, each in a group of its own."""
    for name in names:
        factories.owed(source, now, factories.alert(name, **labels), group=f"{name}{labels}")


def acknowledge(now: datetime, by: str = "ann", **which: str) -> None:
    ids = list(Alert.objects.filter(**which).values_list("pk", flat=True))
    acknowledging.acknowledge(ids, by=by, now=now)


def keys(found: list[Group]) -> list[str]:
    return [group.key for group in found]


def where_told(*names: str) -> Mapping[str, set[str]]:
    """Of the first of these groups."""
    return groups.told(groups.sample(By(), names))[names[0]]


def test_what_fires_is_counted_by_severity(source: Source, now: datetime) -> None:
    for severity in ("critical", "critical", "info", "strange", ""):
        factories.owed(source, now, factories.alert(f"A{severity}", severity=severity), group=severity)
    factories.owed(source, now, factories.alert("Over", status="resolved"), group="over")
    assert burning.of(States.at(now)).whole.by_severity == {"critical": 1, "warning": 0, "info": 1, "other": 2}


@pytest.mark.usefixtures("target")
def test_what_a_room_was_told_of_is_not_told_to_nobody(source: Source, now: datetime) -> None:
    tell(source, now, "Told")
    factories.make_silence("alertname=Quiet", now)
    tell(source, now, "Quiet")
    assert burning.of(States.at(now)).whole.untold == 1


@pytest.mark.usefixtures("target")
def test_what_was_told_before_its_last_end_is_told_to_nobody(source: Source, now: datetime) -> None:
    tell(source, now - timedelta(hours=3), "Flaps")
    tell(source, now - timedelta(hours=2), "Flaps", status="resolved")
    factories.make_silence("alertname=Flaps", now)
    tell(source, now, "Flaps", starts_at=(now - timedelta(minutes=1)).isoformat())
    assert burning.of(States.at(now)).whole.untold == 1


@pytest.mark.usefixtures("target")
def test_what_was_told_before_it_was_silenced_stays_told(source: Source, now: datetime) -> None:
    tell(source, now - timedelta(hours=5), "Told")
    factories.make_silence("alertname=Told", now)
    tell(source, now, "Told")
    assert (burning.of(States.at(now)).whole.untold, burning.of(States.at(now)).whole.silenced) == (0, 1)


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    "matchers",
    ["alertname=Disk", "team=db", 'alertname=~"Disk|Other"', 'alertname=~"Di.*"', 'alertname=~"Di.*"\nteam=db'],
)
def test_a_silence_counts_as_soon_as_it_is_made(source: Source, now: datetime, matchers: str) -> None:
    tell(source, now, "Disk", team="db")
    tell(source, now, "Host", team="net")
    factories.make_silence(matchers, now)
    assert burning.of(States.at(now)).whole.silenced == 1


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize("matchers", ["team=net", 'team=db\nenv=~"prod|x"', "alertname=Disk\nteam!=db"])
def test_a_silence_of_others_does_not_count(source: Source, now: datetime, matchers: str) -> None:
    tell(source, now, "Disk", team="db")
    factories.make_silence(matchers, now)
    assert burning.of(States.at(now)).whole.silenced == 0


@pytest.mark.usefixtures("target")
def test_a_silence_that_is_over_does_not_count(source: Source, now: datetime) -> None:
    tell(source, now, "Disk")
    factories.make_silence("alertname=Disk", now - timedelta(hours=2))
    assert burning.of(States.at(now)).whole.silenced == 0


@pytest.mark.usefixtures("target")
def test_nobody_is_at_what_is_neither_acknowledged_nor_silenced(source: Source, now: datetime) -> None:
    tell(source, now, "Seen", "Quiet", "Bare")
    acknowledge(now, name="Seen")
    factories.make_silence("alertname=Quiet", now)
    whole = burning.of(States.at(now)).whole
    assert (whole.acknowledged, whole.silenced, whole.at_nobody) == (1, 1, 1)


@pytest.mark.usefixtures("target")
def test_what_its_source_does_not_repeat_is_counted(source: Source, now: datetime) -> None:
    tell(source, now, "Ghost", "Alive")
    Alert.objects.filter(name="Ghost").update(last_seen_at=now - timedelta(hours=5))
    assert burning.of(States.at(now)).whole.unheard == 1


def test_alerts_of_one_name_are_a_group_with_its_oldest_start_and_worst_severity(source: Source, now: datetime) -> None:
    factories.owed(
        source, now, factories.alert("Disk", severity="warning", n="1", starts_at="2026-11-20T10:00:00Z"),
        factories.alert("Disk", severity="critical", n="2"),
    )  # fmt: skip
    (group,) = burning.of(States.at(now)).groups
    assert (group.key, group.count, group.severity) == ("Disk", 2, "critical")
    assert group.since == datetime.fromisoformat("2026-11-20T10:00:00Z")


def test_groups_are_ordered_the_worst_first(source: Source, now: datetime) -> None:
    for name, severity, count in (
        ("Info", "info", 9), ("Few", "critical", 1), ("Many", "critical", 3), ("Warn", "warning", 5),
    ):  # fmt: skip
        alerts = [factories.alert(name, severity=severity, n=str(n)) for n in range(count)]
        factories.owed(source, now, *alerts, group=name)
    assert keys(burning.of(States.at(now)).groups) == ["Many", "Few", "Warn", "Info"]


def test_what_somebody_is_at_stands_behind_what_nobody_is_at(source: Source, now: datetime) -> None:
    tell(source, now, "A", "B")
    acknowledge(now, name="A")
    assert keys(burning.of(States.at(now)).groups) == ["B", "A"]


def test_what_is_silenced_as_a_whole_stands_at_the_end(source: Source, now: datetime) -> None:
    factories.make_silence("alertname=Worst", now)
    tell(source, now, "Worst")
    tell(source, now, "Least", severity="info")
    assert keys(burning.of(States.at(now)).groups) == ["Least", "Worst"]


def test_a_label_makes_groups_and_what_has_none_is_one_too(source: Source, now: datetime) -> None:
    tell(source, now, "A", team="db")
    tell(source, now, "B", team="db")
    tell(source, now, "C")
    found = burning.of(States.at(now), By("label", "team")).groups
    assert sorted((group.key, group.count) for group in found) == [("", 1), ("db", 2)]


def test_a_label_that_is_named_by_a_number_is_no_place_in_a_list(source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert("A", **{"0": "zero"}))
    assert keys(burning.of(States.at(now), By("label", "0")).groups) == ["zero"]


def test_alertmanagers_group_is_a_group_with_its_name(source: Source, now: datetime) -> None:
    factories.owed(source, now, factories.alert("A"), factories.alert("B"), group='{}:{service="db"}')
    tell(source, now, "C")
    by = By("group")
    found = burning.of(States.at(now), by).groups
    names = groups.titles(by, keys(found))
    assert sorted((names[group.key], group.count) for group in found) == [("C{}", 1), ('{}:{service="db"}', 2)]


@pytest.mark.usefixtures("target")
def test_a_group_says_where_it_was_told_and_how_that_stands(source: Source, now: datetime) -> None:
    tell(source, now, "Disk", n="1")
    tell(source, now, "Disk", n="2")
    Delivery.objects.update(state="held")
    assert where_told("Disk") == {"ops": {"held"}}


@pytest.mark.usefixtures("target")
def test_of_a_large_group_those_that_somebody_is_at_are_looked_at_first(source: Source, now: datetime) -> None:
    alerts = [factories.alert("Disk", n=str(number)) for number in range(groups.OF_EACH + 5)]
    factories.owed(source, now, *alerts)
    acknowledge(now, "bob", labels__n="0")
    sampled = groups.sample(By(), ["Disk"])
    assert (len(sampled), sampled[0].person) == (groups.OF_EACH, "bob")


@pytest.mark.usefixtures("target")
def test_more_alerts_need_no_more_statements(source: Source, now: datetime) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            found = burning.of(States.at(now))
            where_told(*keys(found.groups))
        return len(queries)

    factories.make_silence('alertname=~"A.*"', now)
    tell(source, now, "One")
    statements()
    few = statements()
    tell(source, now, *(f"A{number}" for number in range(20)))
    assert statements() == few


def test_a_key_is_no_longer_than_an_address_holds(source: Source, now: datetime) -> None:
    tell(source, now, "A", team="x" * 5000)
    (group,) = burning.of(States.at(now), By("label", "team")).groups
    assert (len(group.key), [one.key for one in groups.sample(By("label", "team"), [group.key])]) == (300, [group.key])
