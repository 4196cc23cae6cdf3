"""What the wall shows: numbers by severity, the worst groups, one line of health."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries import acknowledging
from deliveries.figures import wall
from deliveries.figures.wall import KEPT, ROWS, Wall
from deliveries.models import Alert, Delivery, Trouble, Worker
from routing.models import Source
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def source() -> Source:
    factories.make_rule("everything", [factories.make_target("ops")])
    return factories.make_source()


@pytest.fixture
def worker() -> Worker:
    return Worker.objects.create(name="w", started_at=NOON, seen_at=NOON)


def fire(source: Source, name: str, severity: str = "critical", instance: str = "a", hours: float = 1) -> None:
    began = NOON - hours * HOUR
    one = factories.alert(name, severity=severity, instance=instance, starts_at=began.isoformat())
    factories.accept(source, factories.payload(one, group=f"{name} {instance}"), began)


def shown() -> Wall:
    return wall.count(NOON)


def test_nothing_burns() -> None:
    found = shown()
    assert (found.severities, found.count, found.rows) == ((("critical", 0), ("warning", 0)), 0, ())


def test_what_burns_is_counted_by_severity(source: Source) -> None:
    for name, severity in (("A", "critical"), ("B", "warning"), ("C", "warning"), ("D", "odd")):
        fire(source, name, severity)
    assert (shown().severities, shown().count) == ((("critical", 1), ("warning", 2), ("other", 1)), 4)


def test_a_row_tells_of_all_alerts_of_one_name(source: Source) -> None:
    fire(source, "DiskFull", instance="a", hours=3)
    fire(source, "DiskFull", instance="b", hours=1)
    [row] = shown().rows
    assert (row.name, row.severity, row.count, row.since) == ("DiskFull", "critical", 2, NOON - 3 * HOUR)


def test_who_is_at_it_is_named(source: Source) -> None:
    fire(source, "DiskFull")
    assert shown().rows[0].people == ()
    acknowledging.acknowledge([Alert.objects.get().pk], by="ann", comment="a secret word", now=NOON)
    assert shown().rows[0].people == ("ann",)


def test_of_many_people_the_first_are_named(source: Source) -> None:
    for instance in ("a", "b", "c"):
        fire(source, "DiskFull", instance=instance)
    for alert, by in zip(Alert.objects.all(), ("ann", "bob", "cid"), strict=True):
        acknowledging.acknowledge([alert.pk], by=by, now=NOON)
    [row] = shown().rows
    assert (len(row.people), row.more_people) == (2, 1)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("delivered", ""),
        ("waiting", "pending"),
        ("sending", "pending"),
        ("held", "held"),
        ("rejected", "undelivered"),
        ("expired", "undelivered"),
    ],
)
def test_where_it_was_told_is_named_with_what_became_of_it(source: Source, state: str, word: str) -> None:
    fire(source, "DiskFull")
    Delivery.objects.update(state=state, ended_at=None if word in ("pending", "held") else NOON)
    assert shown().rows[0].targets == (("ops", word),)


def test_of_many_targets_the_first_are_named() -> None:
    factories.make_rule("everything", [factories.make_target(name) for name in ("a", "b", "c")])
    fire(factories.make_source(), "DiskFull")
    [row] = shown().rows
    assert ([name for name, _ in row.targets], row.more_targets) == (["a", "b"], 1)


def test_what_was_told_to_nobody_has_no_target() -> None:
    fire(factories.make_source(), "DiskFull")
    assert shown().rows[0].targets == ()


def test_what_is_silenced_is_said(source: Source) -> None:
    factories.make_silence("alertname=DiskFull", NOON, hours=99_999, starts_at=NOON - 9 * HOUR)
    fire(source, "DiskFull")
    assert shown().rows[0].is_silenced


def test_the_worst_groups_are_shown_and_the_others_counted(source: Source) -> None:
    for each in range(ROWS + 2):
        fire(source, f"W{each}", "warning")
    fire(source, "Worst")
    found = shown()
    assert (found.rows[0].name, len(found.rows), found.more) == ("Worst", ROWS, 3)


def test_a_long_name_is_cut_and_none_is_said(source: Source) -> None:
    fire(source, "x" * 300)
    fire(source, "")
    assert {row.name for row in shown().rows} == {f"{'x' * 119}…", "(no alert name)"}


def test_all_is_well(worker: Worker) -> None:
    assert (shown().works, shown().health) == (True, "AlertHub works.")


def test_without_a_worker_nothing_is_sent() -> None:
    Trouble.objects.create(kind="late", since=NOON)
    assert (shown().works, shown().health) == (False, "No worker of AlertHub's runs: nothing is sent.")


def test_troubles_are_told_by_their_kind_and_no_more(worker: Worker) -> None:
    for kind, subject in (("target", "secret room"), ("target", "ops"), ("late", ""), ("new_kind", "")):
        Trouble.objects.create(kind=kind, subject=subject, since=NOON, detail="Rocket.Chat answered.")
    Trouble.objects.create(kind="worker", subject="h", since=NOON, ended_at=NOON)
    words = "AlertHub is in trouble: deliveries late, new_kind, target unhealthy (2)."
    assert (shown().works, shown().health) == (False, words)


def test_more_that_burns_needs_no_more_statements(source: Source, worker: Worker) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            wall.count(NOON)
        return len(queries)

    fire(source, "A")
    statements()  # the rules are read
    few = statements()
    for each in range(ROWS + 3):
        fire(source, f"B{each}", instance=str(each))
    acknowledging.acknowledge(list(Alert.objects.values_list("pk", flat=True)), by="ann", now=NOON)
    assert few == statements() <= 12


def test_it_is_counted_once_in_a_few_seconds(source: Source) -> None:
    assert wall.now_burning(NOON).count == 0
    fire(source, "A")
    assert [wall.now_burning(NOON + each).count for each in (KEPT - SECOND, KEPT)] == [0, 1]


def test_a_clock_that_was_set_back_keeps_nothing(source: Source) -> None:
    wall.now_burning(NOON)
    fire(source, "A")
    assert wall.now_burning(NOON - SECOND).count == 1


def test_while_it_is_counted_others_get_what_is_known(source: Source) -> None:
    wall.now_burning(NOON)
    fire(source, "A")
    with wall._counting:
        assert wall.now_burning(NOON + HOUR).count == 0


def test_who_waited_for_the_first_count_does_not_count_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = wall.count(NOON)

    class Waited:
        def acquire(self, *, blocking: bool) -> bool:
            wall._last = first
            return blocking

        def release(self) -> None:
            pass

    monkeypatch.setattr(wall, "_counting", Waited())
    assert wall.now_burning(NOON + HOUR) is first


def test_what_failed_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(wall, "count", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            wall.now_burning(NOON)
    assert wall.now_burning(NOON).count == 0
