"""Waking: what a silence or a time window kept back is told when nothing keeps it back any more.

An alert that still fires when its silence ends must be heard of, and the sender will not repeat it for hours. One that
was resolved meanwhile is told only where its firing was told.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from deliveries import alertmanager, plan, telling
from deliveries.alertmanager import Payload
from deliveries.models import Alert, Conversation, Notification, Occurrence
from deliveries.plan import MUTED, OWED, SILENCED, Plan
from routing import rulebook
from routing.rulebook import Book

log = logging.getLogger(__name__)

_AT_ONCE = 500  # alerts a round
_BECAUSE = "It was kept back until now. "


class Waker:
    """Asks again every time it looks, in each worker; when rules, windows or silences changed, about all that is kept back."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._about_all = False
        self._after = 0

    def look(self, now: datetime) -> None:
        version = rulebook.version_now()
        if version != self._version:
            self._version, self._about_all, self._after = version, True, 0
        self._after = wake(now, about_all=self._about_all, after=self._after)
        self._about_all = self._about_all and self._after != 0


def wake(now: datetime, *, about_all: bool = False, after: int = 0) -> int:
    """Ask again for alerts kept back until `now`, from the id `after` on; returns where to go on, 0 at the end.

    `about_all`: also for those whose time has not come. Returns after some hundred alerts.
    """
    kept = Alert.objects.filter(silent_until__isnull=False, pk__gt=after)
    if not about_all:
        kept = kept.filter(silent_until__lte=now)
    some = list(kept.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    if not some:
        return 0
    book = rulebook.current()
    for notification_id, alert_ids in _by_notification(some).items():
        try:
            _wake(notification_id, alert_ids, book, now)
        except Exception:
            log.exception("What N-%s kept back could not be told; it is tried again.", notification_id)
    return some[-1] if len(some) == _AT_ONCE else 0


def _by_notification(alert_ids: Collection[int]) -> dict[int, set[int]]:
    """The notification that kept each of them back last."""
    rows = Occurrence.objects.filter(alert_id__in=alert_ids, outcome__in=(SILENCED, MUTED)).order_by("id")
    newest: dict[int, int] = dict(rows.values_list("alert_id", "notification_id"))
    found: dict[int, set[int]] = {}
    for alert_id, notification_id in newest.items():
        found.setdefault(notification_id, set()).add(alert_id)
    return found


def _wake(notification_id: int, alert_ids: Collection[int], book: Book, now: datetime) -> None:
    with transaction.atomic():
        notification = Notification.objects.get(pk=notification_id)
        if notification.conversation_id is None:
            return
        conversation = Conversation.objects.select_for_update().get(pk=notification.conversation_id)
        # Under the lock: a newer telling, or another worker, may have said it meanwhile.
        kept = Alert.objects.filter(pk__in=alert_ids, silent_until__isnull=False)
        known = dict(kept.values_list("fingerprint", "pk"))
        if not known:
            return
        payload = alertmanager.read(bytes(notification.body), notification.content_type)
        planned = _plan(notification, payload, known, book, now)
        kept.update(silent_until=None)
        # What is kept back still is known already: no new line in the trail.
        telling.keep_back(planned, payload, known, now)
        told = _worth_telling(planned, payload, known)
        if told.fates:
            telling.tell(told, notification, payload, conversation, book, known, now, because=_BECAUSE)
            conversation.save(update_fields=["last_seq"])


def _plan(notification: Notification, payload: Payload, known: Mapping[str, int], book: Book, now: datetime) -> Plan:
    """For the alerts of `known` alone (fingerprint to id)."""
    others = {position: "" for position, alert in enumerate(payload.alerts) if alert.fingerprint[:64] not in known}
    planned = plan.plan(
        payload.alerts, book.routes, book.aliases, others, book.edited, book.quiets,
        severity_labels=book.severity_labels_of(notification.source_id), now=now,
    )  # fmt: skip
    return Plan(planned.severities, planned.owed, [fate for fate in planned.fates if fate.position not in others])


def _worth_telling(planned: Plan, payload: Payload, known: Mapping[str, int]) -> Plan:
    """What was not told before: what still fires, and the resolved whose firing the target saw."""
    resolved = {
        known[payload.alerts[fate.position].fingerprint[:64]]
        for fate in planned.fates
        if fate.owed and payload.alerts[fate.position].status == "resolved"
    }
    burning = _told_as_firing(resolved)
    fates, owed = [], []
    for message in planned.owed:
        message.positions[:] = [
            position
            for position in message.positions
            if payload.alerts[position].status == "firing"
            or (known[payload.alerts[position].fingerprint[:64]], message.target_id) in burning
        ]
        if message.positions:
            message.title = plan.title_of(payload.alerts[position].name for position in message.positions)
            owed.append(message)
    for fate in planned.fates:
        if fate.outcome in (SILENCED, MUTED) or (fate.owed and fate.position not in fate.owed.positions):
            continue
        fates.append(fate)
    return Plan(planned.severities, owed, fates)


def _told_as_firing(alert_ids: Collection[int]) -> set[tuple[int, int]]:
    """(alert, target) where the last that the target was told of the alert is that it fires."""
    rows: Sequence[tuple[int, int | None, str]] = list(
        Occurrence.objects.filter(alert_id__in=alert_ids, outcome=OWED)
        .order_by("id")
        .values_list("alert_id", "delivery__target_id", "status")
    )
    last = {(alert_id, target_id): status for alert_id, target_id, status in rows if target_id is not None}
    return {key for key, status in last.items() if status == "firing"}
