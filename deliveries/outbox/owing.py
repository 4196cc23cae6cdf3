"""Owing: how a delivery comes to be, whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from deliveries.models import Conversation, Delivery, Notification, Occurrence
from deliveries.plan import Owed
from routing.models import Target


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
        positions=message.positions,
        **_due(now),
    )


def _due(now: datetime) -> dict[str, datetime]:
    expires_at = now + timedelta(seconds=settings.GIVE_UP_AFTER_SECONDS)
    return {"created_at": now, "next_attempt_at": now, "expires_at": expires_at}


def owe(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The one way to owe a message."""
    return Delivery.objects.bulk_create(deliveries)


def owe_test(target: Target, asked_by: str, now: datetime) -> Delivery:
    """A test message. It belongs to no conversation, so it waits for no other."""
    test = Delivery(
        kind=Delivery.Kind.TEST,
        target=target,
        target_name=target.name,
        title="Test message",
        asked_by=asked_by,
        **_due(now),
    )
    return owe([test])[0]


def owe_notice(target: Target, text: str, severity: str, now: datetime, title: str = "") -> Delivery:
    """AlertHub's own words to a room: `text` is shown as it is, save what could be markup."""
    notice = Delivery(
        kind=Delivery.Kind.NOTICE,
        target=target,
        target_name=target.name,
        severity=severity,
        title=(title or text)[:300],
        note=text,
        **_due(now),
    )
    return owe([notice])[0]


def owe_again(delivery: Delivery, asked_by: str, now: datetime, target: Target | None = None) -> Delivery:
    """A new delivery with what `delivery` carried, at the end of its conversation, to its target or another one.

    Raises ValueError when there is no target left to send to.
    """
    target = target or delivery.target
    if target is None:
        raise ValueError(f"The target {delivery.target_name} was deleted: name another one to send this to.")
    with transaction.atomic():
        seq = None
        if delivery.conversation_id is not None:
            conversation = Conversation.objects.select_for_update().get(pk=delivery.conversation_id)
            conversation.last_seq += 1
            conversation.save(update_fields=["last_seq"])
            seq = conversation.last_seq
        again = Delivery(
            kind=delivery.kind,
            notification_id=delivery.notification_id,
            conversation_id=delivery.conversation_id,
            seq=seq,
            target=target,
            target_name=target.name,
            rule_id=delivery.rule_id,
            rule_name=delivery.rule_name,
            status=delivery.status,
            severity=delivery.severity,
            title=delivery.title,
            positions=delivery.positions,
            resend_of=delivery,
            asked_by=asked_by,
            **_due(now),
        )
        owe([again])
        occurrences = list(delivery.occurrences.all())
        for occurrence in occurrences:
            occurrence.pk, occurrence.delivery = None, again
            occurrence.why = f"Sent again by {asked_by}, as {delivery} was: {occurrence.why}"
        Occurrence.objects.bulk_create(occurrences)
    return again
