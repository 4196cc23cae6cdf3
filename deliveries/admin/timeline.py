"""An alert's timeline: when it was heard, what was decided, what was told to whom, who acknowledged it, when it was closed; the newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from deliveries.accept import ghosts
from deliveries.admin import words
from deliveries.messages.words import duration
from deliveries.models import Alert, Occurrence, carried
from routing.admin import marks

TELLINGS_SHOWN = 60
_ROWS_READ = 300


@dataclass(frozen=True, slots=True)
class Event:
    """`lines` are what was decided and what came of it: (occurrence, state of its delivery or "")."""

    at: datetime
    moment: Any
    what: Any
    number: Any = ""
    lines: list[tuple[Occurrence, Any]] = field(default_factory=list)


def of(alert: Alert, now: datetime) -> list[Event]:
    """The newest tellings, with all acknowledgements and closings since the oldest of them; and that it is not heard of."""
    rows = alert.occurrences.select_related("notification", f"delivery__{carried.CARRIERS}", "silence").order_by(
        "-notification_id", "-id"
    )
    rows = rows.defer("notification__body")[:_ROWS_READ]
    tellings = [_telling(list(told)) for _, told in groupby(rows, key=lambda one: one.notification_id)]
    shown = tellings[:TELLINGS_SHOWN]
    oldest = shown[-1].at if shown else None
    beside = (*_acknowledgements(alert), *_closings(alert))
    others = [event for event in beside if oldest is None or event.at >= oldest]
    return sorted([*shown, *others, *_last_heard(alert, now)], key=lambda event: event.at, reverse=True)


def _telling(told: list[Occurrence]) -> Event:
    notification = told[0].notification
    return Event(
        at=notification.received_at,
        moment=marks.moment(notification.received_at),
        what=words.status(told[0].status),
        number=words.link(notification),
        lines=[(one, words.state(one.delivery) if one.delivery else "") for one in told],
    )


def _closings(alert: Alert) -> Iterator[Event]:
    for one in alert.closings.all():
        yield Event(one.at, marks.moment(one.at), f"Closed. {one.why}")


def _last_heard(alert: Alert, now: datetime) -> Iterator[Event]:
    """Of what should have come again since, and of what was closed for that."""
    if ghosts.is_unheard(alert, now) or alert.status == "closed":
        silent = duration(alert.last_seen_at, now) or "a moment"
        yield Event(
            alert.last_seen_at, marks.moment(alert.last_seen_at), f"Last heard. Nothing came since, for {silent}."
        )


def _acknowledgements(alert: Alert) -> Iterator[Event]:
    for one in alert.acknowledgements.all():
        comment = f": {one.comment}" if one.comment else ""
        yield Event(one.at, marks.moment(one.at), f"Acknowledged by {one.by}{comment}")
        if one.withdrawn_at is not None:
            what = f"{one.withdrawn_by} withdrew the acknowledgement"
            yield Event(one.withdrawn_at, marks.moment(one.withdrawn_at), what)
