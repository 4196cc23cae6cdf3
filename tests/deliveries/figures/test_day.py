"""The last 24 hours in numbers: what is remembered of hours that are over is what a count would find."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deliveries.figures import day
from deliveries.figures.percentiles import BOUNDS
from deliveries.models import Delivery
from routing.models import Rule, Target
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 25, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDS = ("delivered", "delivered", "delivered", "merged", "rejected", "expired", "cancelled")


@pytest.fixture
def targets() -> list[Target]:
    return [factories.make_target(name) for name in ("ops", "web")]


def owe(target: Target, at: datetime, **fields: Any) -> Delivery:
    given = {"kind": "alert", "state": "waiting", "next_attempt_at": at, "expires_at": at, "created_at": at} | fields
    return Delivery.objects.create(target=target, target_name=target.name, **given)


def end(delivery: Delivery, state: str, at: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(state=state, ended_at=at)


def counted(now: datetime) -> dict[str, Any]:
    """The same by reading every row."""
    rows = [row for row in Delivery.objects.exclude(kind="test") if now - day.DAY < row.created_at <= now]
    hours = {start: Counter(row.state for row in rows if start <= row.created_at < start + HOUR)
             for start in day.clock_hours(now)}  # fmt: skip
    return {
        "last hour": Counter(row.state for row in rows if row.created_at > now - HOUR),
        "whole": Counter(row.state for row in rows),
        "targets": Counter((row.target_id, row.state) for row in rows),
        "took": Counter(bucket_of(row) for row in rows if row.state in ("delivered", "merged")),
        "fallback": sum(row.rule_id == Rule.objects.fallback().pk for row in rows),
        "hours": list(hours.items()),
    }


def bucket_of(row: Delivery) -> int:
    assert row.ended_at is not None
    seconds = (row.ended_at - row.created_at).total_seconds()
    return sum(bound <= seconds for bound in BOUNDS)


def told(now: datetime) -> dict[str, Any]:
    found = day.of_deliveries(now)
    by_target = {(target_id, state): count for target_id, span in found.targets.items()
                 for state, count in span.states.items()}  # fmt: skip
    return {
        "last hour": found.last_hour.states,
        "whole": found.whole.states,
        "targets": Counter(by_target),
        "took": found.whole.took,
        "fallback": found.whole.by_fallback,
        "hours": [(start, span.states) for start, span in found.hours],
    }


@pytest.mark.parametrize("seed", range(3))
def test_however_time_goes_on_it_tells_what_a_count_finds(targets: list[Target], seed: int) -> None:
    chance, now, still_open = random.Random(seed), NOON - day.DAY, []
    rules = [Rule.objects.fallback(), factories.make_rule("db", targets)]
    for _ in range(90):
        now += timedelta(minutes=chance.choice((0, 1, 7, 25, 60)), seconds=chance.randrange(60))
        for _ in range(chance.randrange(3)):
            kind = chance.choice(("alert", "alert", "digest", "test"))
            still_open.append(owe(chance.choice(targets), now, rule=chance.choice(rules), kind=kind))
        if still_open and chance.random() < 0.6:
            end(still_open.pop(chance.randrange(len(still_open))), chance.choice(ENDS), now)
        if chance.random() < 0.5:
            assert told(now) == counted(now)
    assert told(now) == counted(now)


def statements(now: datetime) -> int:
    with CaptureQueriesContext(connection) as queries:
        day.of_deliveries(now)
    return len(queries)


def test_an_hour_that_is_over_is_read_once(targets: list[Target]) -> None:
    old = owe(targets[0], NOON - 5 * HOUR, state="delivered", ended_at=NOON - 5 * HOUR)
    told(NOON)
    Delivery.objects.filter(pk=old.pk).update(state="expired")  # which nothing does
    assert told(NOON + HOUR)["whole"] == {"delivered": 1}


def test_one_whose_open_delivery_ended_is_read_again(targets: list[Target]) -> None:
    old = owe(targets[0], NOON - 5 * HOUR, state="held")
    owe(targets[0], NOON - 5 * HOUR, state="delivered", ended_at=NOON - 5 * HOUR)
    assert told(NOON)["whole"] == {"held": 1, "delivered": 1}
    end(old, "delivered", NOON)
    assert [statements(NOON) for _ in range(2)] == [2, 1]
    assert told(NOON)["whole"] == {"delivered": 2}


def test_what_changes_while_it_is_open_is_seen_at_once(targets: list[Target]) -> None:
    old = owe(targets[0], NOON - 5 * HOUR)
    told(NOON)
    Delivery.objects.filter(pk=old.pk).update(state="held")
    assert (statements(NOON), told(NOON)["whole"]) == (1, {"held": 1})


def test_hours_are_those_of_the_clock(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"  # half an hour beside UTC
    hours = day.clock_hours(NOON)
    assert (hours[0], hours[-1], len(hours)) == (
        NOON.replace(minute=30) - HOUR,
        NOON.replace(minute=30) - 25 * HOUR,
        25,
    )
