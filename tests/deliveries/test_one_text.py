"""The statements of PostgreSQL that are one text for ever write and read what the models do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from deliveries import outbox
from deliveries.accept import ingest, storing
from deliveries.models import Alert, Attempt, Conversation, Delivery, Lane, Notification, Occurrence
from deliveries.outbox import Result, concluding, lanes, leasing, owing, queue
from deliveries.reasons import Reason
from routing.models import Source, Target
from tests import factories
from tests.deliveries.lanes import claim, outcome
from tests.factories import accept, alert, payload

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
TABLES = (Notification, Conversation, Alert, Delivery, Occurrence, Attempt, Lane)
DRAWN = {"lease_token", "message_id"}
"""Drawn by chance."""
Table = list[dict[str, Any]]


@pytest.fixture
def target() -> Target:
    """Two targets, of which one is limited; one rule tells both, and another one the second alone."""
    targets = [factories.make_target("ops", rate_limit_calls=20), factories.make_target("db")]
    factories.make_rule("databases", [targets[1]], matchers="team=db", position=1, continues=True)
    factories.make_rule("all", targets)
    return targets[0]


def story(source: Source, target: Target, now: datetime) -> None:
    """Everything at least twice: groups, alerts, targets, what fires and what is resolved, and every way a try ends."""
    factories.make_silence("quiet=yes", now)
    for number in range(8):
        told = (alert(instance=f"{number}"), alert("Ünïcode \u4e16", team="db", instance="x"), alert(quiet="yes"))
        accept(source, payload(*told, group=f"g{number}", receiver="r"), now + timedelta(seconds=number))
    resolved = (alert(status="resolved", instance="1"), alert(instance="1b"))
    accept(source, payload(*resolved, group="g1"), now + timedelta(seconds=20))
    accept(source, payload(*resolved, group="g1"), now + timedelta(seconds=21))
    accept(source, payload(alert(instance="1"), group="g1"), now + timedelta(seconds=25))
    then = now + timedelta(seconds=30)
    claimed = claim(target, then)
    ends = [
        outcome(then),
        outcome(then, Reason.TIMEOUT, error="It took too long."),
        outcome(then, Reason.BAD_MESSAGE, status=400, answer="no"),
        outcome(then),
    ]
    results = [
        Result(one, attempt, end, '{"text": "…"}') for (one, attempt), end in zip(claimed.pairs, ends, strict=False)
    ]
    outbox.record(claimed, results, now=then, draw=lambda: 0.5)
    later = then + timedelta(minutes=2)
    claimed = claim(Target.objects.get(name="db"), later)
    done = [Result(one, attempt, outcome(later), "{}") for one, attempt in claimed.pairs]
    outbox.record(claimed, done, now=later, draw=lambda: 0.5)


def rows(model: Any, ranks: dict[Any, dict[int, int]]) -> Iterator[dict[str, Any]]:
    """Ids are told by their place: those of the second time are others."""
    for row in model._default_manager.order_by("pk"):
        told = {}
        for field in model._meta.concrete_fields:
            value = getattr(row, field.attname)
            of = field.related_model if field.is_relation else model if field.primary_key else None
            told[field.attname] = ranks[of].get(value) if of in ranks else value
            if field.name in DRAWN:
                told[field.attname] = bool(value)
            if field.name == "recent":
                told[field.attname] = [[*one[:3], ranks[Notification][one[3]], *one[4:]] for one in value]
        yield told


def told_by(source: Source, target: Target, now: datetime) -> dict[str, Table]:
    """Every row that the story leaves; nothing of it stays."""
    begun = transaction.savepoint()
    story(source, target, now)
    ranks: dict[Any, dict[int, int]] = {
        model: {
            pk: place for place, pk in enumerate(model._default_manager.order_by("pk").values_list("pk", flat=True))
        }
        for model in TABLES
    }
    found = {model.__name__: list(rows(model, ranks)) for model in TABLES}
    transaction.savepoint_rollback(begun)
    ingest.forget()
    return found


def test_they_leave_the_same_rows(
    source: Source, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = told_by(source, target, now)
    for module in (storing, owing, queue, leasing, lanes, concluding):
        monkeypatch.setattr(module, "connection", SimpleNamespace(vendor="by the models", alias="default"))
    theirs = told_by(source, target, now)
    assert sum(map(len, ours.values())) > 100
    for name, table in ours.items():
        assert table == theirs[name], name
