"""The one way in: store the notification, decide, owe deliveries. One durable transaction, no network, no broker.

What cannot be read or decided is stored all the same and read again later; only a body that is no notification at
all is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error, IntegrityError, NotSupportedError, OperationalError, transaction

from deliveries import alertmanager, unavailable
from deliveries.accept import conversations, ended, endings, hearing, plan, telling
from deliveries.accept.hearing import Circumstances, Heard
from deliveries.alertmanager import Payload
from deliveries.models import Conversation, Delivery, Notification, Ruleset
from deliveries.unavailable import Why
from routing import rulebook
from routing.rulebook import Book

log = logging.getLogger(__name__)

# Deadlock, serialization failure, lock timeout; a prepared statement whose columns a migration changed, which is forgotten
# with the transaction: the whole of it is tried again.
_TRY_AGAIN = {"40P01", "40001", "55P03", "0A000"}


class Outdated(Exception):
    """The rules were changed: nothing was stored. Decide by those of now, and judge by them who may post."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An authenticated request as it came."""

    source_id: int
    source_name: str
    duplicate_window: int
    body: bytes
    content_type: str = ""
    sender: str = ""
    rules_may_be_old: bool = False
    """It was admitted by rules from memory."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was decided. `deliveries` is empty for a duplicate, and for alerts nobody is told about."""

    notification: Notification
    deliveries: Sequence[Delivery]
    fates: Sequence[plan.Fate]

    @property
    def target_ids(self) -> set[int]:
        return {delivery.target_id for delivery in self.deliveries if delivery.target_id is not None}


def accept(posted: Posted, book: Book, now: datetime) -> Accepted:
    """Store and decide by the rules of `book`; when this returns, the notification is durable.

    Raises alertmanager.Malformed for a body that is no notification, Outdated if the book holds no more, and
    django.db.Error when it cannot be stored.
    """
    payload = alertmanager.read(posted.body, posted.content_type)
    try:
        try:
            _remember_ruleset(book, now)
            return _with_retries(posted, payload, book, now)
        except IntegrityError:
            # A target or rule of this book was deleted meanwhile, or the database was put back: read all again.
            return _with_newer_rules(posted, payload, now)
    except Outdated:
        raise
    except Exception as error:
        if isinstance(error, Error) and unavailable.why(error) is not Why.MISTAKE:
            # The database cannot be used: it would not store it unread either.
            raise
        # Odd content must never block acceptance: keep it, tell people, read it again after an upgrade.
        accepted = _store_unread(posted, payload, now)
        about = f"source {posted.source_name}"
        unavailable.report(log, "A notification could not be routed; it is stored unread", error, about)
        return accepted


def reread(notification: Notification, now: datetime) -> Accepted:
    """Route a notification that could not be routed when it came. Raises what `accept` would have caught."""
    payload = alertmanager.read(bytes(notification.body), notification.content_type)
    book = rulebook.current()
    _remember_ruleset(book, now)
    with transaction.atomic():
        kept = Notification.objects.select_for_update().get(pk=notification.pk)
        if kept.state != Notification.State.UNREAD:
            return Accepted(kept, [], [])
        window = kept.source.duplicate_window if kept.source else 0
        _, conversation = conversations.lock(kept.source_id, payload)
        return _decide(kept, payload, book, conversation, window, now, was_unread=True)


def _with_newer_rules(posted: Posted, payload: Payload, now: datetime) -> Accepted:
    forget()
    book = rulebook.current()
    _remember_ruleset(book, now)
    return _with_retries(posted, payload, book, now)


def _with_retries(posted: Posted, payload: Payload, book: Book, now: datetime, tries: int = 3) -> Accepted:
    for last in (*[False] * (tries - 1), True):
        try:
            with transaction.atomic(durable=True):
                return _store(posted, payload, book, now)
        except (OperationalError, NotSupportedError) as error:
            if last or getattr(error.__cause__, "sqlstate", None) not in _TRY_AGAIN:
                raise
    raise AssertionError("unreachable")


