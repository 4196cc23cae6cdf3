"""The conversation a notification belongs to: its row, locked; what was told lately; and when a new episode begins.

Ingest holds the lock, so places, duplicates and episodes are decided by one notification at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from deliveries import alertmanager
from deliveries.alertmanager import Payload
from deliveries.models import Conversation

# Inside a source's window; more than a group ever says in it.
_MOST_REMEMBERED = 100


# Asked for with every notification, so the statement is not put together anew each time. SQLite locks as a whole.
_FIND = f"SELECT * FROM {Conversation._meta.db_table} WHERE source_id = %s AND key = %s"  # noqa: S608 - our own table
_LOCK = {"postgresql": f"{_FIND} FOR UPDATE", "sqlite": _FIND}


def lock(source_id: int | None, payload: Payload) -> Conversation:
    """The conversation's row, made if this is its first notification, locked until the transaction ends."""
    key = hashlib.sha256(f"{payload.receiver}\0{payload.group_key}".encode()).hexdigest()
    found = _locked(source_id, key)
    if found is None:
        fresh = Conversation(source_id=source_id, key=key, group_key=payload.group_key, receiver=payload.receiver[:500])
        Conversation.objects.bulk_create([fresh], ignore_conflicts=True)
        found = _locked(source_id, key)
    if found is None:
        raise Conversation.DoesNotExist("It was made and deleted within a moment.")
    return found


def _locked(source_id: int | None, key: str) -> Conversation | None:
    if source_id is None:  # it was deleted
        return Conversation.objects.select_for_update().filter(source=None, key=key).first()
    return next(iter(Conversation.objects.raw(_LOCK[connection.vendor], [source_id, key])), None)


def told_before(conversation: Conversation, payload: Payload, now: datetime, window: int) -> int | None:
    """The notification that told the same inside the window (seconds), so that this one is its duplicate."""
    digest, repeats = alertmanager.state_digest(payload), alertmanager.is_repeat(payload)
    earlier = _inside_window(conversation, now, window)
    return next((entry[1] for entry in earlier if entry[0] == digest and (entry[3] or not repeats)), None)


def remember(conversation: Conversation, payload: Payload, notification_id: int, now: datetime, window: int) -> None:
    """Note what was told. Does not save."""
    entry = [alertmanager.state_digest(payload), notification_id, now.timestamp(), alertmanager.is_repeat(payload)]
    conversation.recent = [*_inside_window(conversation, now, window), entry][-_MOST_REMEMBERED:]


def begin_episode(conversation: Conversation, payload: Payload, stale: Collection[int], now: datetime) -> None:
    """Count a new episode if the group begins to fire anew. Does not save.

    It goes on while something is told that started before the newest alert of the last telling: Alertmanager lists every
    alert of the group each time, so a telling without any of those is about other times. Starts are compared with
    starts, as the clocks of Prometheus and AlertHub may differ. `stale` are positions of alerts that say nothing new.
    """
    alerts = [alert for position, alert in enumerate(payload.alerts) if position not in stale]
    firing = [alert.starts_at or now for alert in alerts if alert.status == "firing"]
    newest = conversation.newest_start
    goes_on = newest is not None and any((alert.starts_at or newest) <= newest for alert in alerts)
    if firing and not goes_on:
        conversation.episode += 1
    if alerts:
        conversation.newest_start = max(firing, default=None)


def _inside_window(conversation: Conversation, now: datetime, window: int) -> list[list]:
    # Either way: a request that came a moment earlier may get the lock a moment later.
    return [entry for entry in conversation.recent if abs(now.timestamp() - entry[2]) <= window]
