"""The admin's first page: is it working, what came and where it went, what asks for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from deliveries.admin import chart, lane, standing, trouble, verdict
from deliveries.admin.chart import Series
from deliveries.figures import counts
from deliveries.figures import day as days
from deliveries.figures.day import Day, Span
from deliveries.figures.percentiles import percentile, shown
from deliveries.foresight import findings
from deliveries.models import Delivery, Lane, carried
from routing.admin import marks
from routing.models import Rule, Silence, Target

_TARGETS_SHOWN = 30
_SILENCES_SHOWN = 5
_FINDINGS_SHOWN = 10
_ENDS_SOON = timedelta(hours=2)
_SEVERITIES = (
    Series("critical", "critical", "red"),
    Series("warning", "warning", "orange"),
    Series("info", "info", "blue"),
    Series("other", "other", "plain"),
)
_OUTCOMES = (
    Series("delivered", "delivered", "green"),
    Series("merged", "with another message", "blue"),
    Series("open", "waiting or held", "orange"),
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


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds what the person may see to the context of the first page."""
    context |= trouble.banner(request)
    if not request.user.has_perm("deliveries.view_delivery"):
        return context
    now = timezone.now()
    day = days.of_deliveries(now)
    still = counts.still_open()
    dead = still["dead"]
    oldest = Delivery.objects.filter(state=Delivery.State.WAITING).order_by("id").first()
    targets = list(Target.objects.select_related("lane", "server").order_by("name"))
    lanes = [row for target in targets if (row := lane.of(target)) is not None]
    refused = counts.rejected(now)
    accepted = counts.accepted(now)
    arrived = verdict.Arrived(bool(accepted[1]), None if accepted[1] else counts.last_accepted(), refused)
    return context | {
        "shows_figures": True,
        "as_of": standing.clock(now, now),
        "verdict": verdict.reach(context, lanes, oldest, dead, arrived, now),
        "first_steps": verdict.first_steps(request, arrived),
        "tiles": list(_tiles(day, accepted, still)),
        "times": [
            (
                f"p{round(share * 100)}",
                shown(percentile(day.last_hour.took, share)),
                shown(percentile(day.whole.took, share)),
            )
            for share in (0.5, 0.95, 0.99)
        ],
        "asks": list(_asks(day, dead, refused, oldest, now)),
        "rooms": list(_rooms(lanes, day, now)),
        "more_rooms": max(0, len(lanes) - _TARGETS_SHOWN),
        "alerts_chart": chart.stacked(counts.of_alerts(now), _SEVERITIES, now, "Alerts that began, by severity"),
        "outcomes_chart": chart.stacked(
            [(start, _outcomes(span)) for start, span in day.hours], _OUTCOMES, now, "Deliveries by outcome"
        ),
        "silences": _silences(request, now),
        "findings": list(_findings(request, now, targets)),
    }


def _tiles(day: Day, accepted: tuple[int, int], still: Counter[str]) -> Iterator[Tile]:
    notifications = reverse("admin:deliveries_notification_changelist")
    yield Tile("notifications accepted", *accepted, f"{notifications}?last=1", f"{notifications}?last=24")
    hour, whole = day.last_hour, day.whole
    yield _deliveries("deliveries in the room", "yes", carried.TOLD, hour, whole, "green")
    now_waiting, now_held = still["waiting"], still["held"]
    waiting, held = _list(states=("waiting",)), _list(states=("held",))
    yield Tile("messages waiting now", now_waiting, "", waiting, "", "orange" if now_waiting else "")
    yield Tile("messages held now", now_held, "", held, "", "orange" if now_held else "")
    bad = hour.states["rejected"] + hour.states["expired"]
    yield _deliveries("deliveries failed", "failed", carried.FAILED, hour, whole, "red" if bad else "")


def _deliveries(label: str, told: str, states: tuple[str, ...], hour: Span, day: Span, tone: str) -> Tile:
    in_hour, in_day = (sum(span.states[state] for state in states) for span in (hour, day))
    return Tile(label, in_hour, in_day, _list(hours=1, told=told), _list(hours=24, told=told), tone)


def _list(states: tuple[str, ...] = (), hours: int = 0, **more: Any) -> str:
    asked = [*(f"state__exact={state}" for state in states), *([f"last={hours}"] if hours else [])]
    asked += [f"{name}={value}" for name, value in more.items()]
    return f"{reverse('admin:deliveries_delivery_changelist')}?{'&'.join(asked)}"


def _asks(day: Day, dead: int, refused: int, oldest: Delivery | None, now: datetime) -> Iterator[tuple[str, str, str]]:
    """(address, how many, what) of what somebody should look at."""
    if dead:
        words_ = "dead letter asks for a person" if dead == 1 else "dead letters ask for a person"
        yield reverse("admin:deliveries_deadletter_changelist"), str(dead), words_
    if oldest is not None:
        since = standing.clock(oldest.created_at, now)
        yield (
            reverse("admin:deliveries_delivery_change", args=[oldest.pk]),
            str(oldest),
            f"waits longest, since {since}",
        )
    if refused:
        what = "request was refused" if refused == 1 else "requests were refused"
        yield reverse("admin:deliveries_rejectedrequest_changelist"), str(refused), f"{what} in 24 h"
    if fallback := day.whole.by_fallback:
        what = "delivery only because of the fallback rule: no other rule fitted"
        yield _list(hours=24, rule__id__exact=Rule.objects.fallback().pk), str(fallback), what


def _rooms(lanes: list[Lane], day: Day, now: datetime) -> Iterator[dict[str, Any]]:
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
            "p95": shown(percentile(span.took, 0.95)),
            "count": sum(span.states.values()),
            "list": _list(hours=24, target__id__exact=row.pk),
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


def _findings(request: HttpRequest, now: datetime, targets: list[Target]) -> Iterator[tuple[str, str, str]]:
    """(address, what it is, what is to be said) of settings, rules, targets and silences that are suspect; a setting has no
    page."""
    told = findings.in_all(now, targets) if request.user.has_perm("routing.view_rule") else []
    for kind, row_id, name, sentence in told[:_FINDINGS_SHOWN]:
        page = "" if row_id is None else reverse(f"admin:routing_{kind}_change", args=[row_id])
        yield page, f"{kind.capitalize()} {name}", sentence


def _silences(request: HttpRequest, now: datetime) -> list[tuple[Silence, str, SafeString | str]]:
    """Those that end soon: what they cover will be heard of again."""
    if not request.user.has_perm("routing.view_silence"):
        return []
    ending = Silence.objects.active(now).filter(ends_at__lte=now + _ENDS_SOON).order_by("ends_at")
    return [
        (row, reverse("admin:routing_silence_change", args=[row.pk]), marks.moment(row.ends_at, brief=True))
        for row in ending[:_SILENCES_SHOWN]
    ]
