"""Waking: what was kept back is told when nothing keeps it back any more.

An alert that still fires when its silence ends must be heard of, and the sender will not repeat it for hours; so must a
firing that came after its own resolved, when that did not come again. What was resolved meanwhile is told only where
its firing was told. The message of what still fires says what kept it back, and since when it fires.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from deliveries import alertmanager, unavailable
from deliveries.accept import conversations, ended, endings, plan, telling
from deliveries.accept.plan import KEPT_BACK, KNOWN, LATE, SILENCED, STALE, Plan, Unsaid
from deliveries.alertmanager import Payload
from deliveries.models import Alert, Conversation, Notification, Occurrence
from routing import rulebook
from routing.rulebook import Book

log = logging.getLogger(__name__)

_AT_ONCE = 500  # alerts a round
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
_BECAUSE = "It was kept back until now. "
_NOT_AGAIN = "Its resolved did not come again. "


@dataclass(slots=True)
class Waker:
    """Asks again every time it looks, in each worker; when rules, windows or silences changed, about all that is kept back."""

    _version: int | None = None
    _about_all: bool = False
    _after: int = 0

    def look(self, now: datetime) -> None:
        version = rulebook.version_now()
        if version != self._version:
            self._version, self._about_all, self._after = version, True, 0
        self._after = wake(now, about_all=self._about_all, after=self._after)
        self._about_all = self._about_all and self._after != 0


def wake(now: datetime, *, about_all: bool = False, after: int = 0) -> int:
    """Ask again for alerts kept back until `now`, from the id `after` on; returns where to go on, 0 at the end.

    `about_all`: also for those whose time has not come, save what no rule keeps back. Returns after some hundred alerts.
    """
    kept = Alert.objects.filter(silent_until__isnull=False, pk__gt=after)
    kept = (
        kept.filter(Q(silent_until__lte=now) | ~Q(kept_back=LATE)) if about_all else kept.filter(silent_until__lte=now)
    )
    rows = kept.order_by("pk").values_list("pk", "told_in", "kept_back")[:_AT_ONCE]
    some: list[tuple[int, int | None, str]] = list(rows)
    if not some:
        return 0
    book = rulebook.current()
    together: dict[tuple[int | None, bool], list[int]] = defaultdict(list)
    for alert_id, told_in, kept_back in some:
        together[told_in, kept_back == LATE].append(alert_id)
    for (told_in, is_late), alert_ids in together.items():
        try:
            _wake(told_in, alert_ids, book, now, is_late=is_late)
        except Exception as error:
            unavailable.report(log, "What was kept back could not be told; it is tried again", error, f"N-{told_in}")
            _put_off(alert_ids, now)
    return some[-1][0] if len(some) == _AT_ONCE else 0


def _put_off(alert_ids: Collection[int], now: datetime) -> None:
    """Ask again later, each time after twice as long. The self-watch tells of it."""
    stuck = Alert.objects.filter(pk__in=alert_ids, silent_until__isnull=False)
    since = stuck.aggregate(since=Min("stuck_since"))["since"] or now
    pause = min(max(now - since, _FIRST_PAUSE), _LONGEST_PAUSE)
    stuck.update(silent_until=now + pause, stuck_since=since)


def _wake(told_in: int | None, alert_ids: Collection[int], book: Book, now: datetime, *, is_late: bool) -> None:
    """Tell what the notification with the id `told_in` told of these alerts, if it is still kept back."""
    with transaction.atomic():
        notification = Notification.objects.get(pk=told_in or 0)
        payload = alertmanager.read(bytes(notification.body), notification.content_type)
        conversation = _lock(notification, payload)
        # Under the lock: a newer telling, or another worker, may have said it meanwhile.
        kept = Alert.objects.filter(pk__in=alert_ids, told_in=notification, silent_until__isnull=False)
        rows = list(kept.values_list("fingerprint", "pk", "kept_back", "silent_until"))
        known = {fingerprint: pk for fingerprint, pk, kept_back, _ in rows if (kept_back == LATE) is is_late}
        if not known:
            return
        others = {p: Unsaid(STALE) for p, alert in enumerate(payload.alerts) if alert.fingerprint not in known}
        planned = _plan(notification, payload, known, others, book, now)
        planned = plan.without(planned, payload.alerts, _told_already(planned, payload, notification, known), "")
        before = {alert_id: kept_back for _, alert_id, kept_back, _ in rows}
        Alert.objects.filter(pk__in=known.values()).update(silent_until=None, kept_back="", stuck_since=None)
        telling.keep_back(planned, payload, known, now)
        told = _worth_telling(planned, payload, known, before)
        if not told.fates:
            return
        if is_late:
            conversations.begin_episode(conversation, payload, others, now)
        else:
            until = {fingerprint: (kept_back, at) for fingerprint, _, kept_back, at in rows if at is not None}
            _say_what_ended(told, payload, until, notification.received_at, book, now)
        because = _NOT_AGAIN if is_late else _BECAUSE
        telling.tell(told, notification, payload, conversation, book, known, now, because=because)


def _say_what_ended(
    told: Plan,
    payload: Payload,
    until: Mapping[str, tuple[str, datetime]],
    received_at: datetime,
    book: Book,
    now: datetime,
) -> None:
    """Changes the messages of the plan. `until`: fingerprint -> what kept an alert back, and until when."""
    routes = {route.rule_id: route for route in book.routes}
    for message in told.owed:
        alerts = [payload.alerts[position] for position in message.positions]
        firing = [alert for alert in alerts if alert.status == "firing"]
        causes = []
        for alert in firing:
            kept_back, at = until[alert.fingerprint]
            if kept_back == SILENCED:
                causes.append(ended.silence(alert.labels, book.quiets, received_at, now))
            else:
                moments = (ended.before(at, now), received_at)
                causes.append(ended.window(routes.get(message.rule_id), moments, now))
        message.note = ended.note(causes, firing, now)


def _lock(notification: Notification, payload: Payload) -> Conversation:
    if notification.conversation_id is None:
        return conversations.lock(notification.source_id, payload)[1]
    return Conversation.objects.select_for_update().get(pk=notification.conversation_id)


def _plan(
    notification: Notification,
    payload: Payload,
    known: Mapping[str, int],
    others: Mapping[int, Unsaid],
    book: Book,
    now: datetime,
) -> Plan:
    """For the alerts of `known` alone (fingerprint to id)."""
    planned = plan.plan(
        payload.alerts, book.routes, book.severity_words, others, book.edited, book.quiets,
        severity_labels=book.severity_labels_of(notification.source_id), now=now,
    )  # fmt: skip
    planned = replace(planned, fates=[fate for fate in planned.fates if fate.position not in others])
    resolved = {fate.position for fate in planned.fates if payload.alerts[fate.position].status == "resolved"}
    return endings.only_where_it_fires(planned, payload, known, resolved)


def _told_already(
    planned: Plan, payload: Payload, notification: Notification, known: Mapping[str, int]
) -> set[tuple[int, int]]:
    """(position, target) of what this very notification told: of two rules one was muted and the other one was not."""
    told = Occurrence.objects.filter(notification=notification).order_by()
    pairs = set(told.values_list("alert_id", "delivery__target_id"))
    return {
        (position, message.target_id)
        for message in planned.owed
        for position in message.positions
        if (known[payload.alerts[position].fingerprint], message.target_id) in pairs
    }


def _worth_telling(planned: Plan, payload: Payload, known: Mapping[str, int], before: Mapping[int, str]) -> Plan:
    """What is new: not what nobody must hear, nor what is kept back for the same reason as `before` (by alert id)."""
    fates = [
        fate
        for fate in planned.fates
        if fate.outcome != KNOWN
        and not (fate.outcome in KEPT_BACK and fate.outcome == before[known[payload.alerts[fate.position].fingerprint]])
    ]
    return replace(planned, fates=fates)
