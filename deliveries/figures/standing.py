"""How many alerts fire, messages are undelivered and silences are active: the figures beside the menu, on every page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Value

from deliveries.models import Alert, DeadLetter
from routing.models import Silence

MOST = 20_000
"""No figure is counted further, so that none costs more than a moment whatever the tables hold."""


def counted(names: Collection[str], now: datetime) -> dict[str, int]:
    """Those of "firing", "undelivered" and "silences" that are named; MOST + 1 for more than MOST. One statement."""
    wanted = [(name, rows) for name, rows in _rows(now).items() if name in names]
    if not wanted:
        return {}
    # Django can say neither several counts without a table nor, on SQLite, limits in a union.
    parts: list[str] = []
    values: list[Any] = []
    for _, rows in wanted:
        few, some = rows.order_by().values_list(Value(1))[: MOST + 1].query.sql_with_params()
        parts.append(f"(SELECT COUNT(*) FROM ({few}) AS few)")  # noqa: S608  Django's own statement
        values += some
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return dict(zip((name for name, _ in wanted), cursor.fetchone(), strict=True))


def _rows(now: datetime) -> dict[str, QuerySet[Any]]:
    return {
        "firing": Alert.objects.filter(status="firing"),
        "undelivered": DeadLetter.objects.all(),
        "silences": Silence.objects.active(now),
    }
