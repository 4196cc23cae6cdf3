"""Sending again what tells of others: digests and lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from deliveries import outbox
from deliveries.models import Delivery
from routing.models import Target
from tests import factories
from tests.deliveries.lanes import expire

pytestmark = pytest.mark.django_db


def test_a_dead_digest_sends_nothing_again_and_is_settled(digest: Delivery, now: datetime) -> None:
    expire([digest], now)
    settled = outbox.send_again([digest.pk], who="ann", now=now)
    assert (settled.freed, settled.again, Delivery.objects.get(pk=digest.pk).settled) == ([digest.pk], {}, True)


def test_a_digest_is_not_sent_to_another_room(digest: Delivery, now: datetime) -> None:
    settled = outbox.send_again([digest.pk], who="ann", now=now, target=factories.make_target("other"))
    assert (settled.told, settled.again) == ([digest.pk], {})


def test_a_line_that_is_owed_anew_tells_of_the_same(
    owe: Callable[..., list[Delivery]], target: Target, now: datetime
) -> None:
    [old] = expire(owe(1), now)
    line = Delivery.objects.create(
        kind="expiry", target=target, target_name="ops", state="rejected", reason="bad_message",
        created_at=now, next_attempt_at=now, expires_at=now, ended_at=now,
    )  # fmt: skip
    Delivery.objects.filter(pk=old).update(carried_by=line)
    settled = outbox.send_again([line.pk], who="ann", now=now)
    assert Delivery.objects.get(pk=old).carried_by_id == settled.again[line.pk]
