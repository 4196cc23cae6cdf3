"""A target's lane, locked, with its target and server: what every claim and every recording begins with."""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.models import Subquery

from deliveries import database
from deliveries.models import Lane
from deliveries.models.records import Rows
from routing.models import RocketChatServer, Rulebook, Target
from routing.rulebook.in_force import VERSION


def lock(target_id: int) -> tuple[Lane | None, int | None]:
    """The lane, locked until the transaction ends, None if there is none; and the version of the rules in force."""
    if connection.vendor != "postgresql":
        known = Lane.objects.annotate(version=Subquery(Rulebook.objects.values("version")[:1]))
        row = known.select_related("target__server").filter(pk=target_id).first()
        return (None, None) if row is None else (row, row.version)
    with database.prepared() as cursor:
        cursor.execute(_lock(), [target_id])
        found = cursor.fetchone()
    if found is None:
        return None, None
    version, *found = found
    lane, found = _LANE.row(found[: _LANE.count]), found[_LANE.count :]
    target, found = _TARGET.row(found[: _TARGET.count]), found[_TARGET.count :]
    target.server = _SERVER.row(found) if target.server_id is not None else None
    lane.target = target
    return lane, version


_LANE, _TARGET, _SERVER = Rows(Lane), Rows(Target), Rows(RocketChatServer)


@cache
def _lock() -> str:
    return f"""
        SELECT ({VERSION}), {_LANE.columns("lane")}, {_TARGET.columns("target")}, {_SERVER.columns("server")}
        FROM {Lane._meta.db_table} AS lane JOIN {Target._meta.db_table} AS target ON target.id = lane.target_id
        LEFT JOIN {RocketChatServer._meta.db_table} AS server ON server.id = target.server_id
        WHERE lane.target_id = %s FOR UPDATE OF lane
    """  # noqa: S608 - the names are our models', the value a parameter
