"""What is told of single alerts: times, labels and annotations, and what several alerts have alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import identifying, notes, safe, words
from deliveries.messages.fit import units
from deliveries.messages.notes import Notes
from deliveries.messages.story import Story

IN_FULL = 5  # alerts; more are listed one a line
_LABELS_SHOWN = 12

Episode = tuple[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Shared:
    """What several alerts have alike and a message says once; empty for a single alert, which owns all it says."""

    labels: dict[str, str]
    notes: Notes
    when: str


def key(alert: IncomingAlert) -> Episode:
    return alert.fingerprint, alert.starts_at


def together(story: Story) -> frozenset[Episode]:
    """Those of its resolved alerts whose firing the message tells too."""
    fired = {key(alert) for alert in story.fired_too}
    return frozenset(key(alert) for alert in story.alerts if alert.status == "resolved" and key(alert) in fired)


def shared(alerts: tuple[IncomingAlert, ...], now: datetime) -> Shared:
    if len(alerts) < 2:
        return Shared({}, {}, "")
    labels, alike = dict(alerts[0].labels), notes.notes_of(alerts[0])
    for alert in alerts[1:]:
        labels = {name: value for name, value in labels.items() if alert.labels.get(name) == value}
        told = notes.notes_of(alert)
        alike = {name: value for name, value in alike.items() if told.get(name) == value}
    spans = {(alert.status, alert.starts_at, alert.ends_at): alert for alert in alerts}
    if len(spans) > IN_FULL:  # starts apart by seconds within one minute are rare enough beyond this
        return Shared(labels, alike, "")
    times = {words.when(alert, now) for alert in spans.values()}
    return Shared(labels, alike, times.pop() if len(times) == 1 else "")


def own(alert: IncomingAlert, alike: Shared) -> tuple[dict[str, str], Notes]:
    """The labels and annotations that are not said once for all."""
    labels = {name: value for name, value in alert.labels.items() if name not in alike.labels}
    told = notes.notes_of(alert)
    return labels, {name: value for name, value in told.items() if name not in alike.notes}


def row(labels: Mapping[str, str], limit: int, whole: Mapping[str, str] | None = None) -> str:
    """Labels as code, as many as fit, in the order of `identifying`; `whole` as there."""
    labels = identifying.in_order(labels, whole)
    shown: list[str] = []
    for name, value in labels.items():
        label = safe.code(f"{name}={value}")
        if len(shown) == _LABELS_SHOWN or units(label) + 14 > limit:
            shown.append(f"+{len(labels) - len(shown)} labels")
            break
        shown.append(label)
        limit -= units(label) + 1
    return " ".join(shown)


def cut_off(count: int) -> str:
    return f"{count} more alert{'s were' if count != 1 else ' was'} cut by Alertmanager (max_alerts)"
