"""A test message, for a person who waits for what comes of it."""

from __future__ import annotations

from django.utils import timezone

from deliveries import outbox
from deliveries.models import Delivery
from deliveries.rocketchat.outcomes import Outcome
from deliveries.send import roads, sender
from routing.models import Target


def send_test(target: Target, *, asked_by: str, worker: str) -> tuple[Delivery, Outcome | None]:
    """Owed and sent at once; takes seconds. None: it has to wait, for the rate limit or for other messages, so nudge."""
    test = outbox.owe_test(target, asked_by, timezone.now())
    client = roads.new_client()
    try:
        return test, sender.send_now(test, client, clock=sender.utc_now, worker=worker)
    finally:
        client.close()
