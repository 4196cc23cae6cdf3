"""What Prometheus reads at /metrics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from deliveries.figures import metrics
from deliveries.models import Attempt, Delivery, Lane, RejectedRequest, Trouble, Worker
from routing.models import Source, Target
from tests import factories
from tests.conftest import NOW
from tests.factories import HOOK_URL, alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_totals_remembered() -> None:
    metrics.forget()


@pytest.fixture
def target() -> Target:
    target = factories.make_target()
    factories.tell_fallback(target)
    return target


def figures(now: datetime) -> dict[tuple[str, ...], float]:
    """{(sample name, label value, ...): number}"""
    families = text_string_to_metric_families(metrics.text(now).decode())
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_metrics_are_open_and_in_prometheus_format() -> None:
    answer = Client().get("/metrics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")


def test_the_version_is_told(settings: Any, now: datetime) -> None:
    assert figures(now)["alerthub_build_info", settings.VERSION] == 1


def test_notifications_are_counted_by_source_and_state(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now)
    told = figures(now)
    states = ("routed", "duplicate")
    assert [told["alerthub_notifications_total", "prod", state] for state in states] == [1, 1]


def test_rejected_requests_are_counted_as_often_as_they_came(now: datetime) -> None:
    for times in (3, 4):
        RejectedRequest.objects.create(
            first_at=now, last_at=now, status_code=400, reason="empty", message="", times=times
        )
    assert figures(now)["alerthub_rejected_requests_total", "empty"] == 7


def test_open_deliveries_are_told_by_target(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    told = figures(now)
    assert [told["alerthub_deliveries", state, "ops"] for state in ("waiting", "sending", "held")] == [1, 0, 0]


def test_ended_deliveries_are_counted_by_how(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Delivery.objects.update(state="expired", ended_at=now)
    told = figures(now)
    assert (told["alerthub_deliveries_total", "expired"], told["alerthub_deliveries_total", "delivered"]) == (1, 0)


def test_attempts_are_counted_by_outcome_and_reason(source: Source, target: Target, now: datetime) -> None:
    delivery = owed(source, now)[0]
    for number, (outcome, reason) in enumerate([("not_sent", "dns"), ("not_sent", "dns"), ("", "")]):
        Attempt.objects.create(
            delivery=delivery,
            number=number,
            worker="w1",
            started_at=now,
            outcome=outcome,
            reason=reason,
        )
    counted = {name: number for name, number in figures(now).items() if name[0] == "alerthub_attempts_total"}
    assert counted == {("alerthub_attempts_total", "not_sent", "dns"): 2}


def test_what_is_due_is_told_with_its_age(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    owed(source, now + timedelta(seconds=20), alert("Other"), group="{}:{b}")
    told = figures(now + timedelta(seconds=30))
    assert (told["alerthub_due_deliveries", "ops"], told["alerthub_oldest_due_seconds", "ops"]) == (2, 30)


def test_what_waits_for_its_next_try_is_not_due(source: Source, target: Target, now: datetime) -> None:
    owed(source, now + timedelta(seconds=1))
    told = figures(now)
    assert (told["alerthub_due_deliveries", "ops"], told["alerthub_oldest_due_seconds", "ops"]) == (0, 0)


def test_what_a_disabled_target_is_owed_is_open_but_not_due(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Target.objects.update(enabled=False)
    told = figures(now)
    assert (told["alerthub_deliveries", "waiting", "ops"], told["alerthub_due_deliveries", "ops"]) == (1, 0)


def test_delivery_times_are_a_histogram(source: Source, target: Target, now: datetime) -> None:
    for number, seconds in enumerate((0.2, 1.5, 4000)):
        delivery = owed(source, now, alert(f"A{number}"), group=f"{number}")[0]
        ended_at = now + timedelta(seconds=seconds)
        Delivery.objects.filter(pk=delivery.pk).update(state="delivered", ended_at=ended_at)
    told = figures(now)
    assert [told["alerthub_delivery_seconds_bucket", each] for each in ("0.25", "1.0", "2.0", "3600.0", "+Inf")] == [
        1,
        1,
        2,
        2,
        3,
    ]
    assert (told["alerthub_delivery_seconds_count",], round(told["alerthub_delivery_seconds_sum",], 2)) == (3, 4001.7)


def test_workers_are_those_seen_within_a_minute(now: datetime) -> None:
    for name, seconds in (("w1", 10), ("w2", 61)):
        Worker.objects.create(name=name, started_at=now, seen_at=now - timedelta(seconds=seconds))
    assert figures(now)["alerthub_workers",] == 1


@pytest.mark.parametrize(
    ("fields", "enabled", "unhealthy", "open_circuit"),
    [
        ({}, True, 0, 0),
        ({"broken_at": NOW}, True, 1, 0),
        ({"opened_at": NOW}, True, 1, 1),
        ({"broken_at": NOW}, False, 0, 0),
    ],
    ids=["healthy", "broken", "circuit open", "disabled"],
)
def test_a_target_is_told_as_healthy_or_not(
    target: Target, now: datetime, fields: dict[str, Any], enabled: bool, unhealthy: int, open_circuit: int
) -> None:
    Lane.objects.create(target=target, **fields)
    Target.objects.update(enabled=enabled)
    told = figures(now)
    assert (told["alerthub_target_unhealthy", "ops"], told["alerthub_circuit_open", "ops"]) == (unhealthy, open_circuit)


def test_a_target_that_was_never_used_is_healthy(target: Target, now: datetime) -> None:
    assert figures(now)["alerthub_target_unhealthy", "ops"] == 0


def test_open_troubles_are_told_by_kind(now: datetime) -> None:
    Trouble.objects.create(kind="worker", subject="h:1", since=now)
    Trouble.objects.create(kind="worker", subject="h:2", since=now, ended_at=now)
    told = figures(now)
    assert (told["alerthub_troubles", "worker"], told["alerthub_troubles", "late"]) == (1, 0)


def test_a_merged_delivery_is_open_until_it_ends(source: Source, target: Target, now: datetime) -> None:
    owed(source, now, alert("A"), group="a")
    Delivery.objects.update(state="merged", ended_at=now)
    owed(source, now, alert("B"), group="b")
    Delivery.objects.filter(ended_at=None).update(state="merged")
    told = figures(now)
    assert (told["alerthub_deliveries", "merged", "ops"], told["alerthub_deliveries_total", "merged"]) == (1, 1)


def test_totals_are_remembered_for_a_few_seconds(django_assert_max_num_queries: Any, now: datetime) -> None:
    figures(now)
    with django_assert_max_num_queries(10):
        figures(now + timedelta(seconds=9))


def test_totals_are_read_again_after_that(source: Source, target: Target, now: datetime) -> None:
    figures(now)
    owed(source, now)
    assert figures(now + timedelta(seconds=10))["alerthub_notifications_total", "prod", "routed"] == 1


def test_metrics_hold_no_secret(source: Source, target: Target) -> None:
    source.new_token("am", "correct-horse-battery")
    text = Client().get("/metrics").text
    assert ("ops" in text, HOOK_URL[-10:] in text, "correct" in text) == (True, False, False)


def test_trouble_with_the_database_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(now: datetime) -> bytes:
        raise OperationalError("password is hunter2")

    monkeypatch.setattr(metrics, "text", broken)
    answer = Client().get("/metrics")
    assert (answer.status_code, answer["Retry-After"], "hunter2" in answer.text) == (503, "15", False)
