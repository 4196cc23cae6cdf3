"""What waits for a target: one statement finds on PostgreSQL what the models find, and locks nothing."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection

from deliveries import outbox
from deliveries.models import Delivery
from deliveries.outbox import queue
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import claim
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_of_everything(source: Source, target: Target, now: datetime) -> Target:
    """Two targets; groups with one and with two messages, tried and not, due and not yet, under way, of no group."""
    other = factories.make_target("other")
    target.rules.get().targets.add(other)
    for number in range(6):
        owed(source, now + timedelta(seconds=number), group=f"g{number}")
        owed(source, now + timedelta(seconds=10 + number), alert(instance="b"), group=f"g{number % 3}")
    mine = Delivery.objects.filter(target=target).order_by("id")
    ids = list(mine.values_list("pk", flat=True))
    mine.filter(pk__in=ids[1:4]).update(attempt_count=1)
    mine.filter(pk=ids[5]).update(next_attempt_at=now + timedelta(hours=1))
    sending = {"state": "sending", "lease_token": uuid.uuid4()}
    mine.filter(pk=ids[6]).update(lease_until=now + timedelta(minutes=1), **sending)
    mine.filter(pk=ids[8]).update(lease_until=now - timedelta(minutes=1), **sending | {"lease_token": uuid.uuid4()})
    outbox.owe_test(target, "ann", now)
    return target


def shown(found: queue.Queue) -> tuple[object, ...]:
    return found.batches, found.due, [one.pk for one in found.fresh], [one.pk for one in found.tried]


@pytest.mark.postgresql
@pytest.mark.parametrize("seconds", [0, 3, 12, 3600])
@pytest.mark.parametrize("count_to", [0, 2, 100])
def test_one_statement_finds_what_the_models_find(
    two_of_everything: Target, now: datetime, seconds: int, count_to: int
) -> None:
    then = now + timedelta(seconds=seconds)
    found = queue.look(two_of_everything.pk, then, count_to)
    assert shown(found) == shown(queue._by_the_models(two_of_everything.pk, then, count_to))


@pytest.mark.postgresql
def test_its_rows_are_those_of_the_models(two_of_everything: Target, now: datetime) -> None:
    found = queue.look(two_of_everything.pk, now + timedelta(seconds=20))
    assert found.fresh
    for one in found.fresh + found.tried:
        for row in (one, one.notification):
            if row is not None:
                known = type(row).objects.get(pk=row.pk)
                assert [getattr(row, name) for name in names_of(row)] == [
                    getattr(known, name) for name in names_of(row)
                ]


def names_of(row: object) -> list[str]:
    return [field.attname for field in type(row)._meta.concrete_fields]  # type: ignore[attr-defined]


@pytest.mark.postgresql
def test_the_index_is_walked_and_not_the_backlog_sorted(source: Source, target: Target, now: datetime) -> None:
    [one] = owed(source, now)
    Delivery.objects.bulk_create(
        Delivery(target=target, target_name="ops", created_at=now, next_attempt_at=now, expires_at=one.expires_at)
        for _ in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE deliveries_delivery")
        cursor.execute(f"EXPLAIN {queue._look()}", {"target": target.pk, "now": now, "count_to": 0})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert re.search(r"CTE fresh\n\s+->\s+Limit.*\n\s+->\s+Index Scan using delivery_(fresh|due)", plan), plan
    assert "One-Time Filter" in plan


def test_behind_a_storm_of_fresh_ones_nobody_looks_for_what_was_tried(
    source: Source, target: Target, now: datetime
) -> None:
    for number in range(queue.MOST + 1):
        owed(source, now, group=f"g{number}")
    first = Delivery.objects.order_by("id").values("pk")[:1]
    Delivery.objects.filter(pk__in=first).update(attempt_count=1)
    assert [len(some) for some in (queue.look(target.pk, now).fresh, queue.look(target.pk, now).tried)] == [64, 0]
    Delivery.objects.filter(pk__in=Delivery.objects.order_by("-id").values("pk")[:1]).update(
        ended_at=now, state="delivered"
    )
    assert [len(some) for some in (queue.look(target.pk, now).fresh, queue.look(target.pk, now).tried)] == [63, 1]


@pytest.mark.postgresql
def test_what_others_took_meanwhile_is_not_leased(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(source, now, group="a")
    owed(source, now, group="b")
    taken, look = Delivery.objects.order_by("id").first(), queue.look
    assert taken is not None

    def given_up_meanwhile(*about: object) -> queue.Queue:
        found = look(*about)  # type: ignore[arg-type]
        Delivery.objects.filter(pk=taken.pk).update(state="cancelled", ended_at=now)
        return found

    monkeypatch.setattr(queue, "look", given_up_meanwhile)
    assert [delivery.pk for delivery, _ in claim(target, now).pairs] == [taken.pk + 1]
