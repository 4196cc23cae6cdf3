"""A clock that was set back keeps nothing back, and one that is right moves nothing."""

from __future__ import annotations

from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery, Lane
from routing.models import Source, Target
from tests.deliveries.lanes import after
from tests.factories import owed

pytestmark = pytest.mark.django_db


def test_a_clock_that_was_set_back_does_not_keep_the_probe_back(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Lane.objects.create(target=target, failures=1, suspect_since=now, refusals=1, probe_at=after(now, hours=1))
    outbox.unfreeze(now)
    assert outbox.due_targets(now) == {target.pk: True}


def test_a_clock_that_is_right_moves_no_probe_and_no_wait(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    soon = after(now, minutes=10)
    Lane.objects.create(target=target, probe_at=soon, paused_until=soon)
    Delivery.objects.update(next_attempt_at=soon)
    assert outbox.unfreeze(now) == 0
    assert (Lane.objects.get().probe_at, Delivery.objects.get().next_attempt_at) == (soon, soon)


def test_what_has_ended_is_not_moved_by_any_clock(source: Source, target: Target, now: datetime) -> None:
    owed(source, now)
    Delivery.objects.update(state="delivered", next_attempt_at=after(now, days=1), ended_at=now)
    assert outbox.unfreeze(now) == 0
