"""The trial: every alert's walk through the rules, and the messages that would be owed, rendered as sending does.

Nothing is stored and nothing is sent: the rows made here are never saved.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deliveries.accept import plan, telling
from deliveries.alertmanager import IncomingAlert
from deliveries.foresight.tryout.entry import Entry
from deliveries.models import Conversation, Delivery, Notification
from deliveries.send import stories
from routing.models import Target
from routing.rulebook import Book, Wording, Wordings
from routing.rules import explanation, silencing
from routing.rules.explanation import Line
from routing.rules.silencing import Quiet

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageTrial:
    """One message that would be owed; `body` is None if it cannot be rendered, `fault` is what its template met."""

    target_id: int
    target_name: str
    rule_name: str
    status: str
    severity: str
    positions: tuple[int, ...]
    body: dict[str, Any] | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class AlertTrial:
    """One alert. `quiet`: the silence that covers it, so that no rule is asked; `fates`: what becomes of it, in words."""

    position: int
    alert: IncomingAlert
    severity: str
    quiet: Quiet | None
    lines: tuple[Line, ...]
    fates: tuple[str, ...]
    target_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    alerts: tuple[AlertTrial, ...]
    messages: tuple[MessageTrial, ...]


def run(entry: Entry, book: Book, now: datetime, most_alerts: int = 50, most_messages: int = 20) -> Trial:
    """What `book` does with the entry at the moment `now`; the first `most_...` of each are worked out."""
    alerts = entry.payload.alerts
    severity_labels = book.severity_labels_of(entry.source_id)
    planned = plan.plan(
        alerts, book.routes, book.severity_words, {}, book.edited, book.quiets, severity_labels=severity_labels, now=now
    )
    fates: dict[int, list[plan.Fate]] = {}
    for fate in planned.fates:
        fates.setdefault(fate.position, []).append(fate)
    tried = tuple(
        _alert(position, alert, planned.severities[position], fates.get(position, []), book, now)
        for position, alert in enumerate(alerts[:most_alerts])
    )
    targets = Target.objects.select_related("server").in_bulk({message.target_id for message in planned.owed})
    messages = tuple(_message(message, entry, book, targets, now) for message in planned.owed[:most_messages])
    return Trial(tried, messages)


def worded(entry: Entry, wording: Wording, now: datetime) -> tuple[dict[str, Any], str]:
    """All alerts of the entry in one message of those words, for who writes them; and why they could not be used."""
    alerts = entry.payload.alerts
    status = "firing" if any(alert.status == "firing" for alert in alerts) else "resolved"
    owed = plan.Owed(0, "preview", 0, status, "critical", list(range(len(alerts))))
    notification = Notification(
        body=entry.body, content_type=entry.content_type, source_name=entry.source_name, received_at=now
    )
    delivery = telling.for_alerts(owed, notification, Conversation(), "preview", now)
    delivery.pk, delivery.rule_id, delivery.target_id = 0, 1, None
    faults: list[str] = []
    return stories.body_of(delivery, None, now, wordings=Wordings({1: wording}, {1: 1}, {}), faults=faults), _one(
        faults
    )


def _alert(
    position: int, alert: IncomingAlert, severity: str, fates: list[plan.Fate], book: Book, now: datetime
) -> AlertTrial:
    told = dict.fromkeys(book.targets[fate.owed.target_id] for fate in fates if fate.owed)
    return AlertTrial(
        position=position,
        alert=alert,
        severity=severity,
        quiet=silencing.covering(alert.labels, book.quiets, now),
        lines=explanation.walk(alert.labels, severity, book.routes, now),
        fates=tuple(fate.why for fate in fates if not fate.owed),
        target_names=tuple(told),
    )


def _message(
    message: plan.Owed, entry: Entry, book: Book, targets: Mapping[int, Target], now: datetime
) -> MessageTrial:
    notification = Notification(
        body=entry.body, content_type=entry.content_type, source_name=entry.source_name, received_at=now
    )
    name = book.targets[message.target_id]
    delivery = telling.for_alerts(message, notification, Conversation(), name, now)
    delivery.pk = 0
    faults: list[str] = []
    body = _body(delivery, targets.get(message.target_id), now, book.wordings, faults)
    return MessageTrial(
        target_id=message.target_id,
        target_name=name,
        rule_name=message.rule_name,
        status=message.status,
        severity=message.severity,
        positions=tuple(message.positions),
        body=body,
        fault=_one(faults),
    )


def _body(
    delivery: Delivery, target: Target | None, now: datetime, wordings: Wordings, faults: list[str]
) -> dict[str, Any] | None:
    try:
        return stories.body_of(delivery, target, now, wordings=wordings, faults=faults)
    except Exception:
        log.exception("A message that is only tried could not be rendered.")
        return None


def _one(faults: list[str]) -> str:
    return faults[0] if faults else ""
