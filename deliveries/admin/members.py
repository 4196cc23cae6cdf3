"""The alerts of a group that is unfolded, a line each: what tells them apart, since when, where told, who is at it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from deliveries.admin import alert_marks, grouped, leading
from deliveries.admin.whereabouts import Whereabouts
from deliveries.messages import notes
from deliveries.messages.words import duration
from deliveries.models import Alert
from routing.admin import marks

_LONGEST_SUMMARY = 200


@dataclass(frozen=True, slots=True)
class Member:
    """`labels` are chips of what it does not share with the whole group."""

    alert: Alert
    page: str
    name: str
    severity: SafeString | str
    labels: SafeString
    summary: str
    since: str
    told: SafeString | str
    badges: list[SafeString]
    runbook: str


def of(alerts: Sequence[Any], now: datetime, shared: Collection[str]) -> list[Member]:
    """Each alert has its `whereabouts`; `shared` are the names of labels that the group's line has."""
    said = {*alert_marks.SAID, *shared}
    return [_member(alert, alert.whereabouts, now, said) for alert in alerts]


def _member(alert: Alert, found: Whereabouts, now: datetime, said: Collection[str]) -> Member:
    return Member(
        alert=alert,
        page=reverse("admin:deliveries_alert_change", args=[alert.pk]),
        name=grouped.cut(str(alert)),
        severity=marks.severity(alert.severity),
        labels=alert_marks.chips(alert.labels, said),
        summary=grouped.cut(notes.summary(alert.annotations), _LONGEST_SUMMARY),
        since=duration(alert.starts_at or alert.first_seen_at, now) or "a moment",
        told=alert_marks.told(found),
        badges=list(alert_marks.badges(alert, found, now)),
        runbook=leading.runbook([alert.annotations]),
    )
