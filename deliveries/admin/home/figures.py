"""The figures of the first page: tiles, charts of 24 hours, and how each target does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from deliveries.admin import chart, lane
from deliveries.admin.chart import Series
from deliveries.admin.home.addresses import deliveries
from deliveries.figures import counts
from deliveries.figures.counts import Came, Pending
from deliveries.figures.day import Day, Span
from deliveries.figures.percentiles import percentile
from deliveries.figures.percentiles import shown as told
from deliveries.models import Lane, carried

_TARGETS_SHOWN = 30
_SEVERITIES = (
    Series("critical", "critical", "red"),
    Series("warning", "warning", "orange"),
    Series("info", "info", "blue"),
    Series("other", "other", "plain"),
)
_OUTCOMES = (
    Series("delivered", "delivered", "green"),
    Series("merged", "with another message", "blue"),
    Series("open", "pending or held", "orange"),
    Series("bad", "rejected or expired", "red"),
    Series("cancelled", "cancelled", "plain"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the last hour and of the last day, each leading to its rows."""

    label: str
    hour: Any
    day: Any
    hour_link: str = ""
    day_link: str = ""
    tone: str = ""


def shown(day: Day, came: Came, pending: Pending, lanes: Sequence[Lane], now: datetime) -> dict[str, Any]:
    """`lanes` come with their targets."""
    return {
        "tiles": list(_tiles(day, came, pending)),
        "times": [
            (
                f"p{round(share * 100)}",
                told(percentile(day.last_hour.took, share)),
                told(percentile(day.whole.took, share)),
            )
            for share in (0.5, 0.95, 0.99)
        ],
        "rooms": list(_rooms(lanes, day, now)),
        "more_rooms": max(0, len(lanes) - _TARGETS_SHOWN),
        "alerts_chart": chart.stacked(counts.of_alerts(now), _SEVERITIES, now, "Alerts that began, by severity"),
        "outcomes_chart": chart.stacked(
            [(start, _outcomes(span)) for start, span in day.hours], _OUTCOMES, now, "Deliveries by outcome"
        ),
    }


def _tiles(day: Day, came: Came, pending: Pending) -> Iterator[Tile]:
    notifications = reverse("admin:deliveries_notification_changelist")
    yield Tile(
        "notifications accepted", came.in_hour, came.in_day, f"{notifications}?last=1", f"{notifications}?last=24"
    )
    hour, whole = day.last_hour, day.whole
    yield _deliveries(
        "deliveries in the room", "yes", carried.TOLD, hour, whole, "green" if _in(hour, carried.TOLD) else ""
    )
    now_waiting, now_held = pending.states["waiting"], pending.states["held"]
    waiting, held = deliveries(states=("waiting",)), deliveries(states=("held",))
    yield Tile("deliveries pending now", now_waiting, "", waiting, "", "orange" if now_waiting else "")
    yield Tile("deliveries held now", now_held, "", held, "", "orange" if now_held else "")
    bad = hour.states["rejected"] + hour.states["expired"]
    yield _deliveries("deliveries failed", "failed", carried.FAILED, hour, whole, "red" if bad else "")


def _deliveries(label: str, told: str, states: tuple[str, ...], hour: Span, day: Span, tone: str) -> Tile:
    in_hour, in_day = _in(hour, states), _in(day, states)
    return Tile(label, in_hour, in_day, deliveries(hours=1, told=told), deliveries(hours=24, told=told), tone)


def _in(span: Span, states: tuple[str, ...]) -> int:
    return sum(span.states[state] for state in states)


def _rooms(lanes: Sequence[Lane], day: Day, now: datetime) -> Iterator[dict[str, Any]]:
    """The targets in trouble first, then those with the most to do."""

    def order(row: Lane) -> tuple[bool, int]:
        return row.unhealthy_since is None, -sum(day.targets.get(row.pk, Span()).states.values())

    for row in sorted(lanes, key=order)[:_TARGETS_SHOWN]:
        span = day.targets.get(row.pk, Span())
        row.target.lane = row
        yield {
            "name": row.target.name,
            "page": reverse("admin:routing_target_change", args=[row.pk]),
            "health": lane.badge(row.target, now),
            "success": "–" if span.success is None else f"{span.success:.1%}".replace("100.0%", "100%"),
            "p95": told(percentile(span.took, 0.95)),
            "count": sum(span.states.values()),
            "list": deliveries(hours=24, target__id__exact=row.pk),
            "open": span.states["waiting"] + span.states["sending"] + span.states["held"],
        }


def _outcomes(span: Span) -> dict[str, int]:
    states = span.states
    return {
        "delivered": states["delivered"],
        "merged": states["merged"],
        "open": states["waiting"] + states["sending"] + states["held"],
        "bad": states["rejected"] + states["expired"],
        "cancelled": states["cancelled"],
    }
