"""Attempts are an audit trail: nothing on the ORM's normal paths changes or deletes one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db.models import ProtectedError

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Notification
from deliveries.models.attempt import AppendOnly
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(now: datetime) -> Attempt:
    target = factories.make_target()
    factories.make_rule(targets=[target])
    factories.owed(factories.make_source(), now)
    outbox.claim(target.pk, now=now, worker="w1")
    return Attempt.objects.get()


@pytest.mark.parametrize(
    "change",
    [
        lambda attempt: attempt.save(),
        lambda attempt: attempt.delete(),
        lambda attempt: Attempt.objects.update(answer=""),
        lambda attempt: Attempt.objects.all().delete(),
        lambda attempt: Attempt.objects.filter(pk=attempt.pk).update(outcome="delivered"),
        lambda attempt: Attempt.objects.bulk_update([attempt], ["answer"]),
        lambda attempt: Attempt.objects.update_or_create({"answer": ""}, pk=attempt.pk),
        lambda attempt: attempt.delivery.attempts.all().delete(),
        lambda attempt: attempt.delivery.attempts.update(answer=""),
    ],
)
def test_every_normal_way_to_change_an_attempt_is_refused(attempt: Attempt, change: Callable[[Attempt], Any]) -> None:
    with pytest.raises(AppendOnly):
        change(attempt)


@pytest.mark.parametrize("model", [Delivery, Notification])
def test_what_has_attempts_cannot_be_deleted(attempt: Attempt, model: Any) -> None:
    with pytest.raises(ProtectedError):
        model.objects.all().delete()


def test_a_concluded_attempt_keeps_its_outcome(attempt: Attempt) -> None:
    attempt.outcome = "delivered"
    Attempt.objects.conclude([attempt], ["outcome"])
    attempt.outcome = "unknown"
    Attempt.objects.conclude([attempt], ["outcome"])
    assert Attempt.objects.get().outcome == "delivered"
