"""Leasing: what a claim takes is marked as being sent, each with its attempt, before any byte goes out.

On PostgreSQL one statement takes what still waits and what nobody else holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import F

from deliveries import database
from deliveries.models import Attempt, Delivery

Pair = tuple[Delivery, Attempt]


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` fences every later write; `sent_to` shows where the messages go."""

    token: uuid.UUID
    now: datetime
    until: datetime
    worker: str
    sent_to: str


def lease(taken: Sequence[Delivery], terms: Lease) -> list[Pair]:
    """What was taken, in its order, each with its attempt."""
    attempts = {attempt.delivery_id: attempt for attempt in _attempts(taken, terms)}
    pairs = [(delivery, attempts[delivery.pk]) for delivery in taken if delivery.pk in attempts]
    for delivery, attempt in pairs:
        delivery.state, delivery.lease_token, delivery.lease_until = Delivery.State.SENDING, terms.token, terms.until
        delivery.attempt_count = attempt.number
    return pairs


def _attempts(taken: Sequence[Delivery], terms: Lease) -> list[Attempt]:
    fields = {"worker": terms.worker, "started_at": terms.now, "sent_to": terms.sent_to}
    ids = [delivery.pk for delivery in taken]
    if connection.vendor != "postgresql":
        Delivery.objects.filter(pk__in=ids).update(
            state=Delivery.State.SENDING,
            lease_token=terms.token,
            lease_until=terms.until,
            attempt_count=F("attempt_count") + 1,
        )
        made = [Attempt(delivery=each, number=each.attempt_count + 1, **fields) for each in taken]
        return Attempt.objects.bulk_create(made)
    with database.prepared() as cursor:
        cursor.execute(_lease(), {"ids": ids, "token": terms.token, "until": terms.until} | fields)
        return [_saved(Attempt(pk=pk, delivery_id=to, number=number, **fields)) for pk, to, number in cursor.fetchall()]


def _saved(attempt: Attempt) -> Attempt:
    attempt._state.adding, attempt._state.db = False, connection.alias
    return attempt


@cache
def _lease() -> str:
    delivery, attempt = Delivery._meta.db_table, Attempt._meta.db_table
    given = ("delivery_id", "number", "worker", "started_at", "sent_to")
    # What a call brings is filled in when it is concluded.
    empty = [
        str(field.column) for field in Attempt._meta.concrete_fields if field.empty_strings_allowed and not field.null
        and field.column not in (*given, "id")
    ]  # fmt: skip
    return f"""
        WITH free AS (
            SELECT id FROM {delivery} WHERE id = ANY(%(ids)s::bigint[]) AND state IN ('waiting', 'held')
            FOR UPDATE SKIP LOCKED
        ), leased AS (
            UPDATE {delivery} AS d SET state = 'sending', lease_token = %(token)s, lease_until = %(until)s,
                attempt_count = attempt_count + 1
            FROM free WHERE d.id = free.id RETURNING d.id, d.attempt_count
        )
        INSERT INTO {attempt} ({", ".join((*given, *empty))})
        SELECT id, attempt_count, %(worker)s, %(started_at)s::timestamptz, %(sent_to)s{", ''" * len(empty)} FROM leased
        ORDER BY array_position(%(ids)s::bigint[], id)
        RETURNING id, delivery_id, number
    """  # noqa: S608 - the names are our models', the values parameters
