"""Concluding: what came of a claim as it is written, for each delivery and its attempt, and the lane.

On PostgreSQL one statement writes all of it (docs/decisions/0030); on SQLite deliveries that change alike share one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F

from deliveries import database
from deliveries.models import Attempt, Delivery, Lane
from deliveries.models.records import Records, document
from deliveries.outbox.values import NO_LEASE, Claim


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a delivery that nobody holds any more. The numbers are added; what is None stays as it is."""

    state: str
    reason: str | None = None
    explanation: str | None = None
    tries: int = 0
    unknown_count: int = 0
    next_attempt_at: datetime | None = None
    ended_at: datetime | None = None
    plain: bool | None = None
    alone: bool | None = None
    in_doubt: bool | None = None
    message_id: str | None = None
    refused_after: int | None = None


_ADDED = ("tries", "unknown_count")
CONCLUSION = (
    "started_at",
    "duration_ms",
    "outcome",
    "reason",
    "status_code",
    "answer",
    "error",
    "sent",
    "message_id",
    "template_fault",
)
"""The fields of an attempt that are filled in once."""


def lock(claim: Claim) -> set[int]:
    """The claimed deliveries that nobody took back meanwhile; locked until the transaction ends."""
    ids = [delivery.pk for delivery, _ in claim.pairs]
    if connection.vendor != "postgresql":
        mine = Delivery.objects.filter(pk__in=ids, lease_token=claim.token, state=Delivery.State.SENDING)
        return set(mine.values_list("pk", flat=True))
    with database.prepared() as cursor:
        cursor.execute(_LOCK, [ids, claim.token])
        return {pk for (pk,) in cursor.fetchall()}


_LOCK = f"""
    SELECT id FROM {Delivery._meta.db_table} WHERE id = ANY(%s::bigint[]) AND lease_token = %s AND state = 'sending'
    FOR UPDATE
"""  # noqa: S608 - the name is our model's, the values parameters


def write(changes: Mapping[int, Change], attempts: Sequence[Attempt], lane: Lane | None) -> None:
    """`changes` by delivery, which are locked. Attempts that are concluded keep what they have."""
    if connection.vendor != "postgresql":
        _write_by_the_models(changes, attempts, lane)
        return
    changed = [{name: getattr(change, name) for name in _NAMES} | {"id": pk} for pk, change in changes.items()]
    concluded = (_ATTEMPT.of(attempt, id=attempt.pk) for attempt in attempts)
    standing = [] if lane is None else [_LANE.of(lane)]
    with database.prepared() as cursor:
        cursor.execute(_write(), [document(changed), document(concluded), document(standing)])


def _write_by_the_models(changes: Mapping[int, Change], attempts: Sequence[Attempt], lane: Lane | None) -> None:
    Attempt.objects.conclude(attempts, CONCLUSION)
    if lane is not None:
        lane.save()
    alike: dict[Change, list[int]] = defaultdict(list)
    for pk, change in changes.items():
        alike[change].append(pk)
    for change, ids in alike.items():
        given: dict[str, Any] = {name: getattr(change, name) for name in _NAMES if name not in _ADDED}
        added = {name: F(name) + getattr(change, name) for name in _ADDED if getattr(change, name)}
        kept = {name: value for name, value in given.items() if value is not None}
        Delivery.objects.filter(pk__in=ids).update(**kept, **added, **NO_LEASE)


_NAMES = tuple(field.name for field in fields(Change))
_DELIVERY, _ATTEMPT = Records.only(Delivery, *_NAMES), Records.only(Attempt, *CONCLUSION)
_LANE = Records(Lane)


@cache
def _write() -> str:
    added = [f"{name} = d.{name} + r.{name}" for name in _ADDED]
    given = [f"{name} = COALESCE(r.{name}, d.{name})" for name in _NAMES if name not in _ADDED]
    lane = [str(field.column) for field in _LANE.fields if not field.primary_key]
    return f"""
        WITH changed AS (
            UPDATE {_DELIVERY.table} AS d SET {", ".join((*given, *added))}, lease_token = NULL, lease_until = NULL
            FROM {_DELIVERY.rows} WHERE d.id = r.id
        ), concluded AS (
            UPDATE {_ATTEMPT.table} AS a SET {", ".join(f"{name} = r.{name}" for name in CONCLUSION)}
            FROM {_ATTEMPT.rows} WHERE a.id = r.id AND a.outcome = ''
        )
        UPDATE {_LANE.table} AS l SET {", ".join(f"{name} = r.{name}" for name in lane)}
        FROM {_LANE.rows} WHERE l.target_id = r.target_id
    """  # noqa: S608 - the names are our models', the values parameters