def _store(posted: Posted, payload: Payload, book: Book, now: datetime) -> Accepted:
    notification = _notification(posted, payload, now)
    version, conversation = conversations.lock(notification.source_id, payload)
    if posted.rules_may_be_old and version != book.version:
        raise Outdated
    return _decide(notification, payload, book, conversation, posted.duplicate_window, now)


def _decide(
    notification: Notification,
    payload: Payload,
    book: Book,
    conversation: Conversation,
    window: int,
    now: datetime,
    *,
    was_unread: bool = False,
) -> Accepted:
    """A duplicate, or owed to those whom the rules name. Saves the notification; `window` in seconds."""
    notification.conversation = conversation
    state = alertmanager.state_of(payload)
    twin = conversations.twin(conversation, payload, state, notification.received_at, window)
    known: set[str] = set()
    if twin is not None:
        # A duplicate is one of the group's last state: what changed since and is told again may be news.
        known = set() if twin.is_last else hearing.unchanged(notification.source_id, payload)
        if twin.is_last or known.issuperset(alert.fingerprint for alert in payload.alerts):
            if not twin.is_last:
                hearing.take_newer_starts(notification.source_id, payload)
            notification.state, notification.duplicate_of_id = Notification.State.DUPLICATE, twin.notification_id
            notification.save()
            return Accepted(notification, [], [])
    notification.state, notification.ruleset_id = Notification.State.ROUTED, book.digest
    begins = conversations.begins(conversation, payload, notification.received_at)
    about = Circumstances(timedelta(seconds=window), begins, was_unread, now)
    heard = hearing.hear(notification, payload, book, known, about)
    if heard.is_whole:
        conversations.remember(conversation, notification, payload, state, now, window)
    else:
        conversations.remember_in_part(conversation, notification, now, window)
    return _owe(notification, payload, book, conversation, heard, now)


def _owe(
    notification: Notification, payload: Payload, book: Book, conversation: Conversation, heard: Heard, now: datetime
) -> Accepted:
    unsaid = heard.unsaid
    conversations.begin_episode(conversation, payload, unsaid, now)
    planned = plan.plan(
        payload.alerts, book.routes, book.severity_words, unsaid, book.edited, book.quiets,
        severity_labels=book.severity_labels_of(notification.source_id), now=notification.received_at,
    )  # fmt: skip
    if heard.ended_again:
        planned = endings.only_where_it_fires(planned, payload, heard.ids, heard.ended_again)
    for message in planned.owed:
        message.note = ended.unread(notification.received_at, now)
    owed = telling.tell(planned, notification, payload, conversation, book, heard.ids, now)
    return Accepted(notification, owed, planned.fates)


def _notification(posted: Posted, payload: Payload, now: datetime) -> Notification:
    return Notification(
        source_id=posted.source_id,
        source_name=posted.source_name,
        received_at=now,
        body=posted.body,
        content_type=posted.content_type[:100],
        sender=posted.sender[:200],
        status=payload.status,
        receiver=payload.receiver[:500],
        group_key=payload.group_key,
        reason=payload.notification_reason[:60],
        alert_count=len(payload.alerts),
        truncated_alerts=payload.truncated_alerts,
        flags=list(payload.flags),
    )


def _store_unread(posted: Posted, payload: Payload, now: datetime) -> Accepted:
    notification = _notification(posted, payload, now)
    notification.state = Notification.State.UNREAD
    with transaction.atomic(durable=True):
        notification.save()
    return Accepted(notification, [], [])


_rulesets_kept: set[str] = set()


def _remember_ruleset(book: Book, now: datetime) -> None:
    """Keep the rules as they are now, once for each state of them."""
    if book.digest in _rulesets_kept:
        return
    if not Ruleset.objects.filter(digest=book.digest).exists():
        Ruleset.objects.bulk_create(
            [Ruleset(digest=book.digest, content=book.content, first_used_at=now)], ignore_conflicts=True
        )
    _rulesets_kept.add(book.digest)


def forget() -> None:
    """Drop what is kept in memory: the rows may no longer be there."""
    _rulesets_kept.clear()
