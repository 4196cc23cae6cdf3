"""Owing: how a delivery comes to be, whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from deliveries import database
from deliveries.models import Conversation, Delivery, Occurrence
from deliveries.models.records import Records, document
from routing.models import Target


def due(now: datetime, severity: str) -> dict[str, datetime]:
    """The times of a delivery owed now: what it tells is worth something for so long, by its severity."""
    after = settings.EXPIRE_AFTER_SECONDS
    expires_at = now + timedelta(seconds=after.get(severity, after["other"]))
    return {"created_at": now, "next_attempt_at": now, "expires_at": expires_at}


def owe(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The one way to owe a message."""
    return Delivery.objects.bulk_create(deliveries)


def owe_of(conversation: Conversation, deliveries: Sequence[Delivery], occurrences: Sequence[Occurrence]) -> None:
    """Owe what one group's notification tells, write what became of its alerts, and save the group's row, which is locked.

    `occurrences` name their deliveries. On PostgreSQL it is one statement, whatever their number.
    """
    if connection.vendor != "postgresql":
        owe(deliveries)
        for occurrence in occurrences:
            occurrence.delivery = occurrence.delivery  # it has an id now
        Occurrence.objects.bulk_create(occurrences)
        conversation.save(update_fields=_PLACES)
        return
    saved = document([_CONVERSATION.of(conversation, id=conversation.pk)])
    owed = document(_DELIVERY.of(delivery) for delivery in deliveries)
    told = document(
        _OCCURRENCE.of(occurrence, seq=occurrence.delivery.seq if occurrence.delivery else None, place=place)
        for place, occurrence in enumerate(occurrences)
    )
    with database.prepared() as cursor:
        cursor.execute(_owe_of(), [saved, owed, told])
        ids = {seq: pk for pk, seq in cursor.fetchall()}
    for delivery in deliveries:
        delivery.pk = ids[delivery.seq]
        delivery._state.adding, delivery._state.db = False, connection.alias


_PLACES = ("last_seq", "episode", "newest_start", "recent")
_CONVERSATION = Records.only(Conversation, *_PLACES)
_DELIVERY, _OCCURRENCE = Records(Delivery), Records(Occurrence, "delivery", seq="bigint", place="integer")


@cache
def _owe_of() -> str:
    # The places of a conversation are its own: they name the deliveries before these have ids.
    return f"""
        WITH saved AS (
            UPDATE {_CONVERSATION.table} AS c SET {", ".join(f"{name} = r.{name}" for name in _PLACES)}
            FROM {_CONVERSATION.rows} WHERE c.id = r.id
        ), owed AS (
            INSERT INTO {_DELIVERY.table} ({_DELIVERY.columns})
            SELECT {_DELIVERY.columns} FROM {_DELIVERY.rows} RETURNING id, seq
        ), told AS (
            INSERT INTO {_OCCURRENCE.table} (delivery_id, {_OCCURRENCE.columns})
            SELECT owed.id, {_OCCURRENCE.columns} FROM {_OCCURRENCE.rows} LEFT JOIN owed USING (seq) ORDER BY place
        )
        SELECT id, seq FROM owed
    """  # noqa: S608 - the names are our models', the values parameters


def owe_test(target: Target, asked_by: str, now: datetime) -> Delivery:
    """A test message. It belongs to no conversation, so it waits for no other."""
    test = Delivery(
        kind=Delivery.Kind.TEST,
        target=target,
        target_name=target.name,
        title="Test message",
        asked_by=asked_by,
        **due(now, ""),
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
        **due(now, severity),
    )
    return owe([notice])[0]


def owe_copies(
    originals: Sequence[tuple[Delivery, Target]], now: datetime, *, why: str, asked_by: str = "", note: str = ""
) -> list[Delivery]:
    """New deliveries with what the originals carry, in their order, each at the end of its conversation, to the target
    named beside it. `why` begins the reason of each alert in it; {} is the original. Statements do not depend on how many.
    """
    with transaction.atomic():
        places = _places([original for original, _ in originals])
        copies = owe(
            [
                _copy(original, target, places.get(original.pk), note=note, asked_by=asked_by, now=now)
                for original, target in originals
            ]
        )
        made: dict[Any, Delivery] = {copy.resend_of_id: copy for copy in copies}
        names = {original.pk: str(original) for original, _ in originals}
        occurrences = list(Occurrence.objects.filter(delivery_id__in=made).order_by("id"))
        for occurrence in occurrences:
            original_id: Any = occurrence.delivery_id
            occurrence.pk, occurrence.delivery = None, made[original_id]
            occurrence.why = f"{why.format(names[original_id])}: {occurrence.why}"
        Occurrence.objects.bulk_create(occurrences)
    return copies


def _places(originals: Sequence[Delivery]) -> dict[int, int]:
    """original -> the next place in its conversation, if it has one. The conversations are locked in one order."""
    ids: set[Any] = {original.conversation_id for original in originals}
    locked = Conversation.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    conversations: dict[Any, Conversation] = {conversation.pk: conversation for conversation in locked}
    places: dict[int, int] = {}
    for original in originals:
        if (conversation := conversations.get(original.conversation_id)) is not None:
            conversation.last_seq += 1
            places[original.pk] = conversation.last_seq
    Conversation.objects.bulk_update(conversations.values(), ["last_seq"])
    return places


def _note(original: Delivery, note: str) -> str:
    """What ended when alerts were told at last is said again by a copy for a stand-in, and not when a person sends them again."""
    of_its_time = original.kind == Delivery.Kind.ALERT and original.resend_of_id is None
    return " ".join(part for part in (note, "" if of_its_time and not note else original.note) if part)


def _copy(
    original: Delivery, target: Target, place: int | None, *, note: str, asked_by: str, now: datetime
) -> Delivery:
    return Delivery(
        kind=original.kind,
        notification_id=original.notification_id,
        conversation_id=original.conversation_id,
        seq=place,
        episode=original.episode,
        target=target,
        target_name=target.name,
        rule_id=original.rule_id,
        rule_name=original.rule_name,
        status=original.status,
        severity=original.severity,
        title=original.title,
        positions=original.positions,
        resend_of=original,
        asked_by=asked_by,
        note=_note(original, note),
        **due(now, original.severity),
    )
