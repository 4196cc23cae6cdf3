"""From a plan to rows: the deliveries that are owed, and for each alert what became of it.

Ingest tells a notification when it comes, `waking` what was kept back. The conversation is locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from deliveries import outbox
from deliveries.accept.plan import KEPT_BACK, Owed, Plan
from deliveries.alertmanager import Payload
from deliveries.models import Alert, Conversation, Delivery, Notification, Occurrence
from routing.rulebook import Book

# When nobody knows until when something is kept back.
ASK_AGAIN = timedelta(days=7)


def tell(
    planned: Plan,
    notification: Notification,
    payload: Payload,
    conversation: Conversation,
    book: Book,
    alert_ids: Mapping[str, int],
    now: datetime,
    because: str = "",
) -> list[Delivery]:
    """Owe what is planned and write why, for every alert. `alert_ids` by fingerprint; `because` begins each reason.

    The conversation takes the new places, and is saved.
    """
    owed = [
        for_alerts(message, notification, conversation, book.targets[message.target_id], now)
        for message in planned.owed
    ]
    told_by = {id(message): owed[place] for place, message in enumerate(planned.owed)}
    occurrences = [
        Occurrence(
            alert_id=alert_ids[payload.alerts[fate.position].fingerprint],
            notification=notification,
            delivery=told_by[id(fate.owed)] if fate.owed else None,
            position=fate.position,
            status=payload.alerts[fate.position].status,
            outcome=fate.outcome,
            why=f"{because}{fate.why}",
            silence_id=fate.silence_id,
        )
        for fate in planned.fates
    ]
    outbox.owe_of(conversation, owed, occurrences)
    keep_back(planned, payload, alert_ids, now)
    return owed


def for_alerts(
    message: Owed, notification: Notification, conversation: Conversation, target_name: str, now: datetime
) -> Delivery:
    """The unsaved delivery of one planned message; takes its place in the conversation, whose row must be locked."""
    conversation.last_seq += 1
    return Delivery(
        notification=notification,
        conversation=conversation,
        seq=conversation.last_seq,
        target_id=message.target_id,
        target_name=target_name,
        rule_id=message.rule_id,
        rule_name=message.rule_name,
        status=message.status,
        severity=message.severity[:50],
        title=message.title,
        note=message.note,
        positions=message.positions,
        episode=conversation.episode,
        **outbox.due(now, message.severity),
    )


def keep_back(planned: Plan, payload: Payload, alert_ids: Mapping[str, int], now: datetime) -> None:
    """Note which alerts are kept back, why, and when to ask again."""
    kept: dict[int, tuple[datetime, str]] = {}
    for fate in planned.fates:
        if fate.outcome in KEPT_BACK:
            alert_id = alert_ids[payload.alerts[fate.position].fingerprint]
            until = fate.silent_until or now + ASK_AGAIN
            kept[alert_id] = min(kept.get(alert_id, (until, fate.outcome)), (until, fate.outcome))
    alike = defaultdict(list)
    for alert_id, reason in kept.items():
        alike[reason].append(alert_id)
    for (until, outcome), ids in alike.items():
        Alert.objects.filter(pk__in=ids).update(silent_until=until, kept_back=outcome)
