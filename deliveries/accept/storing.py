"""The three statements of an accepted notification, whatever its alerts: lock its group, write what it tells, write what is owed.

On PostgreSQL each is one text for ever (docs/decisions/0030); on SQLite, where statements cost no round trip, the models'
own ways write the same rows. Inside ingest's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import Subquery

from deliveries import database
from deliveries.models import Alert, Conversation, Notification
from deliveries.models.alert import MAY_BE_OLDER, told_anew
from deliveries.models.compressed import pack
from deliveries.models.records import Records, Rows, document
from routing import rulebook
from routing.models import Rulebook
from routing.rulebook.in_force import VERSION

_GROUP = Rows(Conversation)


def lock(source_id: int, key: str) -> tuple[int | None, Conversation | None]:
    """The rulebook's version, and the group's row, locked until the transaction ends; None if there is none yet."""
    if connection.vendor != "postgresql":
        # SQLite locks as a whole.
        groups = Conversation.objects.annotate(version=Subquery(Rulebook.objects.values("version")[:1]))
        found = groups.filter(source=source_id, key=key).first()
        return (rulebook.version_now(), None) if found is None else (found.version, found)
    with database.prepared() as cursor:
        cursor.execute(_LOCK, [source_id, key])
        version, *values = cursor.fetchone() or (None, None)
    if values[0] is None:
        return version, None
    return version, _GROUP.row(values)


_LOCK = f"""
    SELECT book.version, {_GROUP.columns("known")} FROM (SELECT ({VERSION})) AS book(version) LEFT JOIN LATERAL (
        SELECT * FROM {Conversation._meta.db_table} WHERE source_id = %s AND key = %s FOR UPDATE
    ) AS known ON true
"""  # noqa: S608 - the names are our models', the values parameters


def tell(
    notification: Notification, alerts: Sequence[Alert], resolved_since: datetime
) -> tuple[dict[str, int], dict[str, Alert]]:
    """Write the notification, if it is new, and the newest telling of each alert: see `Alert.objects.upsert`."""
    if connection.vendor != "postgresql" or notification.pk is not None:
        notification.save()
        for alert in alerts:
            alert.told_in = notification
        return Alert.objects.upsert(alerts, resolved_since)
    record = document([_NOTIFICATION.of(notification)])
    told = document(_ALERT.of(alert) for alert in alerts)
    with database.prepared() as cursor:
        cursor.execute(_tell(), [pack(notification.body), record, told, resolved_since])
        rows = cursor.fetchall()
    notification.pk = rows[0][0]
    notification._state.adding, notification._state.db = False, connection.alias
    for alert in alerts:
        alert.told_in_id = notification.pk
    return Alert.objects.left_by({fingerprint: pk for _, fingerprint, pk in rows if pk is not None}, alerts)


_NOTIFICATION, _ALERT = Records(Notification, "body"), Records(Alert, "told_in")


@cache
def _tell() -> str:
    return f"""
        WITH told AS (
            INSERT INTO {_NOTIFICATION.table} (body, {_NOTIFICATION.columns})
            SELECT %s::bytea, {_NOTIFICATION.columns} FROM {_NOTIFICATION.rows} RETURNING id
        ), heard AS (
            INSERT INTO {_ALERT.table} AS known (told_in_id, {_ALERT.columns})
            SELECT told.id, {", ".join(f"r.{field.column}" for field in _ALERT.fields)} FROM told, {_ALERT.rows}
            {told_anew(MAY_BE_OLDER)} RETURNING fingerprint, id
        )
        SELECT told.id, heard.fingerprint, heard.id FROM told LEFT JOIN heard ON true
    """  # noqa: S608 - the names are our models', the values parameters
