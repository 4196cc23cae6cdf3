"""A history to report on: alerts that fire and are resolved, told to one target, at moments of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from deliveries.accept.ingest import Accepted
from deliveries.figures import report
from deliveries.figures.report import Report
from routing.models import Source, Target
from tests import factories

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)


def fire(source: Source, at: datetime, name: str = "DiskFull", **labels: str) -> Accepted:
    return _tell(source, at, factories.alert(name, starts_at=at.isoformat(), **labels))


def resolve(source: Source, at: datetime, name: str = "DiskFull", **labels: str) -> Accepted:
    began = (at - HOUR).isoformat()
    ended = factories.alert(name, status="resolved", starts_at=began, ends_at=at.isoformat(), **labels)
    return _tell(source, at, ended)


def flap(source: Source, at: datetime, times: int, name: str = "DiskFull") -> None:
    """It fires and is resolved ten minutes later, each half hour."""
    for each in range(times):
        fire(source, at + each * 30 * MINUTE, name)
        resolve(source, at + each * 30 * MINUTE + 10 * MINUTE, name)


def reported(days: int = 7, now: datetime = NOON, zone: Any = UTC) -> Report:
    return report.of(now, days, zone)


def told_to(*targets: Target) -> Source:
    """A source whose alerts all of these are told about."""
    factories.make_rule("everything", targets)
    return factories.make_source()


def _tell(source: Source, at: datetime, alert: dict[str, Any]) -> Accepted:
    return factories.accept(source, factories.payload(alert, group=alert["labels"]["alertname"]), at)
