"""The one card of health: a sentence, a line for each target that takes nothing and for each trouble, what asks for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deliveries import punctual, reasons
from deliveries.admin import lane, standing
from deliveries.admin.home import verdict
from deliveries.admin.home.addresses import deliveries
from deliveries.admin.home.verdict import Arrived
from deliveries.figures.counts import Pending
from deliveries.models import Delivery, Lane, Trouble
from deliveries.troubles import TroubleKind
from routing.admin import marks

_SHOWN = 5
_LONGEST = 300  # characters of what a server answered


@dataclass(frozen=True, slots=True)
class Broken:
    """One target that takes no messages: what Rocket.Chat said, what to do, and what waits for it. Addresses are empty for
    who may not go there."""

    name: str
    since: SafeString | str
    words: str
    advice: str
    held: int
    held_page: str
    page: str
    try_now: str
    test: str


def card(
    request: HttpRequest,
    lanes: Sequence[Lane],
    troubles: Sequence[Trouble],
    pending: Pending,
    arrived: Arrived,
    now: datetime,
) -> dict[str, Any]:
    """`lanes` come with their targets."""
    ill = sorted(
        (row for row in lanes if row.target.enabled and row.unhealthy_since is not None),
        key=lambda row: row.unhealthy_since or now,
    )
    others = _besides(troubles, {row.target.name for row in ill})
    is_late = pending.oldest is not None and punctual.is_late(now - pending.oldest[1])
    return {
        "verdict": verdict.reach(len(ill), bool(others), is_late, pending.states["dead"], arrived, now),
        "broken": [_broken(request, row, pending, now) for row in ill[:_SHOWN]],
        "more_broken": max(0, len(ill) - _SHOWN),
        "troubles": [(row, marks.moment(row.since, brief=True)) for row in others[:_SHOWN]],
        "more_troubles": max(0, len(others) - _SHOWN),
        "asks": list(_asks(request, pending, arrived, now)),
    }


def _besides(troubles: Sequence[Trouble], ill: set[str]) -> list[Trouble]:
    """The troubles that no line of a target tells already."""
    return [row for row in troubles if not (row.kind == TroubleKind.TARGET and row.subject in ill)]


def _broken(request: HttpRequest, row: Lane, pending: Pending, now: datetime) -> Broken:
    target, may = row.target, request.user.has_perm
    if lane.is_broken(row):
        advice = reasons.advice(row.broken_reason)
    else:
        advice = f"AlertHub tries it again {standing.when(row, now)}, with one delivery."
    owed = pending.targets.get(target.pk, Counter())
    kept = owed["held"] + owed["waiting"]
    states = (Delivery.State.HELD, Delivery.State.WAITING)
    sees, tries, tests = may("routing.view_target"), may("deliveries.change_delivery"), may("routing.test_target")
    return Broken(
        name=target.name,
        since=marks.moment(row.unhealthy_since, brief=True),
        words=_short(row.last_error) or reasons.label(row.broken_reason or "unknown"),
        advice=advice,
        held=kept,
        held_page=deliveries(states, target__id__exact=target.pk),
        page=reverse("admin:routing_target_change", args=[target.pk]) if sees else "",
        # One of what it is owed is sent then; without any only a test message can show something.
        try_now=reverse("admin:routing_target_try_now", args=[target.pk]) if sees and tries and kept else "",
        test=reverse("admin:routing_target_send_test", args=[target.pk]) if sees and tests and not kept else "",
    )


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _asks(
    request: HttpRequest, pending: Pending, arrived: Arrived, now: datetime
) -> Iterator[tuple[str, SafeString | str]]:
    """(address, few words) of what somebody should look at."""
    if undelivered := pending.states["dead"]:
        yield reverse("admin:deliveries_deadletter_changelist"), f"{undelivered:,} undelivered"
    if pending.oldest is not None and punctual.is_late(now - pending.oldest[1]):
        number, since = pending.oldest
        page = reverse("admin:deliveries_delivery_change", args=[number])
        yield page, format_html("D-{} pending since {}", number, marks.clock(since, now))
    if arrived.refused and request.user.has_perm("deliveries.view_rejectedrequest"):
        what = "request" if arrived.refused == 1 else "requests"
        yield reverse("admin:deliveries_rejectedrequest_changelist"), f"{arrived.refused:,} {what} refused in 24 h"
