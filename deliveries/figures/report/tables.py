"""The parts of a report as tables for a spreadsheet: a heading and rows, moments and numbers as they are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from deliveries.figures.report.values import Course, Report

_COURSE = (
    "firings", "alerts", "burning", "acknowledged",
    "acknowledged_after_median", "acknowledged_after_p90", "resolved_after_median", "resolved_after_p90",
)  # fmt: skip
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "alerts": ("alert", "told", "at_night", "rooms", *_COURSE),
    "rules": ("rule_id", "rule", "told", "at_night", "is_fallback"),
    "severities": ("severity", *_COURSE),
    "targets": ("target_id", "target", "delivered", "undelivered", "pending", "p95", *_COURSE),
    "silences": ("silence", "author", "comment", "matchers", "hours", "kept_back", "ends_at", "is_active"),
}


def rows(report: Report, part: str) -> Iterable[tuple[Any, ...]]:
    """Of a part that COLUMNS names, in their order. Lengths are seconds."""
    return _ROWS[part](report)


def _alerts(report: Report) -> Iterable[tuple[Any, ...]]:
    return ((one.name, one.told, one.at_night, one.rooms, *_course(one.course)) for one in report.names)


def _rules(report: Report) -> Iterable[tuple[Any, ...]]:
    return ((one.rule_id, one.name, one.told, one.at_night, one.is_fallback) for one in report.rules)


def _severities(report: Report) -> Iterable[tuple[Any, ...]]:
    return ((one.severity, *_course(one.course)) for one in report.severities)


def _targets(report: Report) -> Iterable[tuple[Any, ...]]:
    return (
        (one.target_id, one.name, one.delivered, one.undelivered, one.pending, _whole(one.p95), *_course(one.course))
        for one in report.targets
    )


def _silences(report: Report) -> Iterable[tuple[Any, ...]]:
    return (
        (f"S-{one.silence_id}", one.author, one.comment, one.matchers, one.hours, one.kept_back,
         one.ends_at.isoformat(), one.is_active)
        for one in report.silences
    )  # fmt: skip


def _course(course: Course) -> tuple[Any, ...]:
    lengths = (
        course.to_acknowledge.median,
        course.to_acknowledge.p90,
        course.to_resolve.median,
        course.to_resolve.p90,
    )
    return course.firings, course.alerts, course.burning, course.acknowledged, *map(_whole, lengths)


def _whole(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


_ROWS: Mapping[str, Callable[[Report], Iterable[tuple[Any, ...]]]] = {
    "alerts": _alerts,
    "rules": _rules,
    "severities": _severities,
    "targets": _targets,
    "silences": _silences,
}
