"""The conversation a notification belongs to: its row, locked; what was told lately; and when a new episode begins.

Ingest holds the lock, so places, duplicates and episodes are decided by one notification at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from deliveries import alertmanager
from deliveries.accept import storing
from deliveries.accept.lateness import STARTS_APART, TRIED_AGAIN_FOR
from deliveries.alertmanager import Payload, State
from deliveries.models import Conversation, Notification
from routing import rulebook

# Inside a source's window, or while a copy may come late; more than a group ever says in it.
_MOST_REMEMBERED = 100


def lock(source_id: int | None, payload: Payload) -> tuple[int | None, Conversation]:
    """The rulebook's version, and the conversation's row, made if this is its first notification, locked until the
    transaction ends."""
    key = hashlib.sha256(f"{payload.receiver}\0{payload.group_key}".encode()).hexdigest()
    version, found = _locked(source_id, key)
    if found is None:
        fresh = Conversation(source_id=source_id, key=key, group_key=payload.group_key, receiver=payload.receiver[:500])
        Conversation.objects.bulk_create([fresh], ignore_conflicts=True)
        version, found = _locked(source_id, key)
    if found is None:
        raise Conversation.DoesNotExist("It was made and deleted within a moment.")
    return version, found


def _locked(source_id: int | None, key: str) -> tuple[int | None, Conversation | None]:
    if source_id is None:  # it was deleted
        found = Conversation.objects.select_for_update().filter(source=None, key=key).first()
        return rulebook.version_now(), found
    return storing.lock(source_id, key)


class _Told(NamedTuple):
    """One telling as the conversation remembers it; `at` and `newest`, the newest start of its alerts, in epoch seconds."""

    shape: str
    starts: str
    newest: float
    notification_id: int
    at: float
    is_repeat: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Twin:
    """The newest telling of the same shape inside the window. `is_last`: with the same starts, and the group told
    nothing since; else only the alerts' rows say whether that is still so."""

    notification_id: int
    is_last: bool


def twin(conversation: Conversation, payload: Payload, state: State, at: datetime, window: int) -> Twin | None:
    """The telling that this one, received `at`, may be a duplicate of; `window` in seconds.

    A notification that says it is a repeat is a duplicate only of another repeat. What looks alike and began at another
    time is of another time: no copy of it, however soon it comes.
    """
    repeats, told, newest = alertmanager.is_repeat(payload), _remembered(conversation), _newest_start(payload)
    for one in reversed(told):
        looks_alike = one.shape == state.shape and abs(one.newest - newest) <= STARTS_APART.total_seconds()
        if looks_alike and (one.is_repeat or not repeats) and _is_near(one, at, window):
            return Twin(one.notification_id, is_last=one is told[-1] and one.starts == state.starts)
    return None


def begins(conversation: Conversation, payload: Payload, at: datetime) -> bool:
    """The sender's reason proves that this is no copy that comes late: the group was told nothing for that reason lately."""
    if not alertmanager.says_that_it_begins(payload):
        return False
    lately = (one for one in _remembered(conversation) if _is_near(one, at, TRIED_AGAIN_FOR.total_seconds()))
    return all(one.reason != payload.notification_reason for one in lately)


def remember(
    conversation: Conversation, told: Notification, payload: Payload, state: State, now: datetime, window: int
) -> None:
    """Note what was told: later copies of it are duplicates. Does not save."""
    is_repeat, at = alertmanager.is_repeat(payload), told.received_at.timestamp()
    newest = _Told(*state, _newest_start(payload), told.pk, at, is_repeat, payload.notification_reason)
    _append(conversation, newest, now, window)


def remember_in_part(conversation: Conversation, told: Notification, now: datetime, window: int) -> None:
    """Note that something was told since, part of which was old: nothing is a copy of it, and what was told before is the
    group's last state no more. Does not save."""
    _append(conversation, _Told("", "", 0.0, told.pk, told.received_at.timestamp(), False, ""), now, window)


def _append(conversation: Conversation, newest: _Told, now: datetime, window: int) -> None:
    seconds = max(window, TRIED_AGAIN_FOR.total_seconds())
    kept = [*(one for one in _remembered(conversation) if _is_near(one, now, seconds)), newest]
    conversation.recent = [list(one) for one in kept[-_MOST_REMEMBERED:]]


def begin_episode(conversation: Conversation, payload: Payload, unsaid: Collection[int], now: datetime) -> None:
    """Count a new episode if the group begins to fire anew. Does not save.

    It goes on while something is told that started before the newest alert of the last telling: Alertmanager lists every
    alert of the group each time, so a telling without any of those is about other times. Starts are compared with
    starts, as the clocks of Prometheus and AlertHub may differ. `unsaid` are positions of alerts that say nothing new.
    """
    alerts = [alert for position, alert in enumerate(payload.alerts) if position not in unsaid]
    firing = [alert.starts_at or now for alert in alerts if alert.status == "firing"]
    newest = conversation.newest_start
    goes_on = newest is not None and any((alert.starts_at or newest) <= newest + STARTS_APART for alert in alerts)
    if firing and not goes_on:
        conversation.episode += 1
    if alerts:
        conversation.newest_start = max(firing, default=None)


def _remembered(conversation: Conversation) -> list[_Told]:
    # What an earlier version remembered has another form, and matters no longer.
    return [_Told(*one) for one in conversation.recent if len(one) == len(_Told._fields)]


def _newest_start(payload: Payload) -> float:
    return max((alert.starts_at.timestamp() for alert in payload.alerts if alert.starts_at), default=0.0)


def _is_near(told: _Told, now: datetime, seconds: float) -> bool:
    # Either way: a request that came a moment earlier may get the lock a moment later.
    return abs(now.timestamp() - told.at) <= seconds
