"""What waits for a target, as a claim finds it: one look that locks nothing.

On PostgreSQL it is one statement (docs/decisions/0030), on SQLite the same by the models; `leasing` takes only what still
waits by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection

from deliveries import database
from deliveries.models import Delivery, Notification
from deliveries.models.compressed import unpack
from deliveries.models.records import Rows
from deliveries.outbox import heads

MOST = 64
"""Heads of each sort that a look finds, the longest due first."""


@dataclass(frozen=True, slots=True)
class Queue:
    """`batches` are under way; so many alerts are `due`, if they are fewer than were asked for; the heads that were never
    tried and, if these are fewer than MOST, those that were."""

    batches: int
    due: int
    fresh: list[Delivery]
    tried: list[Delivery]


def look(target_id: int, now: datetime, count_to: int = 0) -> Queue:
    """The notifications come along, their bodies only if they are small. `count_to`: how far what is due is counted."""
    if connection.vendor != "postgresql":
        return _by_the_models(target_id, now, count_to)
    with database.prepared() as cursor:
        cursor.execute(_look(), {"target": target_id, "now": now, "count_to": count_to})
        found = cursor.fetchall()
    batches, due = found[0][:2]
    queue = Queue(batches, due, [], [])
    for _, _, was_tried, body, *values in found:
        if was_tried is None:
            continue
        delivery = _DELIVERY.row(values[: _DELIVERY.count])
        if delivery.notification_id is not None:
            delivery.notification = _NOTIFICATION.row(values[_DELIVERY.count :])
            if body is not None:
                delivery.notification.body = unpack(body)
        (queue.tried if was_tried else queue.fresh).append(delivery)
    return queue


def _by_the_models(target_id: int, now: datetime, count_to: int) -> Queue:
    sending = Delivery.objects.filter(target_id=target_id, state=Delivery.State.SENDING, lease_until__gt=now)
    due = Delivery.objects.due(now).filter(target_id=target_id, kind=Delivery.Kind.ALERT).order_by()
    found = heads.of(target_id, now)
    fresh = list(found.filter(attempt_count=0)[:MOST])
    return Queue(
        sending.order_by().values("lease_token").distinct().count(),
        due[:count_to].count() if count_to else 0,
        fresh,
        list(found.filter(attempt_count__gt=0)[:MOST]) if len(fresh) < MOST else [],
    )


_DELIVERY, _NOTIFICATION = Rows(Delivery), Rows(Notification, "body")
_SMALL_BODY = 8 * 1024

# COALESCE says nothing to the planner of how few rows are heads: so it walks the index and stops at the limit. A bare
# comparison it believes to hold for hardly any row, and it sorts the whole backlog for each batch.
_HEADS = """
    SELECT d.* FROM {delivery} AS d
    WHERE d.target_id = %(target)s AND d.state = 'waiting' AND d.next_attempt_at <= %(now)s AND {sort} AND COALESCE(
        d.seq = (
            SELECT o.seq FROM {delivery} AS o
            WHERE o.conversation_id = d.conversation_id AND o.target_id = d.target_id AND o.ended_at IS NULL
            ORDER BY o.seq LIMIT 1
        ),
        true
    )
    ORDER BY d.next_attempt_at, d.id LIMIT {most}
"""


@cache
def _look() -> str:
    table = Delivery._meta.db_table
    fresh = _HEADS.format(delivery=table, sort="d.attempt_count = 0", most=MOST)
    # Behind a storm of fresh ones nobody looks: it would be walked for each batch.
    behind = f"d.attempt_count > 0 AND (SELECT count(*) FROM fresh) < {MOST}"  # noqa: S608
    tried = _HEADS.format(delivery=table, sort=behind, most=MOST)
    return f"""
        WITH fresh AS MATERIALIZED ({fresh})
        SELECT under_way.batches, owed.due, d.was_tried,
            CASE WHEN octet_length(n.body) <= {_SMALL_BODY} THEN n.body END,
            {_DELIVERY.columns("d")}, {_NOTIFICATION.columns("n")}
        FROM (
            SELECT count(DISTINCT lease_token) AS batches FROM {table}
            WHERE target_id = %(target)s AND state = 'sending' AND lease_until > %(now)s
        ) AS under_way CROSS JOIN (
            SELECT count(*) AS due FROM (
                SELECT 1 FROM {table} WHERE target_id = %(target)s AND state = 'waiting' AND next_attempt_at <= %(now)s
                AND kind = 'alert' LIMIT %(count_to)s
            ) AS counted
        ) AS owed LEFT JOIN (
            SELECT false AS was_tried, fresh.* FROM fresh
            UNION ALL SELECT true, tried.* FROM ({tried}) AS tried
        ) AS d ON true LEFT JOIN {Notification._meta.db_table} AS n ON n.id = d.notification_id
        ORDER BY d.was_tried, d.next_attempt_at, d.id
    """  # noqa: S608 - the names are our models', the values parameters
