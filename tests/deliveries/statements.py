"""How many statements the two hot paths send to the database; what only frames a transaction is counted apart."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from deliveries.models import Delivery, Lane
from deliveries.send import roads, sender
from routing.models import Source, Target
from tests import factories

_FRAME = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
# Enough good deliveries in a row that the largest batch is taken at once.
_LONG_STREAK = 1000


class Counted(CaptureQueriesContext):
    """What was sent to the database while it was open."""

    def __init__(self) -> None:
        super().__init__(connection)

    @property
    def statements(self) -> int:
        return len(self) - self.frames

    @property
    def frames(self) -> int:
        return sum(_FRAME.match(query["sql"] or "") is not None for query in self.captured_queries)


def of_post(token: str, alerts: int) -> Counted:
    """Of the whole request that has a notification of so many new alerts accepted, in a group that is known already."""
    _post(token, 1, f"warm-{alerts}", f"g{alerts}")
    with Counted() as counted:
        _post(token, alerts, f"counted-{alerts}", f"g{alerts}")
    return counted


def _post(token: str, alerts: int, instance: str, group: str) -> None:
    body = factories.payload(*(factories.alert(instance=f"{instance}-{place}") for place in range(alerts)), group=group)
    answer = Client().post(
        "/webhook", json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 202, answer.content


def of_drain(target: Target, messages: int, now: datetime | None = None) -> Counted:
    """Of a worker that sends so many messages in one batch and then finds nothing more to do."""
    now = now or datetime.now(UTC)
    Lane.objects.update_or_create(target=target, defaults={"streak": _LONG_STREAK})
    client = roads.new_client()
    sender.drain(target.pk, client, clock=lambda: now, worker="w1")
    source = Source.objects.first() or factories.make_source()
    for number in range(messages):
        factories.owed(source, now, group=f"drained-{messages}-{number}")
    with Counted() as counted:
        made = sender.drain(target.pk, client, clock=lambda: now, worker="w1")
    client.close()
    assert made == messages, (made, messages)
    return counted


def of_digest(target: Target, messages: int, now: datetime) -> Counted:
    """Of a worker that tells so many messages as one digest; the target's budget must be smaller than that."""
    Lane.objects.update_or_create(target=target, defaults={"calls": [], "paused_until": None})
    source = Source.objects.first() or factories.make_source()
    for number in range(messages):
        factories.owed(source, now - timedelta(seconds=5), group=f"merged-{messages}-{number}")
    client = roads.new_client()
    with Counted() as counted:
        made = sender.drain(target.pk, client, clock=lambda: now, worker="w1")
    client.close()
    assert made == 1, made
    assert Delivery.objects.filter(kind=Delivery.Kind.DIGEST, title=f"Digest of {messages} messages").exists()
    return counted
