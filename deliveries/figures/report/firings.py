"""How each firing went: when it began and ended by what was told of it, and when somebody said: I am at it.

What AlertHub keeps are tellings. A firing begins with a telling that says "firing" where the one before said something else,
and ends with the next one that says "resolved". One that burned before the report's time counts from its first telling in
it. Django's ORM has no window over a window, so this statement is written out, for both databases.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection

from deliveries.figures.report.values import HOURS, Course, Spread
from deliveries.models import Acknowledgement, Alert, Closing, Delivery, Notification, Occurrence

MOST = 50_000
"""Rows that are read, those of the most firings first: each is a name, a severity and a target with two lengths."""


Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class Counted:
    """Sums of which a `Course` is made."""

    firings: int = 0
    alerts: int = 0
    burning: int = 0
    acknowledged: int = 0
    to_acknowledge: Counter[int] = field(default_factory=Counter)
    to_resolve: Counter[int] = field(default_factory=Counter)

    def add(self, lasted: int | None, waited: int | None, firings: int, alerts: int) -> None:
        self.firings += firings
        self.alerts += alerts
        if lasted is None:
            self.burning += firings
        else:
            self.to_resolve[lasted] += firings
        if waited is not None:
            self.acknowledged += firings
            self.to_acknowledge[waited] += firings

    def course(self) -> Course:
        spreads = Spread.of(self.to_acknowledge), Spread.of(self.to_resolve)
        return Course(self.firings, self.alerts, self.burning, self.acknowledged, *spreads)


@dataclass(slots=True)
class Firings:
    """The same firings, counted by the name of the alert, by its severity, and by the target that was told first."""

    names: dict[str, Course]
    severities: dict[str, Course]
    targets: dict[int | None, Course]
    is_cut: bool


def count(since: datetime, until: datetime) -> Firings:
    """One statement."""
    names: defaultdict[str, Counted] = defaultdict(Counted)
    severities: defaultdict[str, Counted] = defaultdict(Counted)
    targets: defaultdict[int | None, Counted] = defaultdict(Counted)
    rows = list(_rows(since, until))
    for name, severity, target_id, *what in rows[:MOST]:
        for counted in (names[name], severities[severity], targets[target_id]):
            counted.add(*what)
    return Firings(_courses(names), _courses(severities), _courses(targets), is_cut=len(rows) > MOST)


def _courses(counted: Mapping[Key, Counted]) -> dict[Key, Course]:
    return {key: one.course() for key, one in counted.items()}


def _rows(since: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    begin, end = (connection.ops.adapt_datetimefield_value(each) for each in (since, until))
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[connection.vendor], [begin, end, MOST + 1])
        yield from cursor.fetchall()


def _postgresql(seconds: str) -> str:
    return f"width_bucket({seconds}, ARRAY[{', '.join(map(str, HOURS))}]::double precision[])"


def _sqlite(seconds: str) -> str:
    return " + ".join(f"({seconds} >= {bound})" for bound in HOURS)


_BETWEEN = {
    "postgresql": "EXTRACT(EPOCH FROM ({} - {}))::double precision",
    "sqlite": "((julianday({}) - julianday({})) * 86400.0)",
}
_BUCKET = {"postgresql": _postgresql, "sqlite": _sqlite}


def _statement(vendor: str) -> str:
    """The names in it are our models' columns; every value is a parameter."""
    between, bucket = _BETWEEN[vendor], _BUCKET[vendor]
    occurrence, notification, delivery, alert, acknowledgement, closing = (
        model._meta.db_table for model in (Occurrence, Notification, Delivery, Alert, Acknowledgement, Closing)
    )
    return f"""
        WITH told AS (
            SELECT o.alert_id, o.notification_id, o.delivery_id, o.status, n.received_at AS at,
                lag(o.status) OVER (PARTITION BY o.alert_id ORDER BY o.notification_id, o.id) AS earlier
            FROM {occurrence} o JOIN {notification} n ON n.id = o.notification_id
            WHERE n.received_at >= %s AND n.received_at < %s AND o.outcome NOT IN ('stale', 'late')
        ), turns AS (
            SELECT alert_id, delivery_id, status, at,
                lead(at) OVER (PARTITION BY alert_id ORDER BY notification_id) AS until,
                row_number() OVER (PARTITION BY alert_id ORDER BY notification_id) AS place
            FROM told WHERE earlier IS NULL OR earlier <> status
        ), ended AS (
            SELECT alert_id, delivery_id, at, place, COALESCE(until, (
                SELECT min(c.at) FROM {closing} c WHERE c.alert_id = turns.alert_id AND c.at >= turns.at
            )) AS until FROM turns WHERE status = 'firing'
        ), seen AS (
            SELECT alert_id, delivery_id, at, until, place, (
                SELECT min(k.at) FROM {acknowledgement} k
                WHERE k.alert_id = ended.alert_id AND k.at >= ended.at AND (ended.until IS NULL OR k.at <= ended.until)
            ) AS acknowledged_at FROM ended
        ), lengths AS (
            SELECT alert_id, delivery_id, place, {between.format("until", "at")} AS lasted,
                {between.format("acknowledged_at", "at")} AS waited FROM seen
        ), sorted AS (
            SELECT alert_id, delivery_id, place, {bucket("lasted")} AS lasted, {bucket("waited")} AS waited FROM lengths
        )
        SELECT a.name, a.severity, d.target_id, s.lasted, s.waited, count(*) AS firings,
            sum(CASE WHEN s.place <= 2 THEN 1 ELSE 0 END) AS alerts
        FROM sorted s JOIN {alert} a ON a.id = s.alert_id LEFT JOIN {delivery} d ON d.id = s.delivery_id
        GROUP BY a.name, a.severity, d.target_id, s.lasted, s.waited ORDER BY firings DESC LIMIT %s
    """  # noqa: S608


_STATEMENTS = {vendor: _statement(vendor) for vendor in _BETWEEN}
